#pragma once

#include "base/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sipveil::control {

namespace asio = boost::asio;

/// A child process that never outlives this object. Its end is seen through a pidfd, so that nothing else in
/// the program has to share SIGCHLD.
class ChildProcess {
 public:
  /// How it ended: "exit status 1", "signal 9".
  struct Ending {
    bool by_signal = false;
    int code = 0; ///< exit status or number of the signal
    [[nodiscard]] std::string text() const;
  };

  /// Starts `arguments[0]`, looked up in PATH, in a process group of its own (so that Ctrl-C at a terminal
  /// reaches only us), with no descriptor of ours but /dev/null for input and `output` (truncated, mode 0600)
  /// for both outputs. Errors: configuration if the program is not there or may not be run; io.
  [[nodiscard]] static Result<ChildProcess> start(const asio::any_io_executor& executor,
                                                  const std::vector<std::string>& arguments,
                                                  const std::filesystem::path& output);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills it at once if it still runs, and waits for that.
  ~ChildProcess();

  /// Waits for its end; one waiter at a time. Errors: cancelled, io.
  asio::awaitable<Result<Ending>> wait();
  /// Sends a signal; nothing happens once it has ended.
  void signal(int number);
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  ChildProcess(pid_t pid, asio::posix::stream_descriptor descriptor);
  pid_t pid_ = -1; ///< -1 once it was reaped, so that no signal can reach a stranger
  asio::posix::stream_descriptor descriptor_;
};

} // namespace sipveil::control
