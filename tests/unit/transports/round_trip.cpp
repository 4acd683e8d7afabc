#include "transports/round_trip.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

TEST(RoundTrip, WithoutASampleTheLongestTimeIsWaited) {
  const RoundTrip path;
  EXPECT_EQ(path.last(), std::nullopt);
  EXPECT_EQ(path.timeout(500ms, 4s), 4s);
}

TEST(RoundTrip, TheFirstSampleCountsThreefold) { // SRTT = R, RTTVAR = R/2
  RoundTrip path;
  path.sample(400ms);
  EXPECT_EQ(path.last(), 400ms);
  EXPECT_EQ(path.timeout(0s, 60s), 1200ms);
}

TEST(RoundTrip, LaterOnesAreSmoothed) {
  RoundTrip path;
  path.sample(400ms);
  path.sample(800ms); // RTTVAR = 3/4 * 200 + 1/4 * 400 = 250, SRTT = 7/8 * 400 + 1/8 * 800 = 450
  EXPECT_EQ(path.last(), 800ms);
  EXPECT_EQ(path.timeout(0s, 60s), 450ms + 4 * 250ms);
  path.sample(50ms); // a sample below the mean varies as much: RTTVAR = 187.5 + 100, SRTT = 393.75 + 6.25
  EXPECT_EQ(path.timeout(0s, 60s), 400ms + 4 * 287500us);
}

TEST(RoundTrip, ASteadyPathIsTrustedMoreAndMore) {
  RoundTrip path;
  path.sample(300ms);
  Duration before = path.timeout(0s, 60s);
  for (int i = 0; i < 40; ++i) {
    path.sample(300ms);
    EXPECT_LE(path.timeout(0s, 60s), before);
    before = path.timeout(0s, 60s);
    EXPECT_GE(before, 300ms);
  }
  EXPECT_LT(before, 301ms);
}

TEST(RoundTrip, TheBoundsHold) {
  RoundTrip path;
  path.sample(1ms);
  EXPECT_EQ(path.timeout(500ms, 4s), 500ms);
  path.sample(30s);
  EXPECT_EQ(path.timeout(500ms, 4s), 4s);
}

} // namespace
} // namespace sipveil
