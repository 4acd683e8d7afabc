#pragma once

#include "bridge/daemon/complaints.h"
#include "control/program.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sipveil {

/// A tor or an i2pd of ours that is kept running: started again at once when it ends, and with a back-off when it ends
/// again soon. All calls from the executor's thread.
class KeptProgram : public std::enable_shared_from_this<KeptProgram> {
 public:
  /// What becomes of it; both may be empty.
  struct Watch {
    std::function<void()> up;               ///< it has been started and is ready
    std::function<void(const Error&)> down; ///< it has ended, or did not start: tried again
  };

  /// Starts nothing yet. `name` is for the log.
  KeptProgram(const boost::asio::any_io_executor& executor, std::unique_ptr<control::Program> program,
              std::string name);

  /// Keeps it running until `stop`.
  void start(Watch watch);
  /// Ends it and has it started anew.
  boost::asio::awaitable<void> restart();
  /// Ends it for good and returns when it is gone.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> keep_running();
  void failed(const Error& error);

  boost::asio::any_io_executor executor_;
  std::string name_;
  Complaints complaints_;
  std::unique_ptr<control::Program> program_;
  Watch watch_;
  boost::asio::steady_timer wake_; ///< a pause, or the life of the program; cut short by its end and by `stop`
  bool stopping_ = false;
};

} // namespace sipveil
