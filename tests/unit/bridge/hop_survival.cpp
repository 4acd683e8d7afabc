// A link of ours is lost under requests and calls: they move to another, and the phone sees one call.
#include "tests/unit/bridge/standby_script.h"

#include <set>

namespace sipveil::hop::test {
namespace {

const Request cancel{.method = "CANCEL"};
const Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()};
const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};
const Error away = failure(Errc::offline, Fault::overlay);

TEST(HopLoss, AnInviteIsRepeatedToTheByteByAFreshCircuitAndToNobodyElse) {
  for (const int heard : {0, 180}) {
    Script hop;
    hop.phone(Request{}.text());
    const auto first = hop.dialled();
    hop.up(first.link);
    const Heard invite = hop.to_link(first.link);
    if (heard != 0) hop.peer(first.link, reply(invite.message, heard));
    hop.forget();
    hop.down(first.link);
    const auto second = hop.dialled();
    EXPECT_EQ(second.peer, "bob") << "another may ring as well";
    EXPECT_NE(second.isolation->password, first.isolation->password);
    EXPECT_EQ(hop.to_link(second.link).text, invite.text);
    EXPECT_TRUE(hop.silent()) << "the phone waits on";
    hop.up(second.link);
    EXPECT_TRUE(hop.silent());
    hop.peer(second.link, reply(invite.message, 180));
    EXPECT_EQ(hop.to_phone().status(), 180);
    hop.peer(second.link, reply(invite.message, 200));
    EXPECT_EQ(hop.to_phone().status(), 200);
    hop.phone(ack.text());
    EXPECT_EQ(hop.to_link(second.link).method(), "ACK");
    const Timeline& line = hop.hop.timelines().all().at(0);
    EXPECT_EQ(line.moved, 1U);
    EXPECT_EQ(line.link, second.link);
    EXPECT_EQ(line.credential, public_number(second.isolation->user + ":" + second.isolation->password));
  }
}

TEST(HopLoss, EachMoveIsCounted) {
  Script hop;
  LinkId link = hop.invite_over_link();
  for (int i = 0; i < 3; ++i) {
    hop.down(link);
    hop.wait(1s); // the first at once, the others after a back-off
    link = hop.dialled().link;
    hop.up(link);
  }
  hop.peer(link, reply(hop.invite, 486));
  EXPECT_EQ(hop.hop.timelines().all().at(0).moved, 3U);
}

TEST(HopLoss, AnAnswerThatComesOnTheLostLinkIsNotTakenForOneOnTheNew) {
  Script hop;
  const LinkId first = hop.invite_over_link();
  hop.down(first);
  hop.forget();
  hop.peer(first, reply(hop.invite, 200));
  EXPECT_TRUE(hop.silent());
  EXPECT_EQ(hop.hop.counters().stray, 1U);
}

TEST(HopLoss, ThePhoneIsToldAfterTwentySecondsWithoutALink) {
  for (const bool ringing : {false, true}) {
    Script hop;
    const LinkId link = hop.invite_over_link();
    if (ringing) hop.peer(link, reply(hop.invite, 180));
    hop.forget();
    hop.down(link);
    const auto tried = hop.fail_dials(Detour::return_time - 1ms, away);
    EXPECT_TRUE(hop.phone_hears_nothing());
    EXPECT_GT(tried.size(), 8U);
    EXPECT_LT(tried.size(), 40U) << "with a back-off";
    for (const auto& dial : tried)
      EXPECT_EQ(dial.peer, "bob") << "the first may have it already";
    hop.wait(1ms);
    EXPECT_EQ(hop.to_phone().status(), 480);
    hop.wait(40s);
    EXPECT_TRUE(hop.book.dials.empty());
    EXPECT_TRUE(hop.nothing_left());
  }
}

TEST(HopLoss, APeerThatFallsSilentOnEveryLinkIs408) {
  Script hop;
  hop.down(hop.invite_over_link(), failure(Errc::timed_out, Fault::peer));
  static_cast<void>(hop.fail_dials(Detour::return_time, failure(Errc::timed_out, Fault::peer)));
  EXPECT_EQ(hop.to_phone().status(), 408);
}

/// A server that takes every connection and closes it when it sees this request.
TEST(HopLoss, APeerThatTakesEveryLinkAndClosesItIsNotAskedForEver) {
  Script hop;
  hop.phone(Request{}.text());
  unsigned links = 0;
  for (const TimePoint end = hop.book.time + 3min; hop.book.time < end;) {
    hop.wait(300ms);
    if (hop.book.dials.empty()) continue;
    const LinkId link = hop.dialled().link;
    ++links;
    hop.up(link);
    hop.wait(300ms);
    hop.down(link);
  }
  EXPECT_LT(links, 60U);
  EXPECT_EQ(hop.hop.exchanges(), 0U);
}

TEST(HopLoss, ACallThatStandsDialsNoFasterForWhatItWantsToSay) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(ack.text());
  hop.phone(Request{.method = "INFO", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKinfo", .to = to_bob(), .cseq = 2}
                .text());
  hop.forget();
  hop.down(link);
  unsigned dials = 0; // each fails at once: the local tor is down
  for (; dials < 100 && !hop.book.dials.empty(); ++dials)
    hop.down(hop.dialled().link, failure(Errc::unreachable, Fault::local_service));
  EXPECT_LT(dials, 5U);
}

