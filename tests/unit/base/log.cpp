#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sipveil {
namespace {

TEST(Redact, HidesTheTextButKeepsItRelatable) {
  const std::string alice = redact("sip:alice@example.org");
  EXPECT_EQ(alice, redact("sip:alice@example.org"));
  EXPECT_NE(alice, redact("sip:alicf@example.org"));
  EXPECT_EQ(alice.find("alice"), std::string::npos);
  EXPECT_EQ(alice.size(), 9U) << "~ and 8 hex digits";
}

// A process of its own each: what set_up_log sets is meant to be set once.
TEST(RedactDeathTest, ShowsTheTextOnlyWhenAskedTo) {
  EXPECT_EXIT(
      {
        set_up_log({.reveal_identities = true});
        spdlog::info("call of {}", redact("alice"));
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "info call of alice");
}

TEST(LogDeathTest, WritesFromItsLevelOnToStandardError) {
  EXPECT_EXIT(
      {
        set_up_log({.level = "warning"});
        spdlog::info("too little");
        spdlog::warn("call of {}", redact("alice"));
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "^[-0-9]+ [:.0-9]+ .*warning.* call of ~[0-9a-f]+\n$");
}

const TimePoint start{1h};

TEST(RateLimit, HoldsBackWhatComesTooOftenAndCountsIt) {
  RateLimit limit(2, 10s);
  unsigned held_back = 99;
  EXPECT_TRUE(limit.allow(start, held_back));
  EXPECT_EQ(held_back, 0U);
  EXPECT_TRUE(limit.allow(start + 1s, held_back));
  EXPECT_FALSE(limit.allow(start + 2s, held_back));
  EXPECT_FALSE(limit.allow(start + 9999ms, held_back));
  EXPECT_TRUE(limit.allow(start + 10s, held_back)) << "a new period";
  EXPECT_EQ(held_back, 2U);
  EXPECT_TRUE(limit.allow(start + 11s, held_back));
  EXPECT_EQ(held_back, 0U) << "told once";
  EXPECT_FALSE(limit.allow(start + 12s, held_back));
}

} // namespace
} // namespace sipveil
