// A peer's requests on their way to the phone.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

/// As a peer's hop would send it.
Request from_peer() {
  return {.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
          .max_forwards = "69",
          .extra = "Via: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1\r\n"
                   "Record-Route: <sip:anonymous.invalid;lr;sv=foreign>\r\nContact: <sip:alice@10.0.0.1>\r\n"};
}

Request ack_of_peer(std::string branch = "z9hG4bKpeer-ack") {
  return {.method = "ACK",
          .via = "SIP/2.0/TCP anonymous.invalid;branch=" + std::move(branch),
          .to = "<sip:bob@bob.example>;tag=" + wire("b"),
          .extra = "Via: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK2\r\n"};
}

class HopInbound : public ::testing::Test {
 protected:
  /// The peer's INVITE as it reached the phone.
  sip::Message invited() {
    hop_.peer(link_, from_peer().text());
    return hop_.to_phone().message;
  }
  Script hop_;
  LinkId link_ = hop_.accept();
};

TEST_F(HopInbound, AnInviteReachesThePhoneAndNo100GoesBack) {
  hop_.peer(link_, from_peer().text());
  const Heard invite = hop_.to_phone();
  EXPECT_TRUE(hop_.silent());
  EXPECT_EQ(invite.to.address.text(), "127.0.0.1:5070");
  EXPECT_EQ(invite.to.carrier, Carrier::udp);
  EXPECT_THAT(invite.message.vias(),
              ElementsAre(MatchesRegex("SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bK[0-9a-f]{32}")));
  EXPECT_EQ(invite.message.max_forwards(), 68U);
  EXPECT_THAT(invite.message.record_routes(), ElementsAre(MatchesRegex("<sip:127.0.0.1:5060;lr;sv=[a-z2-7]+>")));
  EXPECT_EQ(invite.message.call_id(), inner("call-1"));
  EXPECT_EQ(invite.message.from_tag(), inner("a"));
  EXPECT_THAT(invite.message.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
}

TEST_F(HopInbound, AnAnswerReturnsOnItsLinkUnderOurOuterName) {
  const auto invite = invited();
  hop_.phone(reply(invite, 100), udp_phone(5070));
  EXPECT_TRUE(hop_.silent()) << "no 100 on a link";
  hop_.phone(reply(invite, 180), udp_phone(5070));
  const Heard ringing = hop_.to_link(link_);
  EXPECT_EQ(ringing.status(), 180);
  EXPECT_THAT(ringing.message.vias(), ElementsAre("SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                                                  "SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1"));
  EXPECT_THAT(ringing.message.record_routes(),
              ElementsAre(StartsWith("<sip:anonymous.invalid;lr;sv="), "<sip:anonymous.invalid;lr;sv=foreign>"));
}

TEST_F(HopInbound, ThePhoneMayAnswerWithAllViasInOneLineAndCompactHeaders) { // as Twinkle does
  const auto invite = invited();
  std::string vias;
  for (const std::string& via : invite.vias())
    vias += (vias.empty() ? "" : ",") + via;
  hop_.phone("SIP/2.0 180 Ringing\r\nv: " + vias +
                 "\r\nf: <sip:alice@alice.example>;tag=" + std::string(invite.from_tag()) + "\r\n" +
                 "t: <sip:bob@bob.example>;tag=b\r\ni: " + std::string(invite.call_id()) +
                 "\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n",
             udp_phone(5070));
  const Heard ringing = hop_.to_link(link_);
  EXPECT_EQ(ringing.status(), 180);
  EXPECT_THAT(ringing.message.vias(), ElementsAre("SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                                                  "SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1"));
  EXPECT_EQ(ringing.message.call_id(), "call-1");
  EXPECT_EQ(ringing.header("From"), "<sip:alice@alice.example>;tag=a");
  EXPECT_EQ(ringing.header("To"), "<sip:bob@bob.example>;tag=" + wire("b"));
}

TEST_F(HopInbound, AnInviteIsRepeatedToADatagramPhoneUntilItAnswers) { // timer A
  const auto invite = invited();
  hop_.wait(1600ms);
  EXPECT_EQ(hop_.to_phone().text, invite.print());
  EXPECT_EQ(hop_.to_phone().text, invite.print());
  EXPECT_TRUE(hop_.phone_hears_nothing());
  hop_.phone(reply(invite, 100), udp_phone(5070));
  hop_.wait(60s);
  EXPECT_TRUE(hop_.silent());
}

TEST_F(HopInbound, ATcpPhoneGetsItOnce) {
  Config config = sample_config();
  config.inner.deliver_transport = InnerTransport::tcp;
  Script hop(config);
  const LinkId link = hop.accept();
  hop.peer(link, from_peer().text());
  const Heard invite = hop.to_phone();
  EXPECT_EQ(invite.to.carrier, Carrier::tcp);
  EXPECT_THAT(invite.message.vias()[0], StartsWith("SIP/2.0/TCP 127.0.0.1:5060;"));
  EXPECT_THAT(invite.message.record_routes()[0], StartsWith("<sip:127.0.0.1:5060;transport=tcp;lr;sv="));
  hop.wait(20s);
  EXPECT_TRUE(hop.silent());
  hop.phone(reply(invite.message, 200), tcp_phone(9, 5070));
  EXPECT_EQ(hop.to_link(link).status(), 200);
}

TEST_F(HopInbound, A200RepeatedByThePhoneIsAbsorbedAndItsAckSentAgain) {
  const auto invite = invited();
  const std::string ok = reply(invite, 200);
  hop_.phone(ok, udp_phone(5070));
  EXPECT_EQ(hop_.to_link(link_).status(), 200);
  hop_.phone(ok, udp_phone(5070)); // before the ACK came
  EXPECT_TRUE(hop_.silent());
  hop_.peer(link_, ack_of_peer().text());
  const Heard ack = hop_.to_phone();
  EXPECT_EQ(ack.method(), "ACK");
  EXPECT_EQ(ack.to.address.text(), "127.0.0.1:5070");
  hop_.phone(ok, udp_phone(5070)); // because the ACK got lost
  EXPECT_EQ(hop_.to_phone().text, ack.text);
  hop_.wait(10s);
  EXPECT_TRUE(hop_.silent());
}

TEST_F(HopInbound, EachForkOfAnInnerProxyGetsItsOwnAck) {
  const auto invite = invited();
  hop_.phone(reply(invite, 200, "desk"), udp_phone(5070));
  hop_.phone(reply(invite, 200, "mobile"), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(link_).message.to_tag(), wire("desk"));
  EXPECT_EQ(hop_.to_link(link_).message.to_tag(), wire("mobile"));
  Request ack = ack_of_peer();
  ack.to = "<sip:bob@bob.example>;tag=" + wire("mobile");
  hop_.peer(link_, ack.text());
  EXPECT_EQ(hop_.to_phone().message.to_tag(), "mobile");
  hop_.phone(reply(invite, 200, "desk"), udp_phone(5070));
  EXPECT_TRUE(hop_.silent());
  hop_.phone(reply(invite, 200, "mobile"), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().message.to_tag(), "mobile");
}

TEST_F(HopInbound, AFailureIsAcknowledgedToThePhoneAndPassedOnce) {
  const auto invite = invited();
  const std::string busy = reply(invite, 486);
  hop_.phone(busy, udp_phone(5070));
  const Heard ack = hop_.to_phone();
  EXPECT_EQ(ack.method(), "ACK");
  EXPECT_EQ(ack.message.top_via().branch, invite.top_via().branch);
  EXPECT_EQ(hop_.to_link(link_).status(), 486);
  hop_.phone(busy, udp_phone(5070)); // our ACK got lost
  EXPECT_EQ(hop_.to_phone().method(), "ACK");
  EXPECT_TRUE(hop_.silent());
  hop_.peer(link_, ack_of_peer("z9hG4bKpeer").text());
  EXPECT_TRUE(hop_.silent()) << "the peer's ACK ends here";
  hop_.wait(33s); // timer D
  EXPECT_TRUE(hop_.nothing_left());
  EXPECT_TRUE(hop_.silent()) << "and the stream carries no repetition of the failure";
}

TEST_F(HopInbound, AFailureWithoutAnAckOverTheLinkEndsWithTimerH) {
  const auto invite = invited();
  hop_.phone(reply(invite, 486), udp_phone(5070));
  hop_.forget();
  hop_.wait(33s);
  hop_.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopInbound, ARepeatedInviteIsAbsorbedWhateverLinkItComesOn) { // its sender may have lost the first one
  const auto invite = invited();
  hop_.peer(link_, from_peer().text());
  EXPECT_TRUE(hop_.silent());
  const LinkId another = hop_.accept();
  hop_.peer(another, from_peer().text());
  EXPECT_EQ(hop_.to_link(another).status(), 100) << "it is known";
  EXPECT_TRUE(hop_.silent()) << "the phone is asked once";
  hop_.phone(reply(invite, 180), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(another).status(), 180);
  EXPECT_TRUE(hop_.link_hears_nothing(link_)) << "where he was heard last";
}

TEST_F(HopInbound, WhatThePeerWroteGoesBackToItToTheByte) {
  Request request = from_peer();
  request.from = "\"X\"  <sip:alice@alice.example> ; tag=a;p=1";
  request.to = "<sip:bob@bob.example;x=1>";
  hop_.peer(link_, request.text());
  const auto invite = hop_.to_phone().message.clone();
  for (const int status : {180, 486}) {
    hop_.phone(reply(invite, status, "b", "Server: phone/1\r\nContact: <sip:bob@127.0.0.1:5070>\r\n"), udp_phone(5070));
    const Heard answer = hop_.to_link(link_);
    EXPECT_EQ(answer.header("From"), request.from);
    EXPECT_EQ(answer.header("To"), request.to + ";tag=" + wire("b"));
    EXPECT_EQ(answer.message.call_id(), "call-1");
    EXPECT_EQ(answer.header("Server"), "(none)");
  }
}

TEST_F(HopInbound, AnAnswerWithoutToTagGetsNone) { // of a phone from before RFC 3261
  hop_.phone(reply(invited(), 180, ""), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(link_).header("To"), "<sip:bob@bob.example>");
}

TEST_F(HopInbound, WithoutDeliverToThisEndTakesNoCalls) {
  Config config = sample_config();
  config.inner.deliver_to.reset();
  Script hop(config);
  const LinkId link = hop.accept();
  hop.peer(link, from_peer().text());
  const Heard answer = hop.to_link(link);
  EXPECT_EQ(answer.status(), 480);
  EXPECT_THAT(answer.text, Not(HasSubstr("deliver_to"))) << "a peer does not learn how this machine is set up";
  Request ack = ack_of_peer("z9hG4bKpeer");
  ack.to = "<sip:bob@bob.example>;tag=" + std::string(answer.message.to_tag());
  hop.peer(link, ack.text());
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST_F(HopInbound, AnAckForAnAnswerOfOursDoesNotReachThePhone) {
  Request expired = from_peer();
  expired.max_forwards = "0";
  hop_.peer(link_, expired.text());
  const Heard answer = hop_.to_link(link_);
  EXPECT_EQ(answer.status(), 483);
  Request ack = ack_of_peer("z9hG4bKpeer");
  ack.to = "<sip:bob@bob.example>;tag=" + std::string(answer.message.to_tag());
  hop_.peer(link_, ack.text());
  EXPECT_TRUE(hop_.silent());
}

TEST_F(HopInbound, AnIpv6PhoneIsReachedThroughAListenerOfItsFamily) {
  Config config = sample_config();
  config.inner.deliver_to = *HostPort::parse("[::1]:5070");
  Script hop(config);
  hop.peer(hop.accept(), from_peer().text());
  const Heard invite = hop.to_phone();
  EXPECT_EQ(invite.to.address.text(), "[::1]:5070");
  EXPECT_EQ(invite.to.listener, 1);
  EXPECT_THAT(invite.message.vias()[0], StartsWith("SIP/2.0/UDP [::1]:5060;rport;branch="));
  EXPECT_THAT(invite.message.record_routes()[0], StartsWith("<sip:[::1]:5060;lr;sv="));
}

} // namespace
} // namespace sipveil::hop::test
