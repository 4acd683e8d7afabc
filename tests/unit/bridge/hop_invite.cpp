// An INVITE of the phone on its way into the tunnel, and the answers back.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HopInvite, IsAnsweredWith100AtOnceAndDialledWithAFreshCredential) {
  Script hop;
  hop.phone(Request{}.text());
  const Heard trying = hop.to_phone();
  EXPECT_EQ(trying.status(), 100);
  EXPECT_EQ(trying.to.address.text(), "127.0.0.1:5062");
  EXPECT_EQ(trying.message.to_tag(), "");
  const auto dial = hop.dialled();
  EXPECT_EQ(dial.peer, "bob");
  ASSERT_TRUE(dial.isolation);
  EXPECT_EQ(dial.isolation->user, "<torS0X>0");
  EXPECT_EQ(dial.isolation->password.size(), 32U);
  EXPECT_EQ(hop.to_link(dial.link).method(), "INVITE") << "the first bytes of the link";
  EXPECT_TRUE(hop.silent());
}

TEST(HopInvite, LeavesWithOurMarksAndNoneOfThePhones) {
  Script hop;
  Request request{.from = "\"Alice in Wonderland\" <sip:alice@alice.example>;tag=a",
                  .call_id = "c0ffee@192.168.1.20",
                  .extra = "X-Unknown: anything\r\nUser-Agent: Twinkle/1.10.2\r\nAllow: INVITE, ACK\r\n"
                           "Contact: <sip:alice@192.168.1.20:5062>;+sip.instance=\"<urn:uuid:1>\"\r\n"
                           "Record-Route: <sip:192.168.1.1;lr>\r\nContent-Type: application/sdp\r\n",
                  .body = session_of("192.168.1.20")};
  request.extra = "Via: SIP/2.0/UDP 192.168.1.20:5062;branch=z9hG4bKbehind\r\n" + request.extra;
  hop.phone(request.text());
  const Heard invite = hop.to_link(hop.dialled().link);
  EXPECT_THAT(invite.message.vias(),
              ElementsAre(MatchesRegex("SIP/2.0/TCP anonymous.invalid;branch=z9hG4bK[0-9a-f]{32}")));
  EXPECT_EQ(invite.message.max_forwards(), 69U);
  EXPECT_THAT(invite.message.record_routes(), ElementsAre(MatchesRegex("<sip:anonymous.invalid;lr;sv=[a-z2-7]+>")));
  EXPECT_EQ(invite.message.request_uri(), "sip:bob@bob.example");
  EXPECT_EQ(invite.message.call_id(), wire(request.call_id));
  EXPECT_EQ(invite.message.from(), "<sip:alice@alice.example>;tag=" + wire("a"));
  EXPECT_THAT(invite.message.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
  EXPECT_EQ(invite.header("Allow"), "INVITE, ACK");
  EXPECT_EQ(invite.header("X-Unknown"), "(none)");
  EXPECT_EQ(invite.header("User-Agent"), "(none)");
  EXPECT_THAT(invite.message.body(), HasSubstr("m=audio 9 RTP/AVP 0"));
  EXPECT_THAT(invite.text, Not(HasSubstr("192.168.1")));
}

TEST(HopInvite, WithoutMaxForwardsGetsTheDefault) {
  Script hop;
  hop.phone(Request{.max_forwards = ""}.text());
  EXPECT_EQ(hop.to_link(hop.dialled().link).message.max_forwards(), 70U);
}

TEST(HopInvite, ARetransmissionIsAbsorbedAndAnsweredWithTheLastProvisional) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 100);
  hop.peer(link, reply(hop.invite, 180));
  EXPECT_EQ(hop.to_phone().status(), 180);
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 180);
  EXPECT_TRUE(hop.silent()) << "nothing goes over the link twice";
  EXPECT_EQ(hop.hop.counters().absorbed, 2U);
  EXPECT_EQ(hop.hop.counters().requests, 1U);
}

TEST(HopInvite, IsNotRepeatedOverTheLink) {
  Script hop;
  static_cast<void>(hop.invite_over_link());
  hop.wait(31s);
  EXPECT_TRUE(hop.silent());
}

