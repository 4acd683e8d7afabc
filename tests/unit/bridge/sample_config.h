#pragma once

#include "bridge/config/config.h"

#include <string>

namespace sipveil::hop::test {

/// A peer behind an onion service; a different one for each `number`.
inline PeerConfig onion_peer(std::string name, unsigned char number) {
  const auto onion = OnionName::from_public_key({number});
  return {.name = std::move(name), .address = *PeerAddress::parse("tor:" + onion.host() + ":5060"), .via = ViaTor{}};
}

/// Two peers for bob.example, the second to be tried after the first; carol.example with a domain of her own.
inline Config sample_config() {
  Config config;
  config.standby.max = 0; // for tests of one call, which count what is dialled
  config.inner.listen = {*HostPort::parse("127.0.0.1:5060"), *HostPort::parse("[::1]:5060")};
  config.inner.deliver_to = *HostPort::parse("127.0.0.1:5070");
  config.peers.push_back(onion_peer("bob", 1));
  config.peers.push_back(onion_peer("bob-2", 2));
  config.peers.push_back(onion_peer("carol", 3));
  config.routes.push_back({.domain = "bob.example", .peers = {{"bob", 1, 1}, {"bob-2", 2, 1}}});
  config.routes.push_back({.domain = "carol.example", .peers = {{"carol", 1, 1}}});
  return config;
}

/// Nobody else may be asked for bob: what is said to his peer goes along with the dial.
inline Config one_peer() {
  Config config = sample_config();
  config.routes[0].peers.resize(1);
  return config;
}

} // namespace sipveil::hop::test
