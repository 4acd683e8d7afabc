#pragma once

#include "base/clock.h"
#include "control/client.h"
#include "control/torrc.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil::control {

struct TorProcessOptions {
  std::string binary = "tor";                       ///< looked up in PATH unless it is a path
  std::filesystem::path state_directory;            ///< tor's files go into its sub-directory `name`
  std::string name = "tor";                         ///< of the sub-directory; two tors need two
  std::optional<std::filesystem::path> extra_torrc; ///< included ahead of our own settings
  std::optional<SingleHopService> service;          ///< there: this tor runs it and does not dial
  /// Tor opens its control socket within a second; when it finds a predecessor on its data directory, it
  /// first waits 5 s for that one to leave.
  Duration start_timeout = 20s;
  Duration stop_timeout = 2s; ///< then it is killed; a tor client ends at once when asked to
};

/// A tor of our own, run as a child: own data directory, both ports unix sockets, nothing shared with a tor
/// of the system. The order of use: `start`, connect a ControlClient with `control_options`,
/// `take_ownership`, `wait_bootstrapped`. Whether it is started again after its end is the owner's decision.
class TorProcess {
 public:
  /// Starts nothing yet. Errors: configuration (see TorLayout::below).
  [[nodiscard]] static Result<std::unique_ptr<TorProcess>> create(asio::any_io_executor executor,
                                                                  TorProcessOptions options);
  /// Kills a tor that still runs.
  ~TorProcess();
  TorProcess(const TorProcess&) = delete;
  TorProcess& operator=(const TorProcess&) = delete;

  /// Starts tor and waits until its control socket answers. A socket that a killed predecessor left is
  /// removed first. May be called again after tor has ended. Errors: configuration (no such program,
  /// unreadable extra_torrc), local_service with tor's own last words when it ended early, timed_out, io,
  /// cancelled by `stop`.
  asio::awaitable<Result<void>> start();

  /// Asks tor to end, kills it after the deadline, and returns when it is gone. Idempotent.
  asio::awaitable<void> stop();

  /// Called when a tor that was started ends without having been asked to by `stop`; the error holds its last
  /// words.
  void on_exit(std::function<void(const Error&)> handler);

  [[nodiscard]] bool running() const;
  [[nodiscard]] pid_t pid() const; ///< -1 when it does not run
  [[nodiscard]] const TorLayout& layout() const;
  /// Of a tor without a service.
  [[nodiscard]] const Endpoint& socks() const { return layout().socks; }
  /// For a ControlClient of this tor; it authenticates by cookie.
  [[nodiscard]] ControlOptions control_options() const;

 private:
  class Core;
  explicit TorProcess(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

} // namespace sipveil::control
