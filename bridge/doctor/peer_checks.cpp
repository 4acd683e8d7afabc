#include "bridge/doctor/peer_checks.h"

#include "bridge/doctor/ping_talk.h"
#include "bridge/doctor/status_field.h"
#include "bridge/doctor/way_to_peer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

/// Enough that fifty peers that are all offline take a few minutes, few enough that tor is not flooded with circuits.
constexpr std::size_t dials_at_a_time = 8;

using Outcome = Result<std::string>;

/// A peer that is shown our own destination may let in no other, and the session of that one is the running sipveil's:
/// of such a peer the network can tell only that it is there.
bool asks_who_calls(const PeerConfig& peer) {
  const auto* i2p = std::get_if<ViaI2p>(&peer.via);
  return i2p != nullptr && i2p->own_destination;
}

/// The peers that are left, and what became of the others.
struct Round {
  const Config& config;
  const LocalNetworks& networks;
  bool running;
  std::size_t next = 0;
  std::vector<std::optional<Outcome>> outcomes; ///< nullopt: not dialled
};

asio::awaitable<void> work(Round& round) {
  while (round.next < round.config.peers.size()) {
    const std::size_t index = round.next++;
    const PeerConfig& peer = round.config.peers[index];
    if (auto options = options_for(peer, round.config, round.networks)) {
      const PeerTalk talk = report_on(peer.keepalive && !asks_who_calls(peer));
      round.outcomes[index] = co_await talk_to(peer, std::move(*options), round.networks.tor, round.running, talk);
    }
  }
}

const Subject& needed_by(const PeerConfig& peer) {
  return std::holds_alternative<ViaI2p>(peer.via) ? i2p_tunnels : tor_socks;
}

} // namespace

void check_peers(asio::io_context& context, const Config& config, const LocalNetworks& networks, bool running,
                 Report& report) {
  if (config.peers.empty()) return report.skipped(peers, "none are configured");
  Round round{config, networks, running, 0, std::vector<std::optional<Outcome>>(config.peers.size())};
  std::size_t busy = std::min(dials_at_a_time, config.peers.size());
  for (std::size_t i = busy; i > 0; --i)
    asio::co_spawn(context, work(round), [&busy](const std::exception_ptr&) { --busy; });
  while (busy > 0)
    context.run_one();
  for (std::size_t i = 0; i < config.peers.size(); ++i) {
    const Subject subject{"peer:" + config.peers[i].name, "peer " + config.peers[i].name};
    const auto& outcome = round.outcomes[i];
    if (!outcome)
      report.skipped(subject, fmt::format("needs: {}", needed_by(config.peers[i]).title));
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
  options.via = SocksProxy{*tor.socks()};
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
