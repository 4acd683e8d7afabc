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
  Script hop(one_peer());
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
  Script hop(one_peer());
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
  Script hop(one_peer());
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
  for (const int status : {486, 408}) { // the peer's, and ours when the link is lost and no other can be had
    Request again = request;
    again.via.replace(again.via.find("bK1"), 3, "bK2" + std::to_string(status));
    Script other;
    const LinkId link_again = other.invite_over_link(again);
    if (status == 486) {
      other.peer(link_again, reply(other.invite, status));
    } else {
      other.down(link_again);
      static_cast<void>(other.fail_dials(Detour::return_time, failure(Errc::timed_out, Fault::peer)));
    }
    const auto answer = other.to_phone().message;
    EXPECT_EQ(answer.status(), status);
    std::string expected = with_tag(answer.to_tag());
    expected.replace(expected.find("bK1"), 3, "bK2" + std::to_string(status));
    EXPECT_EQ(heads(answer), expected) << status;
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
