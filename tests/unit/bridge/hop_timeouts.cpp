// What happens when nobody answers. Every timer that the hop owns, seen from outside.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::HasSubstr;

Request message_to_bob() {
  return {.method = "MESSAGE"};
}

Request from_peer(std::string method) {
  return {.method = std::move(method),
          .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
          .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"};
}

TEST(HopTimeout, ASilentPeerIs408After32Seconds) { // timer B
  Script hop;
  const LinkId link = hop.invite_over_link();
  EXPECT_EQ(hop.book.awaited[link], 1U) << "the link was told to look whether the peer lives";
  hop.wait(31999ms);
  EXPECT_TRUE(hop.silent());
  hop.wait(1ms);
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.status(), 408);
  EXPECT_THAT(answer.header("Reason"), HasSubstr("the peer did not answer"));
  hop.wait(40s); // timer H
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

TEST(HopTimeout, APongShowsThatTheInviteWasReadAndLetsItRing) { // timer C
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.wait(4s);
  const TimePoint pinged = hop.book.time;
  hop.wait(1s);
  hop.hop.on_link_pong(link, pinged, hop.book.time);
  hop.wait(180s);
  EXPECT_TRUE(hop.silent());
  hop.wait(1s);
  EXPECT_EQ(hop.to_link(link).method(), "CANCEL");
  EXPECT_TRUE(hop.silent());
  hop.peer(link, reply(hop.invite, 487));
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  EXPECT_EQ(hop.to_phone().status(), 487);
}

TEST(HopTimeout, APongToAPingFromBeforeTheInviteProvesNothing) {
  Script hop;
  hop.phone(Request{}.text());
  const TimePoint pinged = hop.book.time;
  const LinkId link = hop.dialled().link;
  hop.wait(1s);
  hop.up(link);
  hop.hop.on_link_pong(link, pinged, hop.book.time);
  hop.hop.on_link_pong(link + 1, hop.book.time, hop.book.time); // nor does one of an unknown link
  hop.forget();
  hop.wait(32s);
  EXPECT_EQ(hop.to_phone().status(), 408);
}

TEST(HopTimeout, WhatRingsForEverIsCancelledAndEndsWith408) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 180));
  hop.forget();
  hop.wait(181s);
  EXPECT_EQ(hop.to_link(link).method(), "CANCEL");
  hop.wait(32s);
  EXPECT_EQ(hop.to_phone().status(), 408);
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, EachProvisionalResponseStartsTimerCAnew) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  for (int i = 0; i < 5; ++i) {
    hop.peer(link, reply(hop.invite, 183));
    hop.wait(180s);
  }
  EXPECT_TRUE(hop.link_hears_nothing(link));
}

TEST(HopTimeout, ASilentDatagramPhoneIs408After32SecondsAndSevenTries) {
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, from_peer("INVITE").text());
  hop.wait(31999ms);
  EXPECT_EQ(hop.book.inner.size(), 7U);
  EXPECT_TRUE(hop.link_hears_nothing(link));
  hop.wait(1ms);
  const Heard answer = hop.to_link(link);
  EXPECT_EQ(answer.status(), 408);
  EXPECT_EQ(answer.header("Reason"), "(none)") << "what is wrong here is not the peer's affair";
  hop.forget();
  hop.wait(40s);
  EXPECT_TRUE(hop.silent());
  hop.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, APhoneThatRingsForEverIsCancelled) {
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, from_peer("INVITE").text());
  const auto invite = hop.to_phone().message;
  hop.phone(reply(invite, 180), udp_phone(5070));
  hop.forget();
  hop.wait(181s);
  EXPECT_EQ(hop.to_phone().method(), "CANCEL");
  hop.phone(reply(invite, 487), udp_phone(5070));
  EXPECT_EQ(hop.to_link(link).status(), 487);
}

