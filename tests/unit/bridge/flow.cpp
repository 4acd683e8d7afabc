#include "bridge/hop/flow.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

TEST(InnerAddress, IsAnAddressAndNeverAName) {
  EXPECT_EQ(InnerAddress::parse("192.0.2.1", 5060)->text(), "192.0.2.1:5060");
  EXPECT_EQ(InnerAddress::parse("[2001:db8:0::1]", 5060)->text(), "[2001:db8::1]:5060");
  EXPECT_EQ(InnerAddress::parse("2001:DB8::1", 1)->host(), "2001:db8::1");
  const std::string with_zero("127.0.0.1\0x", 11);
  for (const std::string& host :
       {std::string(), std::string("localhost"), std::string("192.0.2"), std::string("192.0.2.256"),
        std::string("[192.0.2.1"), std::string("[]"), std::string("1.2.3.4 "), std::string(100, '1'), with_zero})
    EXPECT_FALSE(InnerAddress::parse(host, 5060)) << host;
}

TEST(InnerAddress, ComparesByHostAndPort) {
  const auto phone = *InnerAddress::parse("127.0.0.1", 5060);
  EXPECT_EQ(phone, *InnerAddress::parse("127.0.0.1", 5060));
  EXPECT_NE(phone, *InnerAddress::parse("127.0.0.1", 5061));
  EXPECT_TRUE(phone.same_host(*InnerAddress::parse("127.0.0.1", 5061)));
  EXPECT_FALSE(phone.same_host(*InnerAddress::parse("127.0.0.2", 5060)));
  EXPECT_FALSE(InnerAddress::parse("0.0.0.0", 1)->same_host(*InnerAddress::parse("::", 1)));
}

TEST(Flow, LinksAndTcpAreReliableAndOnlyLinksAreTheTunnel) {
  EXPECT_TRUE(Flow::over_link(3).reliable());
  EXPECT_FALSE(Flow::over_link(3).inner());
  EXPECT_EQ(Flow::over_link(3).id, 3U);
  EXPECT_TRUE((Flow{Carrier::tcp, 0, {}, 1}.reliable()));
  EXPECT_TRUE((Flow{Carrier::tcp, 0, {}, 1}.inner()));
  EXPECT_FALSE((Flow{Carrier::udp, 0, {}, 0}.reliable()));
}

} // namespace
} // namespace sipveil::hop
