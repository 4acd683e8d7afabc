#include "bridge/hop/ways.h"

#include "tests/unit/bridge/ways_config.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;

TEST(Ways, AreTheSameEndIfOneIsNamedAsTheOtherOrBothAsAThird) {
  const PeerConfig bob = onion_peer("bob", 1);
  const PeerConfig by_i2p = i2p_peer("bob-i2p", 'c', "bob");
  const PeerConfig by_tls{.name = "bob-tls", .address = *PeerAddress::parse("tls:b.example:5061"), .same_as = "bob"};
  const PeerConfig carol = onion_peer("carol", 3);
  EXPECT_TRUE(same_end(bob, bob));
  EXPECT_TRUE(same_end(bob, by_i2p));
  EXPECT_TRUE(same_end(by_i2p, bob));
  EXPECT_TRUE(same_end(by_i2p, by_tls));
  EXPECT_FALSE(same_end(bob, carol));
  EXPECT_FALSE(same_end(carol, by_i2p));
  const Peers peers{&by_i2p, &carol, &bob};
  EXPECT_THAT(ways_to(bob, peers), ElementsAre(&by_i2p, &bob));
  EXPECT_THAT(ways_to(carol, peers), ElementsAre(&carol));
  EXPECT_EQ(&next_way(by_i2p, ways_to(bob, peers)), &bob);
  EXPECT_EQ(&next_way(bob, ways_to(bob, peers)), &by_i2p);
  EXPECT_EQ(&next_way(carol, ways_to(carol, peers)), &carol);
  EXPECT_EQ(&next_way(by_tls, peers), &by_tls) << "it is none of them";
}

TEST(Ways, OnlyI2pHasSessionsAndPeersThatMustSpeak) {
  PeerConfig peer = i2p_peer("bob");
  EXPECT_TRUE(has_sessions(peer) && has_circuits(peer) && must_speak(peer));
  peer.keepalive = false;
  EXPECT_FALSE(must_speak(peer));
  peer.keepalive = true;
  peer.via = ViaI2p{.own_destination = true};
  EXPECT_FALSE(has_sessions(peer) || has_circuits(peer));
  EXPECT_TRUE(must_speak(peer));
  peer.via = ViaHttp{*Endpoint::parse("127.0.0.1:4444")};
  EXPECT_FALSE(has_sessions(peer));
  EXPECT_TRUE(must_speak(peer)) << "i2pd's proxy does not know it either";
  peer = onion_peer("bob", 1);
  EXPECT_TRUE(has_circuits(peer));
  EXPECT_FALSE(has_sessions(peer) || must_speak(peer));
  peer.via = ViaHttp{*Endpoint::parse("127.0.0.1:8118")};
  EXPECT_TRUE(has_circuits(peer));
  EXPECT_FALSE(has_sessions(peer) || must_speak(peer));
}

} // namespace
} // namespace sipveil::hop::test
