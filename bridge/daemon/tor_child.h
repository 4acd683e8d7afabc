#pragma once

#include "bridge/daemon/complaints.h"
#include "control/tor_process.h"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>

namespace sipveil {

/// A tor of ours that is kept running: started again at once when it ends, and with a back-off when it ends again soon.
/// All calls from the executor's thread.
class TorChild : public std::enable_shared_from_this<TorChild> {
 public:
  /// Starts nothing yet. `name` is for the log. Errors: those of TorProcess::create.
  [[nodiscard]] static Result<std::shared_ptr<TorChild>> create(const boost::asio::any_io_executor& executor,
                                                                control::TorProcessOptions options, std::string name);

  /// Keeps it running until `stop`. `client` is its control connection, which is told of each start; it must live as
  /// long as the io_context runs.
  void start(control::ControlClient& client);
  /// Ends it and has it started anew.
  boost::asio::awaitable<void> restart();
  /// Ends it for good and returns when it is gone.
  boost::asio::awaitable<void> stop();

  [[nodiscard]] const control::TorProcess& process() const { return *process_; }

 private:
  TorChild(const boost::asio::any_io_executor& executor, std::string name);
  boost::asio::awaitable<void> keep_running(control::ControlClient& client);

  boost::asio::any_io_executor executor_;
  std::string name_;
  Complaints complaints_;
  std::unique_ptr<control::TorProcess> process_;
  boost::asio::steady_timer wake_; ///< a pause, or the life of the process; cut short by its end and by `stop`
  bool stopping_ = false;
};

} // namespace sipveil
