#include "bridge/hop/timeline.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

const TimePoint start{100s};

Timeline ended(int status, LinkSource source = LinkSource::standby) {
  return {.outbound = true, .source = source, .received = start, .answered = start + 5s, .status = status};
}

TEST(CallCounts, OutcomeByTheFinalAnswerAndWhoGaveOne) {
  EXPECT_EQ(outcome_of(ended(200)), CallOutcome::answered);
  EXPECT_EQ(outcome_of(ended(202)), CallOutcome::answered);
  EXPECT_EQ(outcome_of(ended(302)), CallOutcome::redirected);
  EXPECT_EQ(outcome_of(ended(487)), CallOutcome::cancelled);
  EXPECT_EQ(outcome_of(ended(503)), CallOutcome::failed);
  Timeline busy = ended(486);
  busy.first_answer = start + 1s;
  EXPECT_EQ(outcome_of(busy), CallOutcome::refused);
}

TEST(CallCounts, BoundsAreInclusiveAndTheLastRangeHasNone) {
  DurationCounts durations;
  for (const Duration duration : {Duration(1ms), Duration(1ms + 1ns), Duration(500ms), Duration(32s), Duration(33s)})
    durations.add(duration);
  EXPECT_EQ(durations.counts[0], 1U);
  EXPECT_EQ(durations.counts[1], 1U);
  EXPECT_EQ(durations.counts[7], 1U);
  EXPECT_EQ(durations.counts[16], 1U);
  EXPECT_EQ(durations.counts[17], 1U);
  EXPECT_EQ(durations.total(), 5U);
  EXPECT_NEAR(durations.sum, 65.502, 1e-6);
}

TEST(CallCounts, ALinkThatWasThereBeforeTheCallCostNothing) {
  DurationCounts durations;
  durations.add(-3s);
  EXPECT_EQ(durations.counts[0], 1U);
  EXPECT_EQ(durations.sum, 0);
}

TEST(CallCounts, EachCallOnceHoweverManyAreKept) {
  TimelineRing ring;
  for (std::size_t i = 0; i < 3 * TimelineRing::capacity; ++i) {
    Timeline call = ended(200);
    call.link_ready = start;
    call.ringing = start + 520ms;
    call.moved = 2;
    ring.add(call);
  }
  const CallCounts& counts = ring.counts();
  constexpr auto standby = static_cast<std::size_t>(LinkSource::standby);
  EXPECT_EQ(ring.all().size(), TimelineRing::capacity);
  EXPECT_EQ(counts.calls[1][standby][0], 3 * TimelineRing::capacity);
  EXPECT_EQ(counts.ringing[1][standby].counts[8], 3 * TimelineRing::capacity);
  EXPECT_EQ(counts.link_wait[standby].counts[0], 3 * TimelineRing::capacity);
  EXPECT_EQ(counts.moves, 6 * TimelineRing::capacity);
}

TEST(CallCounts, WhatWasNotReachedHasNoDuration) {
  CallCounts counts;
  counts.add(ended(503, LinkSource::none));
  Timeline inbound{.received = start, .link_ready = start, .ringing = start + 1s, .status = 200};
  counts.add(inbound);
  EXPECT_EQ(counts.calls[1][0][static_cast<std::size_t>(CallOutcome::failed)], 1U);
  EXPECT_EQ(counts.calls[0][0][0], 1U);
  EXPECT_EQ(counts.ringing[1][0].total(), 0U);
  EXPECT_EQ(counts.ringing[0][0].total(), 1U);
  for (const DurationCounts& wait : counts.link_wait)
    EXPECT_EQ(wait.total(), 0U);
}

} // namespace
} // namespace sipveil::hop
