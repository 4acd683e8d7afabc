// RFC 3261 sections 17.1.1 and 17.2.1, RFC 6026, timer C of section 16.8.
#include "bridge/transaction/invite_client.h"
#include "bridge/transaction/invite_server.h"

#include <gtest/gtest.h>

namespace sipveil::transaction {
namespace {

const TimePoint start{1h};

/// Runs a machine to `end` and tells when, after `start`, it asked to transmit.
template <class Machine>
std::vector<Duration> transmissions(Machine& machine, Duration end) {
  std::vector<Duration> times;
  while (machine.deadline() <= start + end) {
    const TimePoint when = machine.deadline();
    if (machine.on_time(when).transmit) times.push_back(when - start);
  }
  return times;
}
using Times = std::vector<Duration>;

TEST(InviteClient, RepeatsOverDatagramsWithDoublingGapsUntilTimerB) {
  InviteClient client(false, start);
  EXPECT_EQ(transmissions(client, 31999ms), (Times{500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms})); // timer A
  EXPECT_EQ(client.deadline(), start + 32s);
  EXPECT_TRUE(client.on_time(start + 32s).timed_out);
  EXPECT_EQ(client.state(), InviteClient::State::terminated);
  EXPECT_EQ(client.deadline(), never);
}

TEST(InviteClient, RepeatsNothingOverAStreamButHasTimerB) {
  InviteClient client(true, start);
  EXPECT_EQ(client.deadline(), start + 32s);
  EXPECT_FALSE(client.on_time(start + 31s).timed_out);
  EXPECT_TRUE(client.on_time(start + 32s).timed_out);
}

TEST(InviteClient, AProvisionalResponseStopsTimerAAndStartsTimerC) {
  InviteClient client(false, start);
  EXPECT_TRUE(client.on_response(180, start + 1s).deliver);
  EXPECT_EQ(client.state(), InviteClient::State::proceeding);
  EXPECT_EQ(client.deadline(), start + 1s + timer_c);
  EXPECT_TRUE(client.on_response(183, start + 100s).deliver);
  EXPECT_EQ(client.deadline(), start + 100s + timer_c);
}

TEST(InviteClient, TimerCAsksForACancelAndThenGivesUp) {
  InviteClient client(false, start);
  static_cast<void>(client.on_response(180, start));
  const auto step = client.on_time(start + timer_c);
  EXPECT_TRUE(step.cancel);
  EXPECT_FALSE(step.timed_out);
  EXPECT_EQ(client.deadline(), start + timer_c + 32s);
  static_cast<void>(client.on_response(180, start + timer_c + 1s));
  EXPECT_EQ(client.deadline(), start + timer_c + 32s) << "ringing on does not prolong it";
  EXPECT_TRUE(client.on_time(start + timer_c + 32s).timed_out);
}

TEST(InviteClient, AfterACancelTheFinalResponseHas32Seconds) {
  InviteClient client(true, start);
  static_cast<void>(client.on_response(180, start + 1s));
  client.on_cancel_sent(start + 2s);
  const auto step = client.on_time(start + 34s);
  EXPECT_TRUE(step.timed_out);
  EXPECT_FALSE(step.cancel);
}

TEST(InviteClient, AFailureIsAcknowledgedAndItsRepeatsToo) {
  InviteClient client(false, start);
  auto step = client.on_response(486, start + 1s);
  EXPECT_TRUE(step.deliver && step.acknowledge);
  step = client.on_response(486, start + 2s);
  EXPECT_TRUE(!step.deliver && step.acknowledge);
  EXPECT_FALSE(client.on_response(180, start + 2s).deliver) << "too late";
  EXPECT_FALSE(client.on_response(200, start + 2s).deliver);
  EXPECT_EQ(client.deadline(), start + 1s + timer_d);
  EXPECT_FALSE(client.on_time(start + 1s + timer_d).timed_out);
  EXPECT_EQ(client.state(), InviteClient::State::terminated);
  EXPECT_FALSE(client.on_response(486, start + 40s).acknowledge);
}

TEST(InviteClient, OverAStreamAFailureEndsItAtOnce) {
  InviteClient client(true, start);
  const auto step = client.on_response(486, start + 1s);
  EXPECT_TRUE(step.deliver && step.acknowledge);
  EXPECT_EQ(client.state(), InviteClient::State::terminated);
}

TEST(InviteClient, EverySuccessIsDeliveredUntilTimerM) {
  InviteClient client(false, start);
  EXPECT_TRUE(client.on_response(200, start + 1s).deliver);
  EXPECT_TRUE(client.on_response(200, start + 5s).deliver) << "another fork, or the same again";
  EXPECT_FALSE(client.on_response(486, start + 6s).deliver);
  EXPECT_FALSE(client.on_response(180, start + 6s).deliver);
  EXPECT_EQ(client.deadline(), start + 33s);
  EXPECT_FALSE(client.on_time(start + 33s).timed_out);
  EXPECT_EQ(client.state(), InviteClient::State::terminated);
  EXPECT_FALSE(client.on_response(200, start + 34s).deliver);
}

TEST(InviteClient, ProofOfReceiptCountsAsAProvisionalResponse) {
  InviteClient client(true, start);
  client.on_proof_of_receipt(start + 5s);
  EXPECT_EQ(client.state(), InviteClient::State::proceeding);
  EXPECT_EQ(client.deadline(), start + 5s + timer_c);
  client.on_proof_of_receipt(start + 100s);
  EXPECT_EQ(client.deadline(), start + 5s + timer_c) << "only a response shows that it still rings";
  InviteClient done(true, start);
  static_cast<void>(done.on_response(200, start));
  done.on_proof_of_receipt(start + 1s);
  EXPECT_EQ(done.state(), InviteClient::State::accepted);
}

TEST(InviteServer, AnswersARepeatedInviteWithTheLastResponse) {
  InviteServer server(false);
  EXPECT_TRUE(server.on_request().transmit);
  EXPECT_TRUE(server.on_send(180, start).transmit);
  EXPECT_TRUE(server.on_request().transmit);
  EXPECT_EQ(server.deadline(), never) << "a proceeding server waits for as long as it takes";
  EXPECT_TRUE(server.on_send(486, start).transmit);
  EXPECT_TRUE(server.on_request().transmit);
}

TEST(InviteServer, RepeatsAFailureUntilItsAck) {
  InviteServer server(false);
  static_cast<void>(server.on_send(486, start));
  EXPECT_EQ(transmissions(server, 20s), (Times{500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms, 19500ms})); // timer G
  static_cast<void>(server.on_ack(start + 20s));
  EXPECT_EQ(server.state(), InviteServer::State::confirmed);
  EXPECT_FALSE(server.on_request().transmit);
  EXPECT_EQ(server.deadline(), start + 25s); // timer I
  EXPECT_FALSE(server.on_time(start + 25s).timed_out);
  EXPECT_EQ(server.state(), InviteServer::State::terminated);
}

TEST(InviteServer, WithoutAnAckTimerHEndsIt) {
  InviteServer server(false);
  static_cast<void>(server.on_send(486, start));
  static_cast<void>(transmissions(server, 31999ms));
  EXPECT_EQ(server.deadline(), start + 32s);
  EXPECT_TRUE(server.on_time(start + 32s).timed_out);
  EXPECT_EQ(server.state(), InviteServer::State::terminated);
}

TEST(InviteServer, OverAStreamAFailureIsSentOnceAndEndsWithItsAck) {
  InviteServer server(true);
  static_cast<void>(server.on_send(486, start));
  EXPECT_EQ(transmissions(server, 31999ms), Times{});
  static_cast<void>(server.on_ack(start + 1s));
  EXPECT_EQ(server.state(), InviteServer::State::terminated);
}

TEST(InviteServer, RepeatsASuccessOverDatagramsUntilItsAck) {
  InviteServer server(false);
  EXPECT_TRUE(server.on_send(200, start).transmit);
  EXPECT_EQ(server.state(), InviteServer::State::accepted);
  EXPECT_FALSE(server.on_request().transmit) << "RFC 6026 section 7.1";
  EXPECT_EQ(transmissions(server, 12s), (Times{500ms, 1500ms, 3500ms, 7500ms, 11500ms}));
  static_cast<void>(server.on_ack(start + 12s));
  EXPECT_EQ(server.deadline(), start + 32s); // timer L
  EXPECT_FALSE(server.on_time(start + 32s).timed_out);
  EXPECT_EQ(server.state(), InviteServer::State::terminated);
}

TEST(InviteServer, WithoutAnAckASuccessIsGivenUpAtTimerL) {
  InviteServer server(false);
  static_cast<void>(server.on_send(200, start));
  EXPECT_EQ(transmissions(server, 31999ms).size(), 10U);
  EXPECT_FALSE(server.on_time(start + 32s).timed_out);
  EXPECT_EQ(server.state(), InviteServer::State::terminated);
}

TEST(InviteServer, OverAStreamASuccessIsSentOnce) {
  InviteServer server(true);
  static_cast<void>(server.on_send(200, start));
  EXPECT_EQ(server.deadline(), start + 32s);
}

TEST(InviteServer, TheSuccessOfAnotherForkIsSentAndRepeatedToo) {
  InviteServer server(false);
  static_cast<void>(server.on_send(200, start));
  static_cast<void>(server.on_ack(start + 1s));
  EXPECT_TRUE(server.on_send(200, start + 2s).transmit);
  EXPECT_TRUE(server.on_time(start + 2500ms).transmit);
  static_cast<void>(server.on_ack(start + 3s));
  EXPECT_EQ(server.deadline(), start + 32s) << "timer L runs from the first";
}

TEST(InviteServer, SendsOneFinalResponseOnly) {
  InviteServer failed(false);
  static_cast<void>(failed.on_send(486, start));
  EXPECT_FALSE(failed.on_send(200, start).transmit);
  EXPECT_FALSE(failed.on_send(180, start).transmit);
  InviteServer accepted(false);
  static_cast<void>(accepted.on_send(200, start));
  EXPECT_FALSE(accepted.on_send(486, start).transmit);
  EXPECT_FALSE(accepted.on_send(180, start).transmit);
}

} // namespace
} // namespace sipveil::transaction
