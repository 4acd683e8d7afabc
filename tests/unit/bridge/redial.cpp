#include "bridge/hop/redial.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

const TimePoint start{1h};
const Digest call{1, 2};
const Digest other{3, 4};

/// The lowest jitter: half of each step.
std::uint64_t lowest() {
  return 0;
}

TEST(Redials, WaitsLongerAfterEachFailureUpToAMinute) {
  Redials redials(lowest);
  TimePoint now = start;
  std::vector<Duration> waits;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(redials.schedule(call, now));
    waits.push_back(redials.next_deadline() - now);
    now = redials.next_deadline();
    EXPECT_EQ(redials.pop_due(now - 1ns), std::nullopt);
    EXPECT_EQ(redials.pop_due(now), call);
    EXPECT_EQ(redials.pop_due(now), std::nullopt);
  }
  EXPECT_EQ(waits, (std::vector<Duration>{250ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}));
}

TEST(Redials, GivesUpInTheEndAndStartsAnewAfterwards) {
  Redials redials(lowest);
  for (unsigned i = 0; i < Redials::max_tries; ++i)
    EXPECT_TRUE(redials.schedule(call, start));
  EXPECT_FALSE(redials.schedule(call, start));
  EXPECT_EQ(redials.next_deadline(), TimePoint::max());
  EXPECT_TRUE(redials.schedule(call, start));
  EXPECT_EQ(redials.next_deadline(), start + 250ms);
}

TEST(Redials, ASuccessForgetsThePast) {
  Redials redials(lowest);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(redials.schedule(call, start));
  redials.forget(call);
  redials.forget(call);
  EXPECT_EQ(redials.next_deadline(), TimePoint::max());
  ASSERT_TRUE(redials.schedule(call, start));
  EXPECT_EQ(redials.next_deadline(), start + 250ms);
}

TEST(Redials, CallsDoNotDisturbEachOther) {
  Redials redials(lowest);
  ASSERT_TRUE(redials.schedule(call, start));
  ASSERT_TRUE(redials.schedule(other, start + 1ms));
  redials.forget(call);
  EXPECT_EQ(redials.pop_due(start + 1h), other);
}

} // namespace
} // namespace sipveil::hop
