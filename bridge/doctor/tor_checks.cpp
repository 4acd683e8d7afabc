#include "bridge/doctor/tor_checks.h"

#include "bridge/doctor/within.h"
#include "control/operations.h"
#include "transports/connect.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

/// A tor that runs is asked once; one that we have just started is waited for.
constexpr Duration bootstrap_patience = 90s;
constexpr Duration greeting_patience = 5s;

/// Whether the error of a connect is about our credentials: the control port itself was there and answered.
bool is_about_credentials(const Error& error) {
  return error.code == Errc::auth_failed || (error.where == Fault::configuration && error.code != Errc::unsupported);
}

Error not_socks(const Endpoint& endpoint) {
  return {Errc::malformed, Fault::configuration, fmt::format("{} does not speak SOCKS5", endpoint.text()),
          "Let tor.socks name the SocksPort of tor's torrc, or leave it out.", false};
}

/// Offers what we use, no authentication and user/password (RFC 1928 section 3), and reads the choice.
asio::awaitable<Result<void>> greet(Endpoint endpoint) {
  auto stream = co_await connect_local(endpoint, "tor's SOCKS port", "Add to tor's torrc: SocksPort 127.0.0.1:9050");
  if (!stream) co_return stream.error();
  constexpr std::array<char, 4> offer{5, 2, 0, 2};
  if (const auto written = co_await (*stream)->write(offer); !written) co_return not_socks(endpoint);
  std::array<char, 2> choice{};
  std::size_t received = 0;
  while (received < choice.size()) {
    const auto count = co_await (*stream)->read_some(std::span(choice).subspan(received));
    if (!count) co_return not_socks(endpoint);
    received += *count;
  }
  if (choice[0] != 5 || (choice[1] != 0 && choice[1] != 2)) co_return not_socks(endpoint);
  co_return Result<void>{};
}

} // namespace

TorChecks::TorChecks(asio::any_io_executor executor, const Config& config, bool running)
    : executor_(std::move(executor)), config_(config), running_(running) {}

asio::awaitable<void> TorChecks::run(Report& report) {
  using Step = asio::awaitable<Outcome> (TorChecks::*)();
  const std::array<std::pair<const Subject*, Step>, 5> steps{{{&tor_reachable, &TorChecks::reach},
                                                              {&tor_authentication, &TorChecks::authenticate},
                                                              {&tor_version, &TorChecks::version},
                                                              {&tor_bootstrap, &TorChecks::bootstrap},
                                                              {&tor_socks, &TorChecks::greet_socks}}};
  std::string obstacle = config_.tor ? "" : "there is no [tor] section";
  for (const auto& [subject, step] : steps) {
    if (!obstacle.empty()) {
      report.skipped(*subject, obstacle);
      continue;
    }
    const Outcome outcome = co_await (this->*step)();
    if (outcome) {
      report.ok(*subject, *outcome);
    } else {
      report.failed(*subject, outcome.error());
      obstacle = fmt::format("needs: {}", subject->title);
    }
  }
  if (!obstacle.empty()) usable_socks_.reset();
}

asio::awaitable<void> TorChecks::leave() {
  if (client_) client_->stop();
  if (process_ && !running_) co_await process_->stop();
}

asio::awaitable<Result<control::ControlOptions>> TorChecks::control_options() {
  const TorConfig& tor = *config_.tor;
  if (!tor.spawn) {
    control::ControlOptions options{.endpoint = *tor.control};
    options.password_file = tor.password_file;
    options.cookie_file = tor.cookie_file;
    co_return options;
  }
  control::TorProcessOptions options{.binary = tor.binary, .state_directory = config_.state_dir};
  options.extra_torrc = tor.extra_torrc;
  auto process = control::TorProcess::create(executor_, std::move(options));
  if (!process) co_return process.error();
  process_ = std::move(*process);
  if (!running_) {
    if (const auto started = co_await process_->start(); !started) co_return started.error();
  }
  co_return process_->control_options();
}

asio::awaitable<TorChecks::Outcome> TorChecks::reach() {
  auto options = co_await control_options();
  if (!options) co_return options.error();
  const std::string endpoint = options->endpoint.text();
  client_ = std::make_unique<control::ControlClient>(executor_, std::move(*options));
  if (const auto connected = co_await client_->connect(); !connected) {
    if (!is_about_credentials(connected.error())) co_return connected.error();
    authentication_error_ = connected.error();
  }
  co_return process_ && !running_ ? fmt::format("started for this check, control port {}", endpoint) : endpoint;
}

asio::awaitable<TorChecks::Outcome> TorChecks::authenticate() {
  if (authentication_error_) co_return *authentication_error_;
  co_return fmt::format("by {}", control::name(client_->auth_method()));
}

asio::awaitable<TorChecks::Outcome> TorChecks::version() {
  const auto version = co_await control::version(*client_);
  if (!version) co_return version.error();
  const auto supported = version_at_least(*version, 0, 4, 7);
  if (!supported.value_or(false))
    co_return Error{Errc::unsupported, Fault::local_service, fmt::format("tor {} is too old", *version),
                    "Install tor 0.4.7 or later.", false};
  const bool tokens = version_at_least(*version, 0, 4, 9).value_or(false);
  co_return *version + (tokens ? " (isolation tokens)" : " (isolation by user name; tokens need 0.4.9)");
}

asio::awaitable<TorChecks::Outcome> TorChecks::bootstrap() {
  if (process_ && !running_) {
    const auto ready = co_await control::wait_bootstrapped(*client_, bootstrap_patience, nullptr);
    if (!ready) co_return ready.error();
  }
  const auto phase = co_await control::bootstrap(*client_);
  if (!phase) co_return phase.error();
  if (phase->done()) co_return "100 %";
  co_return Error{
      Errc::not_ready, Fault::local_service,
      fmt::format("at {} % ({})", phase->percent, phase->tag) + (phase->warning.empty() ? "" : ": " + phase->warning),
      "Wait and ask again. If it stays there, see that this machine is online and that tor's log names no cause.",
      true};
}

asio::awaitable<Result<Endpoint>> TorChecks::find_socks() {
  if (config_.tor->socks) co_return *config_.tor->socks;
  if (process_) co_return process_->socks();
  auto listeners = co_await control::socks_listeners(*client_);
  if (!listeners) co_return listeners.error();
  if (listeners->empty())
    co_return Error{Errc::not_ready, Fault::local_service, "tor has no SOCKS port open",
                    "Add to tor's torrc: SocksPort 127.0.0.1:9050; and see that DisableNetwork is 0.", false};
  co_return listeners->front();
}

asio::awaitable<TorChecks::Outcome> TorChecks::greet_socks() {
  const auto endpoint = co_await find_socks();
  if (!endpoint) co_return endpoint.error();
  const auto greeted = co_await within(greeting_patience, greet(*endpoint), not_socks(*endpoint));
  if (!greeted) co_return greeted.error();
  usable_socks_ = *endpoint;
  co_return endpoint->text();
}

std::optional<bool> version_at_least(std::string_view version, unsigned major, unsigned minor, unsigned patch) {
  std::array<unsigned, 3> parts{};
  const char* position = version.data();
  const char* const end = position + version.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && (position == end || *position++ != '.')) return std::nullopt;
    const auto [behind, failed] = std::from_chars(position, end, parts[i]);
    if (failed != std::errc()) return std::nullopt;
    position = behind;
  }
  return parts >= std::array{major, minor, patch};
}

} // namespace sipveil::doctor