TEST(HopInvite, A100OfThePeerGoesNoFurther) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 100));
  EXPECT_TRUE(hop.silent());
}

TEST(HopInvite, AnAnswerComesBackWithOurMarksTakenOff) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  for (const int status : {180, 200}) {
    hop.peer(link, reply(hop.invite, status, "b", "Contact: <sip:bob@192.0.2.1>\r\nAllow: ACK\r\n"));
    const Heard answer = hop.to_phone();
    EXPECT_EQ(answer.status(), status);
    EXPECT_EQ(answer.to.address.text(), "127.0.0.1:5062");
    EXPECT_THAT(answer.message.vias(),
                ElementsAre("SIP/2.0/UDP 127.0.0.1:5062;rport=5062;branch=z9hG4bK1;received=127.0.0.1"));
    EXPECT_THAT(answer.message.record_routes(), ElementsAre(MatchesRegex("<sip:127.0.0.1:5060;lr;sv=[a-z2-7]+>")));
    EXPECT_THAT(answer.message.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
    EXPECT_EQ(answer.header("Allow"), "ACK");
  }
}

TEST(HopInvite, WhatThePhoneWroteComesBackToTheByte) { // whatever crossed the tunnel in its place
  const Request request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1;x=\"y\" , SIP / 2.0 / UDP lan.example",
                        .from = "\"Al \\\"i\\\" ce\"  <sip:alice@alice.example;p=1> ; tag=a;q=\"z\"",
                        .to = "Bob<sip:bob@bob.example>",
                        .call_id = "c-1@alices-laptop",
                        .extra =
                            "v: SIP/2.0/TCP 192.168.1.9;branch=z9hG4bKfar\r\nContact: <sip:alice@192.168.1.9>\r\n"};
  const auto heads = [](const sip::Message& message) {
    std::string text;
    for (std::size_t i = 0; i < message.header_count(); ++i)
      for (const char* name : {"Via", "From", "To", "Call-ID"})
        if (message.header_at(i).name == name)
          text += std::string(name) + ": " + std::string(message.header_at(i).value) + "\n";
    return text;
  };
  const std::string written = heads(parsed(request.text()));
  const auto with_tag = [&](std::string_view tag) {
    std::string text = written;
    return text.replace(text.find("\nCall-ID"), 0, tag.empty() ? "" : ";tag=" + std::string(tag));
  };
  Script hop;
  hop.phone(request.text());
  EXPECT_EQ(heads(hop.to_phone().message), written) << "100";
  const LinkId link = hop.dialled().link;
  hop.up(link);
  hop.invite = hop.to_link(link).message;
  for (const int status : {180, 200}) {
    hop.peer(link, reply(hop.invite, status));
    const auto answer = hop.to_phone().message;
    EXPECT_EQ(heads(answer), with_tag(inner("b"))) << status;
  }
  for (const int failure : {486, 0}) { // the peer's, and ours when the link is lost
    Request again = request;
    again.via.replace(again.via.find("bK1"), 3, "bK2" + std::to_string(failure));
    Script other;
    const LinkId lost = other.invite_over_link(again);
    if (failure != 0) {
      other.peer(lost, reply(other.invite, failure));
    } else {
      other.down(lost);
    }
    const auto answer = other.to_phone().message;
    std::string expected = with_tag(answer.to_tag());
    expected.replace(expected.find("bK1"), 3, "bK2" + std::to_string(failure));
    EXPECT_EQ(heads(answer), expected) << failure;
  }
}

TEST(HopInvite, RecordRoutesOfTheFarSideAreSealedIntoOurs) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  const std::string ours = hop.invite.record_routes()[0];
  hop.peer(link,
           make_response(hop.invite, 200, "OK", "b", "Record-Route: <sip:proxy.bob.example;lr;x=1>, " + ours + "\r\n"));
  EXPECT_THAT(hop.to_phone().message.record_routes(), ElementsAre(StartsWith("<sip:127.0.0.1:5060;lr;sv=")));
}

