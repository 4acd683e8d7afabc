#include "bridge/policy/uri_params.h"
#include "tests/unit/policy/policy_sample.h"

namespace sipveil::policy {
namespace {

TEST(UriParams, KeepRoutingAndNothingThatNamesADevice) {
  for (const Direction direction : {Direction::outward, Direction::inward}) {
    const auto kept = [direction](std::string_view params) { return keep_uri_params(params, direction); };
    EXPECT_EQ(kept("transport=tcp;lr"), "transport=tcp;lr");
    EXPECT_EQ(kept("gr=urn:uuid:canary;Transport=TLS;ob;user=phone;lr=on;maddr=192.0.2.1"),
              "Transport=TLS;user=phone;lr=on");
    EXPECT_EQ(kept("method=INVITE"), "method=INVITE");
    EXPECT_EQ(kept("user=canary;method=canary;transport=canary;lr=canary"), "");
    EXPECT_EQ(kept("ttl=1;comp=sigcomp;sigcomp-id=x;isub=1;ext=2;tgrp=a;trunk-context=b;phone-context=c;cause=302;"
                   "target=sip:d"),
              "");
    EXPECT_EQ(kept("sv=token;svh=token;x-canary;/:&+$=x;lr"), "lr");
    EXPECT_EQ(kept(""), "");
    EXPECT_EQ(kept(";;lr;"), "lr");
  }
}

TEST(UriParams, OfARegisteredContactKeepExpiryAndPreference) {
  EXPECT_EQ(keep_contact_params("expires=3600;q=0.7"), "expires=3600;q=0.7");
  EXPECT_EQ(
      keep_contact_params(R"(+sip.instance="<urn:uuid:canary;expires=1>";reg-id=1;Q=1;audio;methods="INVITE,ACK")"),
      "Q=1");
  EXPECT_EQ(keep_contact_params("expires=canary;q=canary;q"), "");
  EXPECT_EQ(keep_contact_params("q=0.12345"), "");
  EXPECT_EQ(keep_contact_params(R"(expires=1;x="y)"), "") << "what cannot be read gives nothing";
  EXPECT_EQ(keep_contact_params(""), "");
}

} // namespace
} // namespace sipveil::policy