TEST(HopLoss, OtherRequestsAreRepeatedToo) {
  for (const char* method : {"MESSAGE", "SUBSCRIBE", "REGISTER", "OPTIONS"}) {
    Script hop;
    hop.phone(Request{.method = method, .uri = "sip:somebody@bob.example"}.text());
    const LinkId first = hop.dialled().link;
    hop.up(first);
    const std::string sent = hop.to_link(first).text;
    hop.down(first);
    const LinkId second = hop.dialled().link;
    EXPECT_EQ(hop.to_link(second).text, sent);
    hop.up(second);
    EXPECT_TRUE(hop.silent());
    hop.peer(second, reply(parsed(sent), 202));
    EXPECT_EQ(hop.to_phone().status(), 202);
  }
}

TEST(HopLoss, WhatIsAnsweredIsNotRepeated) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 486));
  hop.forget();
  hop.down(link);
  hop.wait(40s);
  EXPECT_TRUE(hop.book.dials.empty());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLoss, TheCancelThatWasLostIsSaidAgainBehindItsInvite) {
  Script hop;
  const LinkId first = hop.invite_over_link();
  hop.phone(cancel.text());
  const std::string said = hop.to_link(first).text;
  hop.forget();
  hop.down(first);
  const LinkId second = hop.dialled().link;
  EXPECT_EQ(hop.to_link(second).method(), "INVITE");
  EXPECT_TRUE(hop.silent());
  hop.up(second);
  const Heard again = hop.to_link(second);
  EXPECT_EQ(again.text, said);
  hop.peer(second, reply(again.message, 200));
  hop.peer(second, reply(hop.invite, 487));
  EXPECT_EQ(hop.to_link(second).method(), "ACK");
  EXPECT_EQ(hop.to_phone().status(), 487);
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLoss, ACancelWhileTheNextLinkIsDialledReachesWhoeverRings) {
  Script hop;
  const LinkId first = hop.invite_over_link();
  hop.peer(first, reply(hop.invite, 180));
  hop.down(first);
  hop.forget();
  hop.phone(cancel.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.to_phone().status(), 487);
  const LinkId second = first + 1;
  EXPECT_FALSE(hop.closed(second)) << "a phone rings at its end";
  hop.up(second);
  EXPECT_EQ(hop.to_link(second).method(), "CANCEL");
}

TEST(HopLoss, EveryCallOfASharedLinkMoves) {
  Config config = one_peer();
  config.routes[0].circuit = CircuitPolicy::shared;
  Script hop(config);
  const LinkId first = establish_call(hop, 0);
  std::vector<std::string> sent;
  for (unsigned call = 1; call <= 3; ++call) {
    hop.phone(numbered(call).text());
    sent.push_back(hop.to_link(first).text);
  }
  hop.forget();
  hop.down(first);
  const LinkId second = hop.dialled().link;
  EXPECT_TRUE(hop.book.dials.empty()) << "one for all";
  hop.wait(500ms); // the call that stands may have waited for its back-off
  EXPECT_TRUE(hop.book.dials.empty());
  hop.up(second);
  std::multiset<std::string> heard;
  unsigned acks = 0;
  while (!hop.link_hears_nothing(second)) {
    const Heard message = hop.to_link(second);
    if (message.method() == "ACK") {
      ++acks;
      EXPECT_EQ(message.message.call_id(), wire("call-0"));
    } else {
      heard.insert(message.text);
    }
  }
  EXPECT_EQ(heard, std::multiset<std::string>(sent.begin(), sent.end()));
  EXPECT_EQ(acks, 1U) << "the call that stands says whose it is";
  for (const std::string& invite : sent) {
    hop.peer(second, reply(parsed(invite), 486));
    EXPECT_EQ(hop.to_phone().status(), 486);
  }
  for (const Timeline& line : hop.hop.timelines().all())
    EXPECT_EQ(line.moved, line.status == 486 ? 1U : 0U);
}

TEST(HopLoss, TwoDialogsOfOneCallShareTheNewLink) { // a forked one: both legs were taken
  Script hop;
  const LinkId first = hop.invite_over_link();
  for (const char* tag : {"desk", "mobile"}) {
    hop.peer(first, reply(hop.invite, 200, tag));
    hop.phone(Request{
        .method = "ACK", .via = std::string("SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack") + tag, .to = to_bob(tag)}
                  .text());
  }
  hop.forget();
  hop.down(first);
  hop.wait(500ms);
  const LinkId second = hop.dialled().link;
  EXPECT_EQ(hop.to_link(second).message.to_tag(), "mobile");
  hop.up(second);
  for (const char* tag : {"desk", "mobile"}) {
    Request end = bye;
    end.via += tag;
    end.to = to_bob(tag);
    hop.phone(end.text());
    const Heard sent = hop.to_link(second);
    EXPECT_EQ(sent.message.to_tag(), tag);
    EXPECT_FALSE(hop.closed(second));
    hop.peer(second, reply(sent.message, 200, tag));
  }
  hop.wait(40s);
  EXPECT_TRUE(hop.closed(second));
  EXPECT_TRUE(hop.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
