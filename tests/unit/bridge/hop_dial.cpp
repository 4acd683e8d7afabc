// Links that cannot be dialled: other peers, and the same one again.
#include "tests/unit/bridge/hop_script.h"

#include <set>

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};

TEST(HopDial, WhenADialFailsTheNextPeerByPriorityIsTried) {
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

TEST(HopDial, TheDialogIsThenKnownToBeWithThatPeerEvenAfterARestart) {
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
  bool retry = true;
};
Error as_error(const DialFailure& failed) {
  return {failed.code, failed.where, "told by the test", "", failed.retry};
}

/// After it another dial tells nothing new.
class HopDialFailure : public ::testing::TestWithParam<DialFailure> {
 protected:
  static void expect_told(Script& hop) {
    const Heard answer = hop.to_phone();
    EXPECT_EQ(answer.status(), GetParam().status);
    EXPECT_THAT(answer.header("Reason"), HasSubstr("told by the test"));
    EXPECT_EQ(answer.header("Retry-After"), GetParam().status == 503 ? "10" : "(none)");
    EXPECT_EQ(answer.message.via_count(), 1U);
    EXPECT_NE(answer.message.to_tag(), "");
    hop.phone(
        Request{.method = "ACK", .to = "<sip:bob@bob.example>;tag=" + std::string(answer.message.to_tag())}.text());
    hop.wait(10s);
    EXPECT_TRUE(hop.phone_hears_nothing());
    EXPECT_TRUE(hop.book.dials.empty());
    EXPECT_TRUE(hop.nothing_left());
  }
};

TEST_P(HopDialFailure, TellsThePhoneWhatFailedOnceNoPeerIsLeft) {
  Script hop;
  hop.phone(Request{}.text());
  hop.forget();
  hop.down(100, as_error(GetParam()));
  EXPECT_TRUE(hop.phone_hears_nothing());
  hop.book.dials.clear();
  hop.down(101, as_error(GetParam()));
  expect_told(hop);
}

INSTANTIATE_TEST_SUITE_P(Errors, HopDialFailure,
                         ::testing::Values(DialFailure{Errc::unknown_peer, Fault::overlay, 404},
                                           DialFailure{Errc::forbidden, Fault::overlay, 403},
                                           DialFailure{Errc::timed_out, Fault::overlay, 480},
                                           DialFailure{Errc::timed_out, Fault::peer, 408},
                                           DialFailure{Errc::untrusted, Fault::peer, 502},
                                           DialFailure{Errc::offline, Fault::overlay, 480, false},
                                           DialFailure{Errc::refused, Fault::local_service, 480},
                                           DialFailure{Errc::closed, Fault::local_service, 503},
                                           DialFailure{Errc::unreachable, Fault::local_service, 503},
                                           DialFailure{Errc::not_ready, Fault::local_service, 503}));

/// It may pass: the peer is being restarted.
class HopPassingFailure : public HopDialFailure {};

TEST_P(HopPassingFailure, IsToldOnceTheDialWasTriedAgainForAWhile) {
  Script hop;
  hop.phone(Request{}.text());
  const TimePoint came = hop.book.time;
  static_cast<void>(hop.to_phone()); // 100
  const auto tried = hop.fail_dials(Detour::dial_patience - 1ms, as_error(GetParam()));
  EXPECT_TRUE(hop.phone_hears_nothing());
  ASSERT_GE(tried.size(), 2U + 3U);
  EXPECT_LT(tried.size(), 20U);
  EXPECT_EQ(tried[0].peer, "bob");
  std::set<std::string> credentials;
  for (const auto& dial : tried) {
    EXPECT_TRUE(credentials.insert(dial.isolation->password).second);
    EXPECT_TRUE(dial.link == tried[0].link || dial.peer == "bob-2") << "the one that was tried last";
  }
  hop.wait(1ms);
  ASSERT_FALSE(hop.phone_hears_nothing());
  EXPECT_EQ(hop.book.inner.front().at, came + Detour::dial_patience);
  expect_told(hop);
}

TEST_P(HopPassingFailure, AndForgottenIfItPasses) {
  Script hop;
  hop.phone(Request{}.text());
  hop.forget();
  hop.down(100, as_error(GetParam()));
  hop.down(101, as_error(GetParam()));
  hop.forget();
  hop.wait(500ms);
  const auto third = hop.dialled();
  EXPECT_EQ(third.peer, "bob-2");
  hop.up(third.link);
  const auto invite = hop.to_link(third.link).message.clone();
  EXPECT_EQ(invite.method(), sip::Method::invite);
  hop.wait(15s);
  hop.peer(third.link, reply(invite, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.hop.timelines().all().at(0).moved, 0U) << "it was sent once";
}

TEST_P(HopPassingFailure, WhoCancelsMeanwhileIsNotDialledFor) {
  Script hop;
  hop.phone(Request{}.text());
  hop.down(100, as_error(GetParam()));
  hop.down(101, as_error(GetParam()));
  hop.forget();
  hop.phone(Request{.method = "CANCEL"}.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  const Heard cancelled = hop.to_phone();
  EXPECT_EQ(cancelled.status(), 487);
  hop.phone(
      Request{.method = "ACK", .to = "<sip:bob@bob.example>;tag=" + std::string(cancelled.message.to_tag())}.text());
  hop.wait(1min);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

INSTANTIATE_TEST_SUITE_P(Errors, HopPassingFailure,
                         ::testing::Values(DialFailure{Errc::offline, Fault::overlay, 480},
                                           DialFailure{Errc::refused, Fault::overlay, 480},
                                           DialFailure{Errc::refused, Fault::peer, 480},
                                           DialFailure{Errc::closed, Fault::peer, 503}));

TEST(HopDial, ThatLastsIsNotGivenUpForWantOfPatience) { // once it has begun it may as well succeed
  Script hop;
  hop.phone(Request{}.text());
  hop.down(100, failure(Errc::offline, Fault::overlay));
  hop.down(101, failure(Errc::offline, Fault::overlay));
  hop.forget();
  hop.wait(500ms);
  const LinkId link = hop.dialled().link;
  hop.wait(40s);
  EXPECT_TRUE(hop.phone_hears_nothing());
  EXPECT_FALSE(hop.closed(link));
  hop.down(link, failure(Errc::offline, Fault::overlay));
  EXPECT_EQ(hop.to_phone().status(), 480);
}

TEST(HopDial, ANonInviteThatCannotBeDialledIsAnsweredToo) {
  Script hop;
  hop.phone(Request{.method = "MESSAGE", .uri = "sip:carol@carol.example"}.text());
  hop.down(hop.dialled().link, failure(Errc::timed_out, Fault::peer));
  EXPECT_EQ(hop.to_phone().status(), 504);
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
