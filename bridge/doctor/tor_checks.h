#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"
#include "control/client.h"
#include "control/tor_process.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sipveil::doctor {

/// The checks of the local tor, each of which needs the one before: reachable, authentication, version, bootstrapped,
/// SOCKS port. With `spawn` and no running sipveil, a tor of our own is started for the time of the examination.
class TorChecks {
 public:
  /// `config` must outlive the object.
  TorChecks(boost::asio::any_io_executor executor, const Config& config, bool running);

  boost::asio::awaitable<void> run(Report& report);
  /// Ends what was opened or started.
  boost::asio::awaitable<void> leave();

  /// The SOCKS port to dial through; nullopt unless every check passed.
  [[nodiscard]] const std::optional<Endpoint>& socks() const { return usable_socks_; }
  /// The connected client; only to be used if `socks` is there.
  [[nodiscard]] control::ControlClient& client() { return *client_; }

 private:
  using Outcome = Result<std::string>; ///< the detail of a check that passed
  boost::asio::awaitable<Outcome> reach();
  boost::asio::awaitable<Outcome> authenticate();
  boost::asio::awaitable<Outcome> version();
  boost::asio::awaitable<Outcome> bootstrap();
  boost::asio::awaitable<Outcome> greet_socks();

  boost::asio::awaitable<Result<control::ControlOptions>> control_options();
  boost::asio::awaitable<Result<Endpoint>> find_socks();

  boost::asio::any_io_executor executor_;
  const Config& config_;
  bool running_;
  std::unique_ptr<control::TorProcess> process_; ///< there with `spawn`; started by us unless a sipveil runs
  std::unique_ptr<control::ControlClient> client_;
  std::optional<Error> authentication_error_;
  std::optional<Endpoint> usable_socks_;
};

/// Whether tor's version, such as "0.4.9.11 (git-...)", is at least `major.minor.patch`; nullopt if it cannot be read.
[[nodiscard]] std::optional<bool> version_at_least(std::string_view version, unsigned major, unsigned minor,
                                                   unsigned patch);

} // namespace sipveil::doctor
