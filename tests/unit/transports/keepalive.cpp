#include "transports/keepalive.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

using Action = Keepalive::Action;

constexpr TimePoint start{100s};

Keepalive keepalive() {
  return Keepalive({.idle = 25s,
                    .pong_deadline = 10s,
                    .least_eager = 500ms,
                    .most_eager = 2s,
                    .least_suspicion = 1s,
                    .most_suspicion = 4s},
                   start);
}

/// One whose round trip was measured: `round_trip` at `start`.
Keepalive measured(Duration round_trip) {
  auto link = keepalive();
  EXPECT_TRUE(link.probe(start - round_trip));
  link.on_pong(start);
  return link;
}

TEST(Keepalive, PingsAfterSilence) {
  auto link = keepalive();
  EXPECT_EQ(link.next_deadline(), start + 25s);
  EXPECT_EQ(link.on_time(start + 25s - 1ns), Action::nothing);
  EXPECT_EQ(link.on_time(start + 25s), Action::ping);
  EXPECT_EQ(link.next_deadline(), start + 29s);
  EXPECT_EQ(link.on_time(start + 25s), Action::nothing);
}

TEST(Keepalive, ReceivedBytesPutThePingOff) {
  auto link = keepalive();
  link.on_received(start + 20s);
  EXPECT_EQ(link.on_time(start + 25s), Action::nothing);
  EXPECT_EQ(link.next_deadline(), start + 45s);
}

TEST(Keepalive, MeasuresTheRoundTrip) {
  auto link = keepalive();
  EXPECT_EQ(link.round_trip(), std::nullopt);
  ASSERT_EQ(link.on_time(start + 26s), Action::ping);
  link.on_pong(start + 26s + 524ms);
  EXPECT_EQ(link.round_trip(), 524ms);
  EXPECT_EQ(link.next_deadline(), start + 51s + 524ms);
}

TEST(Keepalive, IsSuspectOnceAndDeadAfterTenSilentSeconds) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  EXPECT_EQ(link.on_time(start + 29s - 1ns), Action::nothing);
  EXPECT_EQ(link.on_time(start + 29s), Action::suspect);
  EXPECT_EQ(link.next_deadline(), start + 35s);
  EXPECT_EQ(link.on_time(start + 30s), Action::nothing) << "told once";
  EXPECT_EQ(link.on_time(start + 35s - 1ns), Action::nothing);
  EXPECT_EQ(link.on_time(start + 35s), Action::dead);
  EXPECT_EQ(link.on_time(start + 36s), Action::dead);
}

TEST(Keepalive, ALateLookFindsADeadLinkDead) { // the process was stopped meanwhile
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  EXPECT_EQ(link.on_time(start + 60s), Action::dead);
}

TEST(Keepalive, SuspicionComesAsSoonAsTheMeasuredPathAllows) {
  auto quick = measured(100ms); // 300 ms at most, but networks stall for longer
  ASSERT_TRUE(quick.probe(start + 5s));
  EXPECT_EQ(quick.next_deadline(), start + 6s);
  auto usual = measured(600ms);
  ASSERT_TRUE(usual.probe(start + 5s));
  EXPECT_EQ(usual.next_deadline(), start + 5s + 1800ms);
  auto slow = measured(3s);
  ASSERT_TRUE(slow.probe(start + 5s));
  EXPECT_EQ(slow.next_deadline(), start + 9s);
}

TEST(Keepalive, ASuspectLinkThatSpeaksIsSuspectedAnewByItsNextPing) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  ASSERT_EQ(link.on_time(start + 29s), Action::suspect);
  link.on_received(start + 30s);
  EXPECT_EQ(link.next_deadline(), start + 55s);
  ASSERT_EQ(link.on_time(start + 55s), Action::ping);
  EXPECT_EQ(link.on_time(start + 59s), Action::suspect);
  link.on_pong(start + 60s);
  EXPECT_EQ(link.on_time(start + 65s), Action::nothing);
}

