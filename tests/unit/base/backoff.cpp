#include "base/backoff.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

/// Draws the lowest and the highest that a jitter can be.
std::uint64_t lowest() {
  return 0;
}

TEST(Backoff, DoublesFromTheFirstStepUpToTheCap) {
  Backoff backoff({.first = 1s, .cap = 10s}, lowest);
  EXPECT_EQ(backoff.next(), 500ms); // the lower end of each step is its half
  EXPECT_EQ(backoff.next(), 1s);
  EXPECT_EQ(backoff.next(), 2s);
  EXPECT_EQ(backoff.next(), 4s);
  EXPECT_EQ(backoff.next(), 5s);
  EXPECT_EQ(backoff.next(), 5s);
  EXPECT_EQ(backoff.failures(), 6U);
}

TEST(Backoff, JitterReachesTheWholeStepAndNeverMore) {
  const auto half = static_cast<std::uint64_t>(Duration(500ms).count());
  Backoff top({.first = 1s, .cap = 1s}, [&] { return half; });
  EXPECT_EQ(top.next(), 1s);
  Backoff wrapped({.first = 1s, .cap = 1s}, [&] { return half + 1; });
  EXPECT_EQ(wrapped.next(), 500ms);
}

TEST(Backoff, StaysInItsBoundsWithTheRealGenerator) {
  Backoff backoff({.first = 500ms, .cap = 60s});
  Duration step = 500ms;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, step / 2);
    EXPECT_LE(wait, step);
    step = std::min<Duration>(step * 2, 60s);
  }
}

TEST(Backoff, StartsAnewAfterASuccess) {
  Backoff backoff({.first = 1s, .cap = 1h}, lowest);
  for (int i = 0; i < 5; ++i)
    static_cast<void>(backoff.next());
  backoff.reset();
  EXPECT_EQ(backoff.failures(), 0U);
  EXPECT_EQ(backoff.next(), 500ms);
}

TEST(Backoff, TakesAnImmediateFirstStep) {
  Backoff backoff({.first = Duration::zero(), .cap = 1s});
  EXPECT_EQ(backoff.next(), Duration::zero());
}

} // namespace
} // namespace sipveil
