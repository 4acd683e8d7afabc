// Links that cannot be dialled, are lost, and are dialled again.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()};
const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};

/// A call that stands: its 200 was acknowledged.
LinkId establish(Script& hop) {
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(ack.text());
  hop.forget();
  return link;
}

TEST(HopLinks, WhenADialFailsTheNextPeerByPriorityIsTried) {
  Script hop;
  hop.phone(Request{}.text());
  const auto first = hop.dialled();
  EXPECT_EQ(first.peer, "bob");
  hop.forget();
  hop.down(first.link, failure(Errc::offline, Fault::overlay));
  const auto second = hop.dialled();
  EXPECT_EQ(second.peer, "bob-2");
  EXPECT_NE(second.isolation->password, first.isolation->password);
  EXPECT_TRUE(hop.phone_hears_nothing());
  hop.up(second.link);
  const auto invite = hop.to_link(second.link).message;
  hop.peer(second.link, reply(invite, 180));
  const Heard ringing = hop.to_phone();
  EXPECT_EQ(ringing.status(), 180);
  EXPECT_THAT(ringing.message.record_routes(), ElementsAre(testing::StartsWith("<sip:127.0.0.1:5060;lr;sv=")));
}

TEST(HopLinks, TheDialogIsThenKnownToBeWithThatPeerEvenAfterARestart) {
  Script hop;
  hop.phone(Request{}.text());
  hop.down(hop.dialled().link, failure(Errc::offline, Fault::overlay));
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto invite = hop.to_link(link).message;
  hop.forget();
  hop.peer(link, reply(invite, 200));
  const std::string route = hop.to_phone().message.record_routes()[0];
  Script restarted; // with the same key
  Request later = bye;
  later.extra = "Route: " + route + "\r\n";
  restarted.phone(later.text());
  EXPECT_EQ(restarted.dialled().peer, "bob-2");
}

struct DialFailure {
  Errc code;
  Fault where;
  int status;
};
class HopDialFailure : public ::testing::TestWithParam<DialFailure> {};

TEST_P(HopDialFailure, TellsThePhoneWhatFailedOnceNoPeerIsLeft) {
  Script hop;
  hop.phone(Request{}.text());
  hop.forget();
  hop.down(100, failure(GetParam().code, GetParam().where));
  EXPECT_TRUE(hop.phone_hears_nothing());
  hop.down(101, failure(GetParam().code, GetParam().where));
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.status(), GetParam().status);
  EXPECT_THAT(answer.header("Reason"), HasSubstr("told by the test"));
  EXPECT_EQ(answer.header("Retry-After"), GetParam().status == 503 ? "10" : "(none)");
  EXPECT_EQ(answer.message.via_count(), 1U);
  EXPECT_NE(answer.message.to_tag(), "");
  hop.phone(Request{.method = "ACK", .to = "<sip:bob@bob.example>;tag=" + std::string(answer.message.to_tag())}.text());
  hop.wait(10s);
  EXPECT_TRUE(hop.phone_hears_nothing());
  EXPECT_TRUE(hop.nothing_left());
}

INSTANTIATE_TEST_SUITE_P(Errors, HopDialFailure,
                         ::testing::Values(DialFailure{Errc::unknown_peer, Fault::overlay, 404},
                                           DialFailure{Errc::offline, Fault::overlay, 480},
                                           DialFailure{Errc::forbidden, Fault::overlay, 403},
                                           DialFailure{Errc::timed_out, Fault::overlay, 480},
                                           DialFailure{Errc::timed_out, Fault::peer, 408},
                                           DialFailure{Errc::unreachable, Fault::local_service, 503},
                                           DialFailure{Errc::not_ready, Fault::local_service, 503}));

