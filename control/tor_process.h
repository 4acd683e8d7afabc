#pragma once

#include "control/client.h"
#include "control/program.h"
#include "control/torrc.h"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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
/// of the system. It is ready when its control socket answers; a socket that a killed predecessor left is removed
/// first. The order of use: `start`, connect a ControlClient with `control_options`, `take_ownership`,
/// `wait_bootstrapped`. Errors of `start`, beside those of Program: configuration (unreadable extra_torrc).
class TorProcess final : public Program {
 public:
  /// Starts nothing yet. Errors: configuration (see TorLayout::below).
  [[nodiscard]] static Result<std::unique_ptr<TorProcess>> create(asio::any_io_executor executor,
                                                                  TorProcessOptions options);

  [[nodiscard]] const TorLayout& layout() const { return layout_; }
  /// Of a tor without a service.
  [[nodiscard]] const Endpoint& socks() const { return layout_.socks; }
  /// For a ControlClient of this tor; it authenticates by cookie.
  [[nodiscard]] ControlOptions control_options() const { return ControlOptions{.endpoint = layout_.control}; }

 private:
  TorProcess(asio::any_io_executor executor, ProgramPlan plan, TorLayout layout)
      : Program(std::move(executor), std::move(plan)), layout_(std::move(layout)) {}
  TorLayout layout_;
};

} // namespace sipveil::control
