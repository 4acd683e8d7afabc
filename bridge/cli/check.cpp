#include "bridge/cli/find_config.h"
#include "bridge/cli/show_identity.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace sipveil::cli {

void row(std::string_view title, std::string_view content) {
  fmt::print("  {:<8}{}\n", title, content);
}

namespace {

std::string addresses(const std::vector<HostPort>& list) {
  std::string result;
  for (const HostPort& address : list)
    result += (result.empty() ? "" : ", ") + address.text();
  return result;
}

void show_inner(const InnerConfig& inner) {
  std::string line = "listens on " + addresses(inner.listen) + " (udp, tcp)";
  if (inner.deliver_to)
    line += fmt::format(", delivers to {} ({})", inner.deliver_to->text(), name(inner.deliver_transport));
  row("inner", line);
}

void show_tor(const TorConfig& tor) {
  row("tor", tor.spawn ? fmt::format("runs {} itself", tor.binary)
                       : fmt::format("by its control port {}", tor.control->text()));
}

void show_onion(const OnionConfig& onion) {
  row("onion", fmt::format("publishes port {} for {}", onion.port,
                           onion.clients.empty() ? "whoever knows the address"
                                                 : fmt::format("{} client key(s)", onion.clients.size())));
  if (onion.single_hop) row("", "  single-hop: this machine's address is not hidden");
}

std::string text(const TunnelShape& tunnels) {
  return fmt::format("{} tunnels of {} hop{} each way", tunnels.quantity, tunnels.length,
                     tunnels.length == 1 ? "" : "s");
}

/// What shorter tunnels than I2P's own give up.
void show_short(const TunnelShape& tunnels) {
  if (tunnels.length == 0)
    row("", "  tunnels without a hop: no anonymity, whoever is at the other end can learn this machine's address");
  else if (tunnels.length < I2pConfig{}.tunnels.length)
    row("", "  shorter than I2P's 3 hops: fewer routers have to work together to learn who talks to whom");
}

void show_i2p(const I2pConfig& i2p) {
  row("i2p", i2p.spawn ? fmt::format("runs {} itself", i2p.binary) : fmt::format("by its SAM {}", i2p.sam->text()));
  row("", fmt::format("  calls out: at most {} sessions, each with {}", i2p.sessions, text(i2p.tunnels)));
  show_short(i2p.tunnels);
}

void show_destination(const DestinationConfig& destination) {
  const std::string who = destination.allow.empty()
                              ? "whoever knows the address"
                              : fmt::format("{} caller(s) who show theirs", destination.allow.size());
  row("", fmt::format("  calls in: a destination for {}, with {}", who, text(destination.tunnels)));
  show_short(destination.tunnels);
}

void show_peer(const PeerConfig& peer) {
  const std::string address = peer.address.text();
  const std::string same = peer.same_as.empty() ? "" : fmt::format(", another way to {}", peer.same_as);
  row("peer", fmt::format("{} ({}, via {}){}", peer.name, address.substr(0, address.find(':')), text(peer.via), same));
  if (std::holds_alternative<ViaDirect>(peer.via))
    row("", "  dialled in the clear: the peer and everybody on the way see this machine's address");
  if (const auto* i2p = std::get_if<ViaI2p>(&peer.via); i2p != nullptr && i2p->own_destination)
    row("", "  shown our own destination: it knows all our calls as ours");
  if (peer.plaintext_exit) row("", "  in plain text through an exit: whoever runs it reads and can alter every call");
}

void show_route(const RouteConfig& route) {
  std::string targets;
  for (const RouteTarget& target : route.peers)
    targets += (targets.empty() ? "" : ", ") + target.peer;
  row("route",
      fmt::format("{} -> {} (circuit {}{})", route.domain, targets, name(route.circuit), route.race ? ", raced" : ""));
}

void show(const Config& config) {
  row("role", name(config.role));
  show_inner(config.inner);
  if (config.tor) show_tor(*config.tor);
  if (config.onion) show_onion(*config.onion);
  if (config.i2p) show_i2p(*config.i2p);
  if (config.destination) show_destination(*config.destination);
  if (!config.tunnel.listen.empty()) row("tunnel", "listens on " + addresses(config.tunnel.listen) + " (tcp)");
  for (const PeerConfig& peer : config.peers)
    show_peer(peer);
  for (const RouteConfig& route : config.routes)
    show_route(route);
  if (config.routes.empty()) row("route", "none: no call can go out");
  show_identity(config);
  if (config.metrics) row("metrics", "served to this machine at " + config.metrics->listen.text());
  row("state", config.state_dir.string());
}

} // namespace

int check(const Invocation& invocation) {
  const auto loaded = load_config(invocation);
  if (!loaded) return exit_usage;
  fmt::print("{}: ok\n", loaded->file.string());
  show(loaded->config);
  return exit_done;
}

} // namespace sipveil::cli
