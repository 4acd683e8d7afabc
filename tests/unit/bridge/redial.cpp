#include "bridge/hop/redial.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace sipveil::hop {
namespace {

const TimePoint start{1h};
const Digest call{1, 2};
const Digest other{3, 4};

/// The lowest jitter: half of each step.
std::uint64_t lowest() {
  return 0;
}

TEST(Redials, WaitsLongerAfterEachFailureUpToFifteenSeconds) {
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
  EXPECT_EQ(waits, (std::vector<Duration>{250ms, 500ms, 1s, 2s, 4s, 7500ms, 7500ms, 7500ms, 7500ms, 7500ms}));
}

TEST(Redials, TriesForSixToThirteenMinutesWhateverTheJitter) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Redials redials(seed == 0 ? lowest : std::function<std::uint64_t()>(std::mt19937_64(seed)));
    TimePoint now = start;
    while (redials.schedule(call, now))
      now = redials.next_deadline();
    EXPECT_GT(now - start, std::chrono::minutes(6));
    EXPECT_LT(now - start, std::chrono::minutes(13));
  }
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

TEST(Redials, BeingHeardEndsTheBackOffOnlyIfItLasts) {
  for (const Duration lasted : {Redials::proving_time - 1ms, Redials::proving_time}) {
    Redials redials(lowest);
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(redials.schedule(call, start));
    EXPECT_FALSE(redials.empty());
    redials.heard(call, start);
    redials.heard(call, start + 1s); // every message is told
    EXPECT_TRUE(redials.empty());
    EXPECT_EQ(redials.next_deadline(), TimePoint::max());
    const TimePoint lost = start + lasted;
    ASSERT_TRUE(redials.schedule(call, lost));
    EXPECT_FALSE(redials.empty());
    EXPECT_EQ(redials.next_deadline() - lost, lasted < Redials::proving_time ? Duration(4s) : Duration(250ms));
  }
}

TEST(Redials, OneThatIsForgottenWaitsForNothing) {
  Redials redials(lowest);
  ASSERT_TRUE(redials.schedule(call, start));
  ASSERT_TRUE(redials.schedule(other, start));
  redials.heard(call, start);
  redials.forget(call);
  EXPECT_FALSE(redials.empty());
  redials.forget(other);
  EXPECT_TRUE(redials.empty());
  redials.heard(other, start);
  EXPECT_TRUE(redials.empty());
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