TEST(HopInvite, A200IsRepeatedToADatagramPhoneUntilItsAck) {
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

TEST(HopInvite, WithoutAnAckThe200IsGivenUpAfter32Seconds) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.wait(32s);
  hop.forget();
  hop.wait(100s);
  EXPECT_TRUE(hop.silent());
  EXPECT_EQ(hop.hop.exchanges(), 0U);
}

TEST(HopInvite, OverTcpThe200IsSentOnce) {
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

TEST(HopInvite, AFailureIsAcknowledgedHopByHop) {
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

TEST(HopInvite, ARetransmissionAfterAFailureIsAnsweredWithIt) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 486));
  hop.forget();
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 486);
  EXPECT_TRUE(hop.silent());
}

TEST(HopInvite, TheSuccessOfEachForkIsPassedRepeatedAndAcknowledgedOnItsOwn) {
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

TEST(HopInvite, APeerCannotInventForksWithoutEnd) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  for (int i = 0; i < 100; ++i)
    hop.peer(link, reply(hop.invite, 200, "tag" + std::to_string(i)));
  EXPECT_EQ(hop.book.inner.size(), ExchangeTable::max_forks);
}

TEST(HopInvite, ADuplicateAckIsAbsorbed) {
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

TEST(HopInvite, AnAckFor200WithTheBranchOfItsInviteIsPassedOn) { // some elder phones
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.forget();
  hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  hop.wait(5s);
  EXPECT_TRUE(hop.silent());
}

TEST(HopInvite, AnAckBeforeAnyAnswerChangesNothing) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.phone(Request{.method = "ACK"}.text());
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 100);
  hop.peer(link, reply(hop.invite, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
}

TEST(HopInvite, AnAnswerFromAnotherLinkIsDropped) {
  Script hop;
  static_cast<void>(hop.invite_over_link());
  const LinkId other = hop.accept();
  hop.peer(other, reply(hop.invite, 200));
  hop.phone(reply(hop.invite, 200));
  EXPECT_TRUE(hop.silent());
  EXPECT_EQ(hop.hop.counters().stray, 2U);
}

TEST(HopInvite, AnAnswerNeedsOurViaAndNoOther) { // those behind it are the far end's affair; ours come from memory
  Script hop;
  const LinkId link = hop.invite_over_link();
  auto lost = parsed(reply(hop.invite, 180));
  lost.push_via("SIP/2.0/TCP far.example;branch=z9hG4bKfar");
  hop.peer(link, lost.print());
  EXPECT_TRUE(hop.silent());
  lost.pop_via();
  lost.pop_via();
  lost.push_via("SIP/2.0/TCP far.example;branch=z9hG4bKfar");
  lost.push_via(hop.invite.vias()[0]);
  hop.peer(link, lost.print());
  EXPECT_THAT(hop.to_phone().message.vias(), ElementsAre(StartsWith("SIP/2.0/UDP 127.0.0.1:5062;")));
}

TEST(HopInvite, AnAnswerWithoutToTagGetsNone) { // of a peer from before RFC 3261
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 180, ""));
  EXPECT_EQ(hop.to_phone().header("To"), "<sip:bob@bob.example>");
}

TEST(HopInvite, ItsTimelineIsWrittenDown) {
  Script hop;
  hop.phone(Request{}.text());
  const TimePoint start = hop.book.time;
  const LinkId link = hop.dialled().link;
  hop.wait(2s);
  hop.up(link);
  const auto invite = hop.to_link(link).message;
  hop.wait(1s);
  hop.peer(link, reply(invite, 180));
  hop.wait(4s);
  hop.peer(link, reply(invite, 200));
  ASSERT_EQ(hop.hop.timelines().all().size(), 1U);
  const Timeline& line = hop.hop.timelines().all().front();
  EXPECT_TRUE(line.outbound);
  EXPECT_EQ(line.link, link);
  EXPECT_EQ(line.received, start);
  EXPECT_EQ(line.link_ready, start + 2s);
  EXPECT_EQ(line.first_answer, start + 3s);
  EXPECT_EQ(line.ringing, start + 3s);
  EXPECT_EQ(line.answered, start + 7s);
  EXPECT_EQ(line.status, 200);
}

} // namespace
} // namespace sipveil::hop::test
