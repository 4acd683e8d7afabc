#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sipveil::control {

namespace asio = boost::asio;

/// What a program of ours is, how it is started and how one sees that it is ready.
struct ProgramPlan {
  std::string name;                        ///< "tor", for errors
  std::string install;                     ///< what mends that it is not there
  std::filesystem::path output;            ///< for both its outputs
  std::filesystem::path log;               ///< which an error points at
  std::string silence;                     ///< of one that runs and does not get ready: "its port does not answer"
  std::function<std::string()> last_words; ///< what it complained about last; may be empty
  Duration start_timeout = 20s;
  Duration stop_timeout = 2s;    ///< then it is killed
  Duration between_looks = 20ms; ///< at whether it is ready
  /// Before every start: writes its files, and gives what to run. Its errors end the start.
  std::function<Result<std::vector<std::string>>()> prepare;
  /// Whether it is ready for us. Asked again and again from its start on; an error ends it. `pid`: of the child.
  std::function<asio::awaitable<Result<bool>>(pid_t pid)> is_ready;
};

/// A program that is run as a child: started, watched, ended. Whether it is started again after its end is the owner's
/// decision. All calls from the executor's thread.
class Program {
 public:
  Program(asio::any_io_executor executor, ProgramPlan plan);
  /// Kills one that still runs.
  virtual ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Starts it and waits until it is ready. May be called again after it has ended. Errors: those of `prepare` and
  /// `is_ready`, configuration (no such program), local_service with its own last words when it ended early, timed_out,
  /// io, cancelled by `stop`.
  asio::awaitable<Result<void>> start();

  /// Asks it to end, kills it after the deadline, and returns when it is gone. Idempotent.
  asio::awaitable<void> stop();

  /// Called when one that was started ends without having been asked to by `stop`; the error holds its last words.
  void on_exit(std::function<void(const Error&)> handler);

  [[nodiscard]] bool running() const;
  [[nodiscard]] pid_t pid() const; ///< -1 when it does not run

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

} // namespace sipveil::control