TEST(HopLinks, ANonInviteThatCannotBeDialledIsAnsweredToo) {
  Script hop;
  hop.phone(Request{.method = "MESSAGE", .uri = "sip:carol@carol.example"}.text());
  hop.down(hop.dialled().link, failure(Errc::timed_out, Fault::peer));
  EXPECT_EQ(hop.to_phone().status(), 504);
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, LostAfterSendingThePhoneIsToldAndNoOtherPeerIsTried) { // the first may have it already
  for (const bool ringing : {false, true}) {
    Script hop;
    const LinkId link = hop.invite_over_link();
    if (ringing) hop.peer(link, reply(hop.invite, 180));
    hop.forget();
    hop.down(link);
    EXPECT_EQ(hop.to_phone().status(), 503);
    hop.wait(40s);
    EXPECT_TRUE(hop.book.dials.empty());
    EXPECT_TRUE(hop.nothing_left());
  }
}

TEST(HopLinks, ASilentPeerIs408) { // dead after a ping
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.down(link, failure(Errc::timed_out, Fault::peer));
  EXPECT_EQ(hop.to_phone().status(), 408);
}

class HopSourceLink : public ::testing::Test {
 protected:
  HopSourceLink() {
    hop_.peer(link_, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                             .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"}
                         .text());
    invite_ = hop_.to_phone().message;
  }
  Script hop_;
  LinkId link_ = hop_.accept();
  sip::Message invite_ = parsed(Request{}.text());
};

