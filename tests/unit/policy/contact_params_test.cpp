#include "bridge/policy/contact_params.h"

#include <gtest/gtest.h>

namespace sipveil::policy {
namespace {

TEST(ContactParams, OfARegisteredContactKeepExpiryAndPreference) {
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