TEST(Keepalive, AProbeIsAPingOutOfTurn) {
  auto link = keepalive();
  EXPECT_TRUE(link.probe(start + 3s));
  EXPECT_EQ(link.next_deadline(), start + 7s);
  EXPECT_FALSE(link.probe(start + 4s)) << "one is on its way";
  EXPECT_EQ(link.next_deadline(), start + 7s) << "and the other does not put its deadline off";
  EXPECT_EQ(link.on_time(start + 7s), Action::suspect);
  EXPECT_FALSE(link.probe(start + 8s));
  EXPECT_EQ(link.on_time(start + 13s), Action::dead);
}

TEST(Keepalive, AProbeMeasures) {
  auto link = keepalive();
  ASSERT_TRUE(link.probe(start));
  link.on_pong(start + 700ms);
  EXPECT_EQ(link.round_trip(), 700ms);
  EXPECT_TRUE(link.probe(start + 1s));
  link.on_pong(start + 1s + 100ms);
  EXPECT_EQ(link.round_trip(), 100ms);
  EXPECT_EQ(link.next_deadline(), start + 26s + 100ms);
}

TEST(Keepalive, AnyBytesAfterThePingProveLife) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  link.on_received(start + 34s);
  EXPECT_EQ(link.on_time(start + 36s), Action::nothing);
  EXPECT_EQ(link.next_deadline(), start + 59s);
  EXPECT_EQ(link.round_trip(), std::nullopt);
  link.on_pong(start + 37s); // late, but the answer to the one ping that was sent
  EXPECT_EQ(link.round_trip(), 12s);
}

TEST(Keepalive, PingsSoonerWhileAnAnswerIsAwaited) {
  auto link = keepalive();
  link.on_received(start + 5s);
  link.expect_answer(start + 10s);
  EXPECT_EQ(link.next_deadline(), start + 12s);
  link.expect_answer(start + 11s); // a second request does not put the first one's ping off
  EXPECT_EQ(link.next_deadline(), start + 12s);
  EXPECT_EQ(link.on_time(start + 12s), Action::ping);
  EXPECT_EQ(link.on_time(start + 16s), Action::suspect);
  EXPECT_EQ(link.on_time(start + 22s), Action::dead);
}

TEST(Keepalive, AsSoonAsTheMeasuredPathAllows) {
  for (const auto& [round_trip, eager] :
       {std::pair(Duration(50ms), Duration(500ms)), std::pair(Duration(300ms), Duration(900ms)),
        std::pair(Duration(5s), Duration(2s))}) {
    auto link = measured(round_trip);
    link.expect_answer(start + 10s);
    EXPECT_EQ(link.next_deadline(), start + 10s + eager);
  }
}

TEST(Keepalive, AnAnswerEndsTheImpatience) {
  auto link = keepalive();
  link.expect_answer(start + 1s);
  link.on_received(start + 2s);
  EXPECT_EQ(link.next_deadline(), start + 27s);
  link.expect_answer(start + 26s); // two seconds from here would be later than the idle ping
  EXPECT_EQ(link.next_deadline(), start + 27s);
}

TEST(Keepalive, PongsAnswerPingsInTheirOrder) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  link.on_received(start + 26s);
  ASSERT_EQ(link.on_time(start + 51s), Action::ping);
  EXPECT_EQ(link.on_pong(start + 52s), start + 25s);
  EXPECT_EQ(link.round_trip(), 27s);
  EXPECT_EQ(link.on_pong(start + 53s), start + 51s);
  EXPECT_EQ(link.round_trip(), 2s);
}

TEST(Keepalive, APongThatNobodyAskedForMeasuresNothing) {
  auto link = keepalive();
  EXPECT_EQ(link.on_pong(start + 1s), std::nullopt);
  EXPECT_EQ(link.round_trip(), std::nullopt);
  EXPECT_EQ(link.next_deadline(), start + 26s);
}

} // namespace
} // namespace sipveil