TEST_F(HopSourceLink, WhenTheCallersLinkIsLostThePhoneStopsRinging) {
  hop_.phone(reply(invite_, 180), udp_phone(5070));
  hop_.forget();
  hop_.down(link_);
  EXPECT_EQ(hop_.to_phone().method(), "CANCEL");
  hop_.phone(reply(invite_, 487), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().method(), "ACK");
  hop_.wait(40s);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopSourceLink, ThatGoesForAPhoneThatBeginsToRingLaterToo) {
  hop_.down(link_);
  EXPECT_TRUE(hop_.phone_hears_nothing());
  hop_.phone(reply(invite_, 180), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().method(), "CANCEL");
  hop_.phone(reply(invite_, 487), udp_phone(5070));
  hop_.wait(40s);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopSourceLink, AndForOneThatNeverAnswers) {
  hop_.down(link_);
  hop_.wait(70s);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST(HopLinks, TheLinkIsClosedAMomentAfterTheCallsEnd) {
  Script hop;
  const LinkId link = establish(hop);
  hop.wait(10min);
  EXPECT_FALSE(hop.closed(link));
  hop.phone(bye.text());
  hop.peer(link, reply(hop.to_link(link).message, 200));
  hop.wait(CallBook::linger - 1ms);
  EXPECT_FALSE(hop.closed(link));
  hop.wait(1ms);
  EXPECT_TRUE(hop.closed(link));
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, AByeOfTheFarEndClosesItToo) {
  Script hop;
  const LinkId link = establish(hop);
  hop.peer(link, Request{.method = "BYE",
                         .uri = "sip:alice@anonymous.invalid",
                         .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                         .from = "<sip:bob@bob.example>;tag=b",
                         .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                         .call_id = wire("call-1"),
                         .extra = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK9\r\nRoute: " +
                                  hop.invite.record_routes()[0] + "\r\n"}
                     .text());
  const Heard received = hop.to_phone();
  EXPECT_EQ(received.method(), "BYE");
  EXPECT_EQ(received.to.address.text(), "127.0.0.1:5062");
  EXPECT_TRUE(received.message.routes().empty());
  hop.phone(reply(received.message, 200));
  EXPECT_EQ(hop.to_link(link).status(), 200);
  hop.wait(40s);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ALostCallIsDialledAgainWithAFreshCredentialAndItsLastAck) {
  Script hop;
  hop.phone(Request{}.text());
  const auto first = hop.dialled();
  hop.up(first.link);
  hop.invite = hop.to_link(first.link).message;
  hop.peer(first.link, reply(hop.invite, 200));
  hop.phone(ack.text());
  const std::string passed = hop.to_link(first.link).text;
  hop.forget();
  hop.down(first.link);
  EXPECT_TRUE(hop.silent());
  hop.wait(500ms);
  const auto second = hop.dialled();
  EXPECT_EQ(second.peer, "bob");
  EXPECT_NE(second.isolation->password, first.isolation->password);
  EXPECT_EQ(hop.to_link(second.link).text, passed) << "tells the far end whose call it is";
  hop.up(second.link);
  hop.wait(10min);
  EXPECT_TRUE(hop.silent());
  hop.phone(bye.text());
  EXPECT_EQ(hop.to_link(second.link).method(), "BYE");
}

TEST(HopLinks, TheWaitGrowsAndTheCallIsAbandonedInTheEnd) {
  Script hop;
  LinkId link = establish(hop);
  unsigned tries = 0;
  const TimePoint lost = hop.book.time;
  for (; hop.hop.calls() > 0; ++tries) {
    hop.down(link, failure(Errc::offline, Fault::overlay));
    hop.wait(std::chrono::minutes(1));
    if (hop.book.dials.empty()) break;
    link = hop.dialled().link;
  }
  EXPECT_EQ(tries, Redials::max_tries);
  EXPECT_GT(hop.book.time - lost, 10min);
  EXPECT_TRUE(hop.nothing_left());
  hop.forget();
  hop.wait(1h);
  EXPECT_TRUE(hop.silent());
}

TEST(HopLinks, ARequestOfThePhoneDoesNotWaitForTheRedial) {
  Script hop;
  hop.down(establish(hop));
  hop.phone(Request{.method = "INFO", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKinfo", .to = to_bob(), .cseq = 2}
                .text());
  const LinkId link = hop.dialled().link;
  EXPECT_EQ(hop.to_link(link).method(), "INFO");
  hop.up(link);
  hop.wait(5s);
  EXPECT_TRUE(hop.book.dials.empty()) << "one link is enough";
}

TEST(HopLinks, ACallThatEndsMeanwhileIsNotDialledAgain) {
  Script hop;
  const LinkId link = establish(hop);
  hop.phone(bye.text());
  hop.down(link);
  EXPECT_EQ(hop.to_link(link).method(), "BYE");
  EXPECT_EQ(hop.to_phone().status(), 503);
  hop.wait(5min);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ARegistrationKeepsItsLinkForItsTime) {
  Script hop;
  const std::string contacts = "Contact: <sip:a@127.0.0.1:5062>, <sip:b@127.0.0.1:5062>\r\n";
  hop.phone(Request{.method = "REGISTER", .uri = "sip:bob.example", .extra = contacts}.text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.peer(link, reply(sent, 200, "b",
                       "Contact: " + sent.contacts()[0] + ";expires=60, " + sent.contacts()[1] + ";expires=600\r\n"));
  hop.wait(600s);
  EXPECT_FALSE(hop.closed(link));
  hop.wait(3s);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ASubscriptionEndsWithItsLastNotify) {
  Script hop;
  hop.phone(Request{.method = "SUBSCRIBE", .extra = "Event: presence\r\n"}.text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.peer(link, reply(sent, 200, "b", "Expires: 600\r\n"));
  hop.forget();
  Request notify{.method = "NOTIFY",
                 .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKnotify",
                 .from = "<sip:bob@bob.example>;tag=b",
                 .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                 .call_id = wire("call-1"),
                 .extra = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK9\r\nRoute: " + sent.record_routes()[0] +
                          "\r\nSubscription-State: active\r\n"};
  const auto pass = [&] {
    hop.peer(link, notify.text());
    const Heard received = hop.to_phone();
    EXPECT_EQ(received.to.address.text(), "127.0.0.1:5062");
    hop.phone(reply(received.message, 200));
    EXPECT_EQ(hop.to_link(link).status(), 200);
    hop.wait(60s);
  };
  pass();
  EXPECT_FALSE(hop.closed(link));
  notify.via += "2";
  notify.extra.replace(notify.extra.find("active"), 6, "terminated;reason=timeout");
  pass();
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
