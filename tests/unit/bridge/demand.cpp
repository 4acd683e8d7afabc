#include "bridge/hop/demand.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

constexpr TimePoint start{1h};

TEST(Demand, OfNobodyIsNothing) {
  const Demand demand;
  EXPECT_EQ(demand.peak(start), 0U);
  EXPECT_EQ(demand.forgets_at(), TimePoint::max());
}

TEST(Demand, IsTheMostCallsWithinOneBuildingTime) {
  Demand demand; // 5 s
  for (const Duration at : {Duration(0s), Duration(4s), Duration(20s), Duration(21s), Duration(25s), Duration(31s)})
    demand.note_call(start + at);
  EXPECT_EQ(demand.peak(start + 31s), 3U) << "20, 21 and 25";
}

TEST(Demand, CallsThatComeOneAfterTheOtherNeedOneLink) {
  Demand demand;
  for (int call = 0; call < 20; ++call)
    demand.note_call(start + call * 6s);
  EXPECT_EQ(demand.peak(start + 2min), 1U);
}

TEST(Demand, IsForgottenAfterFiveMinutes) {
  Demand demand;
  demand.note_call(start);
  demand.note_call(start + 1s);
  demand.note_call(start + 1min);
  EXPECT_EQ(demand.forgets_at(), start + 5min);
  EXPECT_EQ(demand.peak(start + 5min - 1ns), 2U);
  EXPECT_EQ(demand.peak(start + 5min), 1U);
  demand.forget(start + 5min);
  EXPECT_EQ(demand.forgets_at(), start + 5min + 1s);
  demand.forget(start + 6min);
  EXPECT_EQ(demand.peak(start + 6min), 0U);
  EXPECT_EQ(demand.forgets_at(), TimePoint::max());
}

TEST(Demand, AfterForgettingItsDeadlineLiesAhead) { // or its owner would turn in a circle
  Demand demand;
  for (int call = 0; call < 10; ++call)
    demand.note_call(start + call * 10s);
  for (Duration at = 0s; at < 8min; at += 7s) {
    demand.forget(start + at);
    EXPECT_GT(demand.forgets_at(), start + at);
  }
}

TEST(Demand, ABurstHoldsNoMoreThanItsBound) {
  Demand demand;
  for (int call = 0; call < 10'000; ++call)
    demand.note_call(start + call * 1us);
  EXPECT_EQ(demand.peak(start + 1s), Demand::most_calls);
  EXPECT_EQ(demand.forgets_at(), start + (10'000 - static_cast<int>(Demand::most_calls)) * 1us + 5min)
      << "the latest are kept";
}

TEST(Demand, TheBuildingTimeIsLearnt) {
  Demand demand;
  EXPECT_EQ(demand.building_time(), 5s);
  demand.note_build(9s);
  EXPECT_EQ(demand.building_time(), 6s);
  for (int i = 0; i < 50; ++i)
    demand.note_build(9s);
  EXPECT_NEAR(std::chrono::duration<double>(demand.building_time()).count(), 9.0, 0.01);
  demand.note_call(start);
  demand.note_call(start + 8s);
  EXPECT_EQ(demand.peak(start + 8s), 2U);
}

TEST(Demand, NoBuildIsBelievedToTakeNothingOrForEver) {
  Demand demand;
  for (int i = 0; i < 100; ++i)
    demand.note_build(1ms);
  EXPECT_GE(demand.building_time(), 1s);
  EXPECT_LT(demand.building_time(), 1100ms);
  for (int i = 0; i < 100; ++i)
    demand.note_build(1h);
  EXPECT_LE(demand.building_time(), 30s);
  EXPECT_GT(demand.building_time(), 29s);
}

} // namespace
} // namespace sipveil::hop
