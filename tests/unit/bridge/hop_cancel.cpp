// CANCEL in both directions. RFC 3261 sections 9 and 16.10.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

const Request cancel{.method = "CANCEL"};

TEST(HopCancel, BeforeTheLinkIsUpNothingIsSentAndTheLinkIsGivenUp) {
  Script hop;
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  hop.forget();
  hop.phone(cancel.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.to_phone().status(), 487);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.silent());
  hop.wait(600ms);
  const Heard again = hop.to_phone(); // until the phone's ACK
  EXPECT_EQ(again.status(), 487);
  hop.phone(Request{.method = "ACK", .to = "<sip:bob@bob.example>;tag=" + std::string(again.message.to_tag())}.text());
  hop.wait(10s);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, BeforeTheLinkIsUpAndWithoutAnAckNothingStaysEither) {
  Script hop;
  hop.phone(Request{}.text());
  hop.phone(cancel.text());
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, ASharedLinkLivesOnAndTheCancelFollowsTheInvite) {
  Config config = one_peer();
  config.routes[0].circuit = CircuitPolicy::shared;
  Script hop(config);
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKother", .call_id = "call-2"}.text());
  EXPECT_EQ(hop.to_link(link).message.call_id(), wire("call-1"));
  EXPECT_EQ(hop.to_link(link).message.call_id(), wire("call-2"));
  hop.forget();
  hop.phone(cancel.text());
  const Heard ok = hop.to_phone();
  const Heard cancelled = hop.to_phone();
  EXPECT_EQ(cancelled.status(), 487);
  EXPECT_FALSE(hop.closed(link));
  hop.phone(
      Request{.method = "ACK", .to = "<sip:bob@bob.example>;tag=" + std::string(cancelled.message.to_tag())}.text());
  hop.wait(10s);
  EXPECT_TRUE(hop.silent());
  hop.up(link);
  const Heard follows = hop.to_link(link);
  EXPECT_EQ(follows.method(), "CANCEL");
  EXPECT_EQ(follows.message.call_id(), wire("call-1"));
  EXPECT_TRUE(hop.silent());
  hop.wait(40s);
  EXPECT_EQ(hop.hop.exchanges(), 1U) << "the other call waits on";
}

TEST(HopCancel, ASharedLinkIsNotGivenUpForWantOfOtherCalls) {
  Config config = sample_config();
  config.routes[0].circuit = CircuitPolicy::per_peer;
  Script hop(config);
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  hop.phone(cancel.text());
  EXPECT_FALSE(hop.closed(link));
  hop.forget();
  hop.down(link);
  EXPECT_TRUE(hop.book.dials.empty()) << "nor is another peer tried for what was cancelled";
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, OfAReInviteDoesNotTakeTheLinkOfACallThatIsDialledAgain) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(Request{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()}.text());
  hop.down(link);
  hop.wait(500ms);
  hop.forget();
  Request again{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKagain", .to = to_bob(), .cseq = 2};
  hop.phone(again.text());
  EXPECT_EQ(hop.to_link(link + 1).method(), "INVITE");
  again.method = "CANCEL";
  hop.phone(again.text());
  EXPECT_FALSE(hop.closed(link + 1));
  hop.forget();
  hop.up(link + 1);
  EXPECT_EQ(hop.to_link(link + 1).method(), "CANCEL");
}

