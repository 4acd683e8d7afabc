#include "transports/keepalive.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

using Action = Keepalive::Action;

constexpr TimePoint start{100s};

Keepalive keepalive() {
  return Keepalive({.idle = 25s, .pong_deadline = 10s, .eager = 4s}, start);
}

TEST(Keepalive, PingsAfterSilence) {
  auto link = keepalive();
  EXPECT_EQ(link.next_deadline(), start + 25s);
  EXPECT_EQ(link.on_time(start + 25s - 1ns), Action::nothing);
  EXPECT_EQ(link.on_time(start + 25s), Action::ping);
  EXPECT_EQ(link.next_deadline(), start + 35s);
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

TEST(Keepalive, IsDeadAfterTenSilentSeconds) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  EXPECT_EQ(link.on_time(start + 35s - 1ns), Action::nothing);
  EXPECT_EQ(link.on_time(start + 35s), Action::dead);
  EXPECT_EQ(link.on_time(start + 36s), Action::dead);
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
  EXPECT_EQ(link.next_deadline(), start + 14s);
  link.expect_answer(start + 13s); // a second request does not put the first one's ping off
  EXPECT_EQ(link.next_deadline(), start + 14s);
  EXPECT_EQ(link.on_time(start + 14s), Action::ping);
  EXPECT_EQ(link.on_time(start + 24s), Action::dead);
}

TEST(Keepalive, AnAnswerEndsTheImpatience) {
  auto link = keepalive();
  link.expect_answer(start + 1s);
  link.on_received(start + 2s);
  EXPECT_EQ(link.next_deadline(), start + 27s);
  link.expect_answer(start + 26s); // four seconds from here would be later than the idle ping
  EXPECT_EQ(link.next_deadline(), start + 27s);
}

TEST(Keepalive, DoesNotGuessWhichOfTwoPingsWasAnswered) {
  auto link = keepalive();
  ASSERT_EQ(link.on_time(start + 25s), Action::ping);
  link.on_received(start + 26s);
  ASSERT_EQ(link.on_time(start + 51s), Action::ping);
  link.on_pong(start + 52s);
  EXPECT_EQ(link.round_trip(), std::nullopt);
  link.on_pong(start + 53s);
  EXPECT_EQ(link.round_trip(), 2s);
}

TEST(Keepalive, APongThatNobodyAskedForMeasuresNothing) {
  auto link = keepalive();
  link.on_pong(start + 1s);
  EXPECT_EQ(link.round_trip(), std::nullopt);
  EXPECT_EQ(link.next_deadline(), start + 26s);
}

} // namespace
} // namespace sipveil
