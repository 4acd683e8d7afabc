// Final answers to an INVITE of the phone: repeated to it, and acknowledged.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(HopFinal, A200IsRepeatedToADatagramPhoneUntilItsAck) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  const TimePoint answered = hop.book.time;
  hop.wait(16s);
  std::vector<Duration> times;
  while (!hop.phone_hears_nothing())
    times.push_back(hop.to_phone().at - answered);
  EXPECT_THAT(times, ElementsAre(0s, 500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms));
  hop.phone(Request{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2", .to = to_bob()}.text());
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  hop.wait(10s);
  EXPECT_TRUE(hop.silent());
}

TEST(HopFinal, WithoutAnAckThe200IsGivenUpAfter32Seconds) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.wait(32s);
  hop.forget();
  hop.wait(100s);
  EXPECT_TRUE(hop.silent());
  EXPECT_EQ(hop.hop.exchanges(), 0U);
}

TEST(HopFinal, OverTcpThe200IsSentOnce) {
  Script hop;
  const LinkId link = hop.invite_over_link({.via = "SIP/2.0/TCP 127.0.0.1:40000;branch=z9hG4bK1"}, tcp_phone(5));
  hop.peer(link, reply(hop.invite, 200));
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.to.carrier, Carrier::tcp);
  EXPECT_EQ(answer.to.id, 5U);
  EXPECT_THAT(answer.message.record_routes(), ElementsAre(StartsWith("<sip:127.0.0.1:5060;transport=tcp;lr;sv=")));
  hop.wait(20s);
  EXPECT_TRUE(hop.silent());
}

TEST(HopFinal, AFailureIsAcknowledgedHopByHop) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 486, "b"));
  const Heard ack = hop.to_link(link); // ours, at once
  EXPECT_EQ(ack.method(), "ACK");
  EXPECT_EQ(ack.message.top_via().branch, hop.invite.top_via().branch);
  EXPECT_EQ(ack.message.via_count(), 1U);
  EXPECT_EQ(ack.message.to_tag(), "b") << "the far end's own";
  EXPECT_EQ(ack.message.request_uri(), hop.invite.request_uri());
  EXPECT_EQ(hop.to_phone().status(), 486);
  hop.wait(1s);
  EXPECT_EQ(hop.to_phone().status(), 486) << "repeated until the phone's ACK";
  hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
  hop.wait(60s);
  EXPECT_TRUE(hop.silent()) << "the phone's ACK ended here";
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

TEST(HopFinal, ARetransmissionAfterAFailureIsAnsweredWithIt) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 486));
  hop.forget();
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 486);
  EXPECT_TRUE(hop.silent());
}

TEST(HopFinal, TheSuccessOfEachForkIsPassedRepeatedAndAcknowledgedOnItsOwn) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  const auto ack_for = [](const char* tag) {
    return Request{
        .method = "ACK", .via = std::string("SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack") + tag, .to = to_bob(tag)};
  };
  hop.peer(link, reply(hop.invite, 200, "desk"));
  EXPECT_EQ(hop.to_phone().message.to_tag(), inner("desk"));
  hop.wait(100ms);
  hop.peer(link, reply(hop.invite, 200, "mobile"));
  EXPECT_EQ(hop.to_phone().message.to_tag(), inner("mobile"));
  hop.phone(ack_for("mobile").text());
  EXPECT_EQ(hop.to_link(link).message.to_tag(), "mobile");
  hop.wait(600ms); // the phone may have lost the first
  EXPECT_EQ(hop.to_phone().message.to_tag(), inner("desk"));
  EXPECT_TRUE(hop.phone_hears_nothing()) << "what was acknowledged is not repeated";
  hop.phone(ack_for("desk").text());
  EXPECT_EQ(hop.to_link(link).message.to_tag(), "desk");
  hop.peer(link, reply(hop.invite, 200, "desk"));
  hop.phone(ack_for("mobile").text());
  hop.wait(20s);
  EXPECT_TRUE(hop.silent()) << "repeated ones are absorbed";
}

TEST(HopFinal, APeerCannotInventForksWithoutEnd) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  for (int i = 0; i < 100; ++i)
    hop.peer(link, reply(hop.invite, 200, "tag" + std::to_string(i)));
  EXPECT_EQ(hop.book.inner.size(), ExchangeTable::max_forks);
}

TEST(HopFinal, ADuplicateAckIsAbsorbed) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.forget();
  Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2", .to = to_bob()};
  hop.phone(ack.text());
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  hop.phone(ack.text());
  ack.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK3";
  hop.phone(ack.text());
  EXPECT_TRUE(hop.silent());
}

TEST(HopFinal, AnAckFor200WithTheBranchOfItsInviteIsPassedOn) { // some elder phones
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.forget();
  hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  hop.wait(5s);
  EXPECT_TRUE(hop.silent());
}

} // namespace
} // namespace sipveil::hop::test
