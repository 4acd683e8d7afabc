#include "bridge/doctor/peer_checks.h"

#include "bridge/doctor/status_field.h"
#include "bridge/doctor/way_to_peer.h"
#include "bridge/doctor/within.h"

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

/// What tells, when the stream is open, how long that took since now, and whether pings are answered.
PeerTalk report_on(bool pings) {
  return [pings, start = std::chrono::steady_clock::now()](Stream& stream) -> asio::awaitable<Outcome> {
    const auto opened = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    if (pings) {
      if (const auto answered = co_await within(pong_patience, ping(stream), no_pong()); !answered)
        co_return answered.error();
    }
    co_return fmt::format("reached in {} ms{}", opened.count(), pings ? ", answers pings" : "");
  };
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
    if (auto options = options_for(peer, round.config, round.tor)) {
      const PeerTalk talk = report_on(peer.keepalive);
      round.outcomes[index] = co_await talk_to(peer, std::move(*options), round.tor, round.running, talk);
    }
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
  const PeerTalk talk = report_on(true);
  const Outcome outcome = co_await talk_at(*own, std::move(options), talk);
  if (outcome)
    report.ok(onion_service, fmt::format("{} {}", address, *outcome));
  else if (outcome.error().code == Errc::forbidden && !config.onion->clients.empty())
    report.ok(onion_service, fmt::format("{} is published and asks for a client key", address));
  else
    report.failed(onion_service, fmt::format("{}: {}", address, outcome.error().what), outcome.error().mend);
}

} // namespace sipveil::doctor
