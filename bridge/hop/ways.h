#pragma once

#include "bridge/config/config.h"

#include <vector>

namespace sipveil::hop {

/// Peers that a request may go to, in order. Never null.
using Peers = std::vector<const PeerConfig*>;

/// Both are the same sipveil (PeerConfig::same_as): it knows a request again that has come by one of them, when it
/// comes by the other.
[[nodiscard]] bool same_end(const PeerConfig& one, const PeerConfig& other);
/// Those of `peers` that are the same sipveil as `peer`, itself among them, in their order.
[[nodiscard]] Peers ways_to(const PeerConfig& peer, const Peers& peers);
/// The one behind `peer`, or the first behind the last; `peer` if it does not stand there, or alone.
[[nodiscard]] const PeerConfig& next_way(const PeerConfig& peer, const Peers& ways);

/// Dialled straight from this machine: there is no circuit.
[[nodiscard]] bool is_direct(const PeerConfig& peer);
/// Calls can have circuits of their own on the way there.
[[nodiscard]] bool has_circuits(const PeerConfig& peer);
/// Each circuit is an I2P session, which costs the router two tunnels for each of [i2p] tunnel_quantity.
[[nodiscard]] bool has_sessions(const PeerConfig& peer);
/// A stream that is open does not show that the peer is there: an I2P router opens one as soon as it has found the
/// peer's LeaseSet, which lies in the network for minutes after its owner has gone. The first byte shows it.
[[nodiscard]] bool must_speak(const PeerConfig& peer);

} // namespace sipveil::hop
