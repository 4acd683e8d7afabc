#include "privasip/pseudonym.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace sipveil::privasip {
namespace {

// HMAC-SHA256(32 bytes of 01, "bob@b.example") by Python's hmac module, cut and in base32.
TEST(Pseudonym, IsTheDocumentedFunction) {
  const SecretBytes key(std::string(32, '\x01'));
  const std::string text = pseudonym(key, {"bob", "b.example"});
  EXPECT_EQ(text, "37kjo3fd3a4jpdhx7du3gsr4ke");
  EXPECT_EQ(text.size(), 26U);
}

TEST(Pseudonym, DiffersByKeyUserAndHost) {
  const SecretBytes key(std::string(32, '\x01'));
  const SecretBytes other(std::string(32, '\x02'));
  const auto bob = pseudonym(key, {"bob", "b.example"});
  EXPECT_EQ(bob, pseudonym(key, {"bob", "b.example"}));
  EXPECT_NE(bob, pseudonym(other, {"bob", "b.example"}));
  EXPECT_NE(bob, pseudonym(key, {"Bob", "b.example"}));
  EXPECT_NE(bob, pseudonym(key, {"bob", "c.example"}));
}

} // namespace
} // namespace sipveil::privasip