TEST(HopCancel, OneBranchOfAForkingProxyDoesNotTakeTheOtherDown) { // same Call-ID, one link
  Script hop(one_peer());
  hop.phone(Request{}.text());
  hop.phone(Request{.uri = "sip:mobile@bob.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKfork2"}.text());
  const LinkId link = hop.dialled().link;
  EXPECT_TRUE(hop.book.dials.empty());
  hop.phone(cancel.text());
  EXPECT_FALSE(hop.closed(link));
  hop.forget();
  hop.up(link);
  EXPECT_EQ(hop.to_link(link).method(), "CANCEL");
  hop.down(link);
  const LinkId second = hop.dialled().link;
  hop.up(second);
  const auto repeated = hop.to_link(second).message.clone();
  EXPECT_EQ(repeated.request_uri(), "sip:mobile@bob.example");
  EXPECT_TRUE(hop.silent()) << "what was cancelled is not asked again";
  hop.peer(second, reply(repeated, 486));
  EXPECT_EQ(hop.to_phone().status(), 486) << "for the other branch";
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, OfAllBranchesBeforeTheirLinkIsUpLeavesNothing) {
  Script hop;
  const Request second{.uri = "sip:mobile@bob.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKfork2"};
  hop.phone(Request{}.text());
  hop.phone(second.text());
  const LinkId link = hop.dialled().link;
  hop.phone(cancel.text());
  Request other = second;
  other.method = "CANCEL";
  hop.phone(other.text());
  hop.wait(10min);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, OverTheLinkItGoesAtOnceThoughNothingWasAnswered) { // nothing overtakes on a stream
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.phone(cancel.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  const Heard sent = hop.to_link(link);
  EXPECT_EQ(sent.method(), "CANCEL");
  EXPECT_EQ(sent.message.top_via().branch, hop.invite.top_via().branch);
  EXPECT_EQ(sent.message.via_count(), 1U);
  EXPECT_EQ(sent.message.request_uri(), hop.invite.request_uri());
  hop.peer(link, reply(sent.message, 200));
  EXPECT_TRUE(hop.silent()) << "the answer to our CANCEL is for us";
  hop.peer(link, reply(hop.invite, 487));
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  EXPECT_EQ(hop.to_phone().status(), 487);
  hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
  hop.wait(10s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, RepeatedIsAnsweredAnewButSentOnce) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  for (int i = 0; i < 3; ++i)
    hop.phone(cancel.text());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.to_link(link).method(), "CANCEL");
  EXPECT_TRUE(hop.silent());
  for (int i = 0; i < 40; ++i) { // nor does it put off the end
    hop.wait(1s);
    hop.phone(cancel.text());
  }
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCancel, CrossedByA200TheCallStands) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.phone(cancel.text());
  hop.peer(link, reply(hop.invite, 200));
  EXPECT_EQ(hop.to_phone().status(), 200); // to the CANCEL
  const Heard ok = hop.to_phone();
  EXPECT_EQ(ok.message.method(), sip::Method::invite);
  hop.forget();
  hop.phone(cancel.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_TRUE(hop.silent()) << "too late for another";
}

TEST(HopCancel, OfNothingIs481) {
  Script hop;
  hop.phone(cancel.text());
  EXPECT_EQ(hop.to_phone().status(), 481);
  EXPECT_TRUE(hop.silent());
}

class HopCancelInbound : public ::testing::Test {
 protected:
  HopCancelInbound() {
    invite_.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer";
    invite_.extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n";
    hop_.peer(link_, invite_.text());
    received_ = hop_.to_phone().message;
  }
  std::string cancel_of_peer() const {
    Request request = invite_;
    request.method = "CANCEL";
    request.extra.clear();
    return request.text();
  }
  Script hop_;
  LinkId link_ = hop_.accept();
  Request invite_;
  sip::Message received_ = parsed(Request{}.text());
};

TEST_F(HopCancelInbound, IsHeldBackUntilADatagramPhoneHasAnswered) {
  hop_.peer(link_, cancel_of_peer());
  EXPECT_EQ(hop_.to_link(link_).status(), 200);
  EXPECT_TRUE(hop_.silent()) << "it could overtake the INVITE";
  hop_.phone(reply(received_, 180), udp_phone(5070));
  const Heard sent = hop_.to_phone();
  EXPECT_EQ(sent.method(), "CANCEL");
  EXPECT_EQ(sent.message.top_via().branch, received_.top_via().branch);
}

TEST_F(HopCancelInbound, GoesAtOnceToAPhoneThatRingsAndIsRepeatedUntilItsAnswer) {
  hop_.phone(reply(received_, 180), udp_phone(5070));
  hop_.forget();
  hop_.peer(link_, cancel_of_peer());
  EXPECT_EQ(hop_.to_link(link_).status(), 200);
  const Heard sent = hop_.to_phone();
  EXPECT_EQ(sent.method(), "CANCEL");
  hop_.wait(600ms);
  EXPECT_EQ(hop_.to_phone().text, sent.text); // timer E
  hop_.phone(reply(sent.message, 200), udp_phone(5070));
  hop_.wait(5s);
  EXPECT_TRUE(hop_.silent());
  hop_.phone(reply(received_, 487), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().method(), "ACK");
  EXPECT_EQ(hop_.to_link(link_).status(), 487);
  hop_.wait(40s);
  hop_.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopCancelInbound, WithoutAFinalAnswerTheInviteEndsAfter32Seconds) {
  hop_.phone(reply(received_, 180), udp_phone(5070));
  hop_.peer(link_, cancel_of_peer());
  hop_.forget();
  hop_.wait(32s);
  EXPECT_EQ(hop_.to_link(link_).status(), 408);
  hop_.wait(40s);
  hop_.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop_.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
