#include "bridge/hop/ways.h"

#include <algorithm>

namespace sipveil::hop {
namespace {

const std::string& end_of(const PeerConfig& peer) {
  return peer.same_as.empty() ? peer.name : peer.same_as;
}

} // namespace

bool same_end(const PeerConfig& one, const PeerConfig& other) {
  return &one == &other || end_of(one) == end_of(other);
}

Peers ways_to(const PeerConfig& peer, const Peers& peers) {
  Peers ways;
  std::ranges::copy_if(peers, std::back_inserter(ways), [&](const auto* other) { return same_end(peer, *other); });
  return ways;
}

const PeerConfig& next_way(const PeerConfig& peer, const Peers& ways) {
  const auto found = std::ranges::find(ways, &peer);
  if (found == ways.end()) return peer;
  return std::next(found) == ways.end() ? *ways.front() : **std::next(found);
}

bool is_direct(const PeerConfig& peer) {
  return std::holds_alternative<ViaDirect>(peer.via);
}

bool has_circuits(const PeerConfig& peer) {
  const auto* i2p = std::get_if<ViaI2p>(&peer.via);
  return !is_direct(peer) && (i2p == nullptr || !i2p->own_destination);
}

bool has_sessions(const PeerConfig& peer) {
  return std::holds_alternative<ViaI2p>(peer.via) && has_circuits(peer);
}

bool must_speak(const PeerConfig& peer) {
  // One that answers no pings cannot be asked whether it is there.
  return std::holds_alternative<I2pPeer>(peer.address.value()) && peer.keepalive;
}

} // namespace sipveil::hop
