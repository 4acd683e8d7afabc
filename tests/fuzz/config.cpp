// The configuration file: nothing that it holds may crash the reader, and what is accepted keeps what config.h
// promises.
#include "bridge/config/load.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const sipveil::TunnelShape& tunnels) {
  require(tunnels.length <= 7);
  require(tunnels.quantity >= 3 && tunnels.quantity <= 16);
}

void check(const sipveil::PeerConfig& peer, const sipveil::Config& config) {
  const auto& address = peer.address.value();
  const bool direct = std::holds_alternative<sipveil::ViaDirect>(peer.via);
  const auto* i2p = std::get_if<sipveil::ViaI2p>(&peer.via);
  require(config.tor || !std::holds_alternative<sipveil::ViaTor>(peer.via));
  require(!direct || !std::holds_alternative<sipveil::TorPeer>(address));
  // An I2P address by nothing but an I2P router, and nothing else by one.
  const bool is_i2p = std::holds_alternative<sipveil::I2pPeer>(address);
  require(!is_i2p || i2p != nullptr || std::holds_alternative<sipveil::ViaHttp>(peer.via));
  require(i2p == nullptr || (is_i2p && config.i2p));
  require(i2p == nullptr || !i2p->own_destination || config.destination);
  const bool plain =
      std::holds_alternative<sipveil::TcpPeer>(address) || std::holds_alternative<sipveil::SocksPeer>(address);
  require(peer.plaintext_exit == (plain && !direct));
  if (peer.same_as.empty()) return;
  const auto* other = config.find_peer(peer.same_as);
  require(other != nullptr && other != &peer && other->same_as.empty());
}

void check(const sipveil::RouteConfig& route, const sipveil::Config& config) {
  require(!route.peers.empty());
  unsigned first = 65535;
  for (const auto& target : route.peers)
    first = std::min<unsigned>(first, target.priority);
  unsigned raced = 0;
  for (const auto& target : route.peers) {
    const auto* peer = config.find_peer(target.peer);
    require(peer != nullptr);
    const auto* i2p = std::get_if<sipveil::ViaI2p>(&peer->via);
    const bool one_destination =
        (i2p != nullptr && i2p->own_destination) || (std::holds_alternative<sipveil::I2pPeer>(peer->address.value()) &&
                                                     std::holds_alternative<sipveil::ViaHttp>(peer->via));
    require(!one_destination || route.circuit == sipveil::CircuitPolicy::per_peer ||
            route.circuit == sipveil::CircuitPolicy::shared);
    if (target.priority != first) continue;
    ++raced;
    require(!route.race || !std::holds_alternative<sipveil::ViaDirect>(peer->via));
  }
  require(!route.race || (route.circuit == sipveil::CircuitPolicy::per_call && raced >= 2 && config.standby.max > 0));
}

void check(const sipveil::Config& config) {
  require(config.state_dir.is_absolute());
  require(!config.inner.listen.empty());
  require(!config.onion || (config.tor && config.inner.deliver_to));
  require(!config.onion || !config.onion->single_hop || config.tor->spawn);
  require(config.standby.min <= config.standby.max && config.standby.max <= 64);
  require(config.standby.parallel >= 1 && config.standby.candidates >= 1);
  require(!config.metrics || config.metrics->listen.host() == "::1" ||
          config.metrics->listen.host().starts_with("127."));
  require(!config.destination || (config.i2p && config.inner.deliver_to));
  if (config.i2p) {
    require(config.i2p->spawn != config.i2p->sam.has_value());
    require(config.i2p->sessions >= 1 && config.i2p->sessions <= 64);
    check(config.i2p->tunnels);
  }
  if (config.destination) check(config.destination->tunnels);
  for (const auto& peer : config.peers)
    check(peer, config);
  for (const auto& route : config.routes)
    check(route, config);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = sipveil::parse(text, "/etc/sipveil.toml", sipveil::KeyFiles::unchecked);
  if (const auto* config = std::get_if<sipveil::Config>(&result))
    check(*config);
  else
    require(!std::get<std::vector<sipveil::Mistake>>(result).empty());
  return 0;
}
