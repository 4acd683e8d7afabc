#pragma once

#include "tests/unit/bridge/standby_script.h"

#include <string>

namespace sipveil::hop::test {

inline std::string b32_host(char letter = 'c') {
  return std::string(51, letter) + "a.b32.i2p";
}

/// An I2P destination; a different one for each `letter`, a to z.
inline PeerConfig i2p_peer(std::string name, char letter = 'c', std::string same_as = {}) {
  return {.name = std::move(name),
          .address = *PeerAddress::parse("i2p:" + b32_host(letter)),
          .via = ViaI2p{},
          .same_as = std::move(same_as)};
}

/// "bob", an onion service, and "bob-i2p", the same sipveil by I2P, to be tried after it.
inline Config two_ways(StandbyConfig standby = {.min = 0, .max = 0}) {
  Config config = one_peer_with_standby(standby);
  config.tor.emplace();
  config.i2p.emplace();
  config.peers.push_back(i2p_peer("bob-i2p", 'c', "bob"));
  config.routes[0].peers = {{"bob", 1, 1}, {"bob-i2p", 2, 1}};
  return config;
}

/// The same, raced.
inline Config raced_ways(StandbyConfig standby = {.candidates = 1}) {
  Config config = two_ways(standby);
  for (RouteTarget& target : config.routes[0].peers)
    target.priority = 1;
  config.routes[0].race = true;
  return config;
}

/// "bob", and somebody else who takes his calls when he is not there.
inline Config two_people() {
  Config config = two_ways();
  config.peers[1].same_as.clear();
  return config;
}

} // namespace sipveil::hop::test
