// RFC 3261 sections 17.1.2 and 17.2.2, RFC 4320.
#include "bridge/transaction/non_invite_client.h"
#include "bridge/transaction/non_invite_server.h"

#include <gtest/gtest.h>

namespace sipveil::transaction {
namespace {

const TimePoint start{1h};
using Times = std::vector<Duration>;

Times transmissions(NonInviteClient& client, Duration end) {
  Times times;
  while (client.deadline() <= start + end) {
    const TimePoint when = client.deadline();
    if (client.on_time(when).transmit) times.push_back(when - start);
  }
  return times;
}

TEST(NonInviteClient, RepeatsOverDatagramsUntilTimerF) {
  NonInviteClient client(false, start);
  EXPECT_EQ(transmissions(client, 31999ms), // timer E
            (Times{500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms, 19500ms, 23500ms, 27500ms, 31500ms}));
  EXPECT_TRUE(client.on_time(start + 32s).timed_out);
  EXPECT_EQ(client.state(), NonInviteClient::State::terminated);
  EXPECT_EQ(client.deadline(), never);
}

TEST(NonInviteClient, AProvisionalResponseWidensTheGapToT2ButNotTimerF) {
  NonInviteClient client(false, start);
  EXPECT_TRUE(client.on_response(100, start + 100ms).deliver);
  EXPECT_EQ(client.state(), NonInviteClient::State::proceeding);
  EXPECT_EQ(transmissions(client, 15s), (Times{500ms, 4500ms, 8500ms, 12500ms}));
  EXPECT_EQ(transmissions(client, 31999ms).size(), 4U);
  EXPECT_TRUE(client.on_time(start + 32s).timed_out);
}

TEST(NonInviteClient, RepeatsNothingOverAStream) {
  NonInviteClient client(true, start);
  EXPECT_EQ(client.deadline(), start + 32s);
  EXPECT_TRUE(client.on_time(start + 32s).timed_out);
}

TEST(NonInviteClient, AbsorbsRepeatedFinalResponsesUntilTimerK) {
  NonInviteClient client(false, start);
  EXPECT_TRUE(client.on_response(200, start + 1s).deliver);
  EXPECT_FALSE(client.on_response(200, start + 2s).deliver);
  EXPECT_FALSE(client.on_response(100, start + 2s).deliver);
  EXPECT_EQ(client.deadline(), start + 6s);
  EXPECT_FALSE(client.on_time(start + 6s).timed_out);
  EXPECT_EQ(client.state(), NonInviteClient::State::terminated);
}

TEST(NonInviteClient, OverAStreamAFinalResponseEndsItAtOnce) {
  NonInviteClient client(true, start);
  EXPECT_TRUE(client.on_response(404, start).deliver);
  EXPECT_EQ(client.state(), NonInviteClient::State::terminated);
}

TEST(NonInviteServer, IsSilentToARepeatedRequestWhileItHasNoResponse) {
  NonInviteServer server(false, start);
  EXPECT_FALSE(server.on_request().transmit);
  EXPECT_TRUE(server.on_send(200, start + 1s).transmit);
  EXPECT_TRUE(server.on_request().transmit);
  EXPECT_FALSE(server.on_send(200, start + 1s).transmit) << "one final response only";
  EXPECT_EQ(server.deadline(), start + 33s); // timer J
  EXPECT_FALSE(server.on_time(start + 33s).timed_out);
  EXPECT_EQ(server.state(), NonInviteServer::State::terminated);
}

TEST(NonInviteServer, AsksForALate100OverDatagramsOnly) {
  NonInviteServer server(false, start);
  EXPECT_EQ(server.deadline(), start + 3500ms);
  EXPECT_TRUE(server.on_time(start + 3500ms).trying);
  EXPECT_EQ(server.deadline(), never);
  EXPECT_TRUE(server.on_send(100, start + 3500ms).transmit);
  EXPECT_TRUE(server.on_request().transmit) << "the 100 again";
  EXPECT_EQ(NonInviteServer(true, start).deadline(), never);
}

TEST(NonInviteServer, AnEarlierResponseSparesTheLate100) {
  NonInviteServer answered(false, start);
  static_cast<void>(answered.on_send(200, start + 1s));
  EXPECT_FALSE(answered.on_time(start + 3500ms).trying);
  NonInviteServer proceeding(false, start);
  static_cast<void>(proceeding.on_send(100, start + 1s));
  EXPECT_FALSE(proceeding.on_time(start + 3500ms).trying);
}

TEST(NonInviteServer, OverAStreamAFinalResponseEndsItAtOnce) {
  NonInviteServer server(true, start);
  EXPECT_TRUE(server.on_send(200, start).transmit);
  EXPECT_EQ(server.state(), NonInviteServer::State::terminated);
}

TEST(NonInviteServer, CanBeAbandonedWithoutAResponse) {
  NonInviteServer server(false, start);
  server.abandon();
  EXPECT_TRUE(server.answered());
  EXPECT_FALSE(server.on_send(200, start).transmit);
  EXPECT_EQ(server.deadline(), never);
}

} // namespace
} // namespace sipveil::transaction
