#include "bridge/doctor/peer_checks.h"

#include "bridge/config/client_key.h"
#include "bridge/doctor/status_field.h"
#include "bridge/doctor/within.h"
#include "control/operations.h"
#include "transports/dial.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

/// Enough that fifty peers that are all offline take a few minutes, few enough that tor is not flooded with circuits.
constexpr std::size_t dials_at_a_time = 8;
/// RFC 5626 section 4.4.1: who has not answered a ping in 10 s is gone.
constexpr Duration pong_patience = 10s;

using Outcome = Result<std::string>;

Error no_pong() {
  return {Errc::timed_out, Fault::peer, "the stream is open, but nobody answered a ping within 10 s",
          "If the peer is a plain SIP server, write keepalive = false for it; else ask it whether its sipveil runs.",
          true};
}

/// CRLFCRLF, and back comes CRLF.
asio::awaitable<Result<void>> ping(Stream& stream) {
  constexpr std::string_view question = "\r\n\r\n";
  if (const auto written = co_await stream.write(question); !written) co_return written.error();
  std::array<char, 2> answer{};
  std::size_t received = 0;
  while (received < answer.size()) {
    const auto count = co_await stream.read_some(std::span(answer).subspan(received));
    if (!count) co_return count.error();
    received += *count;
  }
  if (answer != std::array{'\r', '\n'})
    co_return Error{Errc::malformed, Fault::peer, "what listens there does not speak SIP over a stream", "", false};
  co_return Result<void>{};
}

/// Opens a stream and tells how long it took.
asio::awaitable<Outcome> dial_and_ping(PeerAddress address, DialOptions options, bool pings) {
  const auto start = std::chrono::steady_clock::now();
  auto stream = co_await dial(address, std::move(options));
  if (!stream) co_return stream.error();
  const auto opened = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  Result<void> answered{};
  if (pings) answered = co_await within(pong_patience, ping(**stream), no_pong());
  (*stream)->close();
  if (!answered) co_return answered.error();
  co_return fmt::format("reached in {} ms{}", opened.count(), pings ? ", answers pings" : "");
}

/// Options for the peer's way; nullopt if it goes through a tor that cannot be used.
std::optional<DialOptions> options_for(const PeerConfig& peer, const Config& config, const TorChecks& tor) {
  DialOptions options;
  options.timeout = config.tunnel.dial_timeout;
  if (peer.tls_ca_file) options.tls_ca_file = peer.tls_ca_file->string();
  if (std::holds_alternative<ViaDirect>(peer.via)) return options;
  options.isolation = fresh_isolation();
  if (const auto* socks = std::get_if<ViaSocks>(&peer.via)) {
    options.proxy = SocksProxy{socks->endpoint};
    return options;
  }
  if (!tor.socks()) return std::nullopt;
  options.proxy = SocksProxy{*tor.socks()};
  return options;
}

/// Dials a peer; tor is lent its client key for that time if nobody else has given it.
asio::awaitable<Outcome> examine(const PeerConfig& peer, DialOptions options, TorChecks& tor, bool running) {
  const bool lends_key = peer.client_key_file && !running;
  if (lends_key) {
    auto key = read_client_key(*peer.client_key_file);
    if (!key) co_return key.error();
    const OnionName onion = std::get<TorPeer>(peer.address.value()).onion;
    const auto added = co_await control::onion_client_auth_add(tor.client(), onion, std::move(*key));
    if (!added) co_return added.error();
  }
  const Outcome outcome = co_await dial_and_ping(peer.address, std::move(options), peer.keepalive);
  if (lends_key) {
    const OnionName onion = std::get<TorPeer>(peer.address.value()).onion;
    static_cast<void>(co_await control::onion_client_auth_remove(tor.client(), onion));
  }
  co_return outcome;
}

/// The peers that are left, and what became of the others.
struct Round {
  const Config& config;
  TorChecks& tor;
  bool running;
  std::size_t next = 0;
  std::vector<std::optional<Outcome>> outcomes; ///< nullopt: not dialled
};

asio::awaitable<void> work(Round& round) {
  while (round.next < round.config.peers.size()) {
    const std::size_t index = round.next++;
    const PeerConfig& peer = round.config.peers[index];
    if (auto options = options_for(peer, round.config, round.tor))
      round.outcomes[index] = co_await examine(peer, std::move(*options), round.tor, round.running);
  }
}

} // namespace

void check_peers(asio::io_context& context, const Config& config, TorChecks& tor, bool running, Report& report) {
  if (config.peers.empty()) return report.skipped(peers, "none are configured");
  Round round{config, tor, running, 0, std::vector<std::optional<Outcome>>(config.peers.size())};
  std::size_t busy = std::min(dials_at_a_time, config.peers.size());
  for (std::size_t i = busy; i > 0; --i)
    asio::co_spawn(context, work(round), [&busy](const std::exception_ptr&) { --busy; });
  while (busy > 0)
    context.run_one();
  for (std::size_t i = 0; i < config.peers.size(); ++i) {
    const Subject subject{"peer:" + config.peers[i].name, "peer " + config.peers[i].name};
    const auto& outcome = round.outcomes[i];
    if (!outcome)
      report.skipped(subject, fmt::format("needs: {}", tor_socks.title));
    else if (outcome->has_value())
      report.ok(subject, **outcome);
    else
      report.failed(subject, fmt::format("{}: {}", name(outcome->error().code), outcome->error().what),
                    outcome->error().mend);
  }
}

asio::awaitable<void> check_onion(const Config& config, TorChecks& tor, std::string status, Report& report) {
  if (!config.onion) {
    report.skipped(onion_service, "there is no [onion] section");
    co_return;
  }
  if (status.empty()) {
    report.skipped(onion_service, "sipveil does not run: it is published while it runs");
    co_return;
  }
  if (!tor.socks()) {
    report.skipped(onion_service, fmt::format("needs: {}", tor_socks.title));
    co_return;
  }
  const std::string address = status_field(status, "onion");
  const auto own = PeerAddress::parse("tor:" + address);
  if (!own || status_field(status, "published") != "true") {
    report.failed(onion_service, "the running sipveil has not published it yet",
                  "Wait a minute and ask again; sipveil status says what tor does.");
    co_return;
  }
  DialOptions options;
  options.timeout = config.tunnel.dial_timeout;
  options.proxy = SocksProxy{*tor.socks()};
  options.isolation = fresh_isolation();
  const Outcome outcome = co_await dial_and_ping(*own, std::move(options), true);
  if (outcome)
    report.ok(onion_service, fmt::format("{} {}", address, *outcome));
  else if (outcome.error().code == Errc::forbidden && !config.onion->clients.empty())
    report.ok(onion_service, fmt::format("{} is published and asks for a client key", address));
  else
    report.failed(onion_service, fmt::format("{}: {}", address, outcome.error().what), outcome.error().mend);
}

} // namespace sipveil::doctor
