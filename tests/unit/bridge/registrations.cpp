#include "bridge/hop/registrations.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

class RegistrationsTest : public ::testing::Test {
 protected:
  static std::string address(unsigned char number) {
    return "tor:" + OnionName::from_public_key({number}).host() + ":5060";
  }
  KeyedHash hash_;
  Registrations known_{hash_};
};

TEST_F(RegistrationsTest, FindTheLinkOfAContactUntilThatIsGone) {
  EXPECT_EQ(known_.link_of("sip:x@anonymous.invalid"), 0U);
  known_.bind("sip:x@anonymous.invalid", 7);
  known_.bind("sip:y@anonymous.invalid", 7);
  known_.bind("sip:z@anonymous.invalid", 8);
  EXPECT_EQ(known_.link_of("sip:x@anonymous.invalid"), 7U);
  EXPECT_EQ(known_.flows(), 3U);
  known_.link_gone(7);
  known_.link_gone(7);
  known_.link_gone(9);
  EXPECT_EQ(known_.link_of("sip:x@anonymous.invalid"), 0U);
  EXPECT_EQ(known_.link_of("sip:y@anonymous.invalid"), 0U);
  EXPECT_EQ(known_.link_of("sip:z@anonymous.invalid"), 8U);
  EXPECT_EQ(known_.flows(), 1U);
}

TEST_F(RegistrationsTest, AContactThatRegistersAnewBelongsToItsNewLink) {
  known_.bind("sip:x@anonymous.invalid", 7);
  known_.bind("sip:x@anonymous.invalid", 7);
  known_.bind("sip:x@anonymous.invalid", 8);
  EXPECT_EQ(known_.flows(), 1U);
  known_.link_gone(7);
  EXPECT_EQ(known_.link_of("sip:x@anonymous.invalid"), 8U);
  known_.link_gone(8);
  EXPECT_EQ(known_.flows(), 0U);
}

TEST_F(RegistrationsTest, AreBounded) {
  for (std::size_t i = 0; i < Registrations::max_flows; ++i)
    known_.bind("sip:" + std::to_string(i), 7);
  EXPECT_EQ(known_.flows(), Registrations::max_flows);
  known_.bind("sip:one-too-many", 7);
  EXPECT_EQ(known_.link_of("sip:one-too-many"), 0U);
  known_.bind("sip:0", 8);
  EXPECT_EQ(known_.link_of("sip:0"), 8U) << "those that are known may move";
}

TEST_F(RegistrationsTest, AnOnionAddressIsAPeerThatStays) {
  const PeerConfig* peer = known_.peer_at(address(1));
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(peer->name, address(1));
  EXPECT_TRUE(std::holds_alternative<ViaTor>(peer->via));
  for (unsigned char number = 2; number < 100; ++number)
    EXPECT_NE(known_.peer_at(address(number)), peer);
  EXPECT_EQ(known_.peer_at(address(1)), peer);
}

TEST_F(RegistrationsTest, SoIsAnI2pDestination) {
  const std::string name = "i2p:" + std::string(51, 'c') + "a.b32.i2p";
  const PeerConfig* peer = known_.peer_at(name);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(peer->name, name);
  ASSERT_TRUE(std::holds_alternative<ViaI2p>(peer->via));
  EXPECT_FALSE(std::get<ViaI2p>(peer->via).own_destination);
  EXPECT_EQ(known_.peer_at(name), peer);
}

TEST_F(RegistrationsTest, NothingElseIsDialled) {
  for (const std::string& other :
       {std::string(), std::string("tor:"), std::string("tcp:192.0.2.1:5060"), std::string("tls:home.example:5061"),
        std::string("socks5:192.0.2.1:5060"), std::string("tor:192.0.2.1:5060"), std::string("tor:short.onion:5060"),
        std::string("i2p:short.b32.i2p"), std::string("i2p:stats.i2p"), address(1) + "00",
        address(1).substr(0, address(1).size() - 5), address(1).replace(4, 1, "!")})
    EXPECT_EQ(known_.peer_at(other), nullptr) << other;
}

} // namespace
} // namespace sipveil::hop