TEST(HopTimeout, APhoneThatIsNotThereIs480AtOnce) {
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, from_peer("INVITE").text());
  hop.forget();
  hop.hop.on_inner_unreachable(*InnerAddress::parse("127.0.0.1", 5071), hop.book.time);
  EXPECT_TRUE(hop.silent()) << "that is somebody else";
  hop.hop.on_inner_unreachable(*InnerAddress::parse("127.0.0.1", 5070), hop.book.time);
  EXPECT_EQ(hop.to_link(link).status(), 480);
  hop.wait(40s);
  EXPECT_TRUE(hop.silent());
  hop.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, ANonInviteGetsALate100OverDatagrams) { // RFC 4320 section 4.1
  Script hop;
  hop.phone(message_to_bob().text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.wait(3499ms);
  hop.phone(message_to_bob().text());
  EXPECT_TRUE(hop.silent());
  hop.wait(1ms);
  const Heard trying = hop.to_phone();
  EXPECT_EQ(trying.status(), 100);
  EXPECT_EQ(trying.message.via_count(), 1U);
  EXPECT_EQ(trying.message.to_tag(), "");
  hop.phone(message_to_bob().text());
  EXPECT_EQ(hop.to_phone().text, trying.text);
  hop.peer(link, reply(sent, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  hop.phone(message_to_bob().text());
  EXPECT_EQ(hop.to_phone().status(), 200) << "until timer J";
  hop.wait(33s);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, ANonInviteOverTcpGetsNo100) {
  Script hop;
  hop.phone(Request{.method = "MESSAGE", .via = "SIP/2.0/TCP 127.0.0.1:40000;branch=z9hG4bK1"}.text(), tcp_phone(1));
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.wait(10s);
  EXPECT_TRUE(hop.silent());
  hop.peer(link, reply(sent, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.hop.exchanges(), 0U) << "nothing to wait for on streams";
}

TEST(HopTimeout, NoProvisionalResponseToANonInvitePasses) {
  Script hop;
  hop.phone(message_to_bob().text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.peer(link, reply(sent, 100));
  hop.peer(link, reply(sent, 183));
  EXPECT_TRUE(hop.silent());
}

TEST(HopTimeout, A408IsNeverSentToANonInvite) { // RFC 4320 section 4.2
  Script hop;
  hop.phone(message_to_bob().text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  hop.forget();
  hop.wait(33s);
  EXPECT_EQ(hop.to_phone().status(), 100);
  EXPECT_TRUE(hop.silent());
  hop.wait(3s);
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

TEST(HopTimeout, ANonInviteIsRepeatedToADatagramPhone) { // timers E, F
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, from_peer("MESSAGE").text());
  hop.wait(32s);
  EXPECT_EQ(hop.book.inner.size(), 11U);
  EXPECT_TRUE(hop.link_hears_nothing(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, ARepeatedAnswerOfTheDatagramPhoneIsAbsorbed) { // timer K
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, from_peer("MESSAGE").text());
  const auto sent = hop.to_phone().message;
  hop.phone(reply(sent, 200), udp_phone(5070));
  EXPECT_EQ(hop.to_link(link).status(), 200);
  hop.wait(4s);
  hop.phone(reply(sent, 200), udp_phone(5070));
  EXPECT_TRUE(hop.silent());
  hop.wait(28s - 1ms);
  EXPECT_EQ(hop.hop.exchanges(), 1U) << "its answer is kept for a peer that asks by another link";
  hop.wait(1ms);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTimeout, AnEstablishedCallLeavesNoExchangeBehind) { // timers L, M
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(Request{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2", .to = to_bob()}.text());
  hop.wait(31s);
  EXPECT_EQ(hop.hop.exchanges(), 1U);
  hop.wait(1s);
  EXPECT_EQ(hop.hop.exchanges(), 0U);
  EXPECT_EQ(hop.hop.calls(), 1U);
  EXPECT_EQ(hop.hop.next_deadline(), TimePoint::max());
}

TEST(HopTimeout, AByeThatNobodyAnswersEndsTheCallAllTheSame) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(
      Request{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK3", .to = to_bob(), .cseq = 2}.text());
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

} // namespace
} // namespace sipveil::hop::test
