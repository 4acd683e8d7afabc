// The worst that the far end of our links can do with them: how often, how long, and what it can find out.
#include "tests/unit/bridge/hop_dialog.h"
#include "tests/unit/bridge/standby_script.h"

#include <functional>

namespace sipveil::hop::test {
namespace {

/// For so long every link is up as soon as it is dialled; what `peer` then does ends with the link. Returns how many.
unsigned serve(Script& hop, Duration duration, const std::function<void(LinkId)>& peer) {
  unsigned links = 0;
  for (const TimePoint end = hop.book.time + duration; hop.book.time < end; hop.wait(10ms)) {
    while (!hop.book.dials.empty() && links < 1000) {
      const LinkId link = hop.dialled().link;
      ++links;
      hop.up(link);
      peer(link);
      hop.down(link);
    }
  }
  return links;
}

class HopHostile : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Answers, HopHostile, ::testing::Values(100, 180, 183));

TEST_P(HopHostile, APeerThatSaysSomethingAndClosesIsNotAskedForEver) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, GetParam()));
  hop.down(link);
  const unsigned links = serve(hop, 10min, [&](LinkId next) { hop.peer(next, reply(hop.invite, GetParam())); });
  EXPECT_LE(links, Detour::max_tries + 1);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopHostileDialog, APeerThatPongsAndClosesIsNotDialledInACircle) {
  Outbound call;
  call.hop.phone(in_dialog("INVITE", call.phone_route, "z9hG4bKre").text());
  call.hop.pong(call.link, 1s);
  call.hop.down(call.link);
  const unsigned links = serve(call.hop, 1min, [&](LinkId link) { call.hop.pong(link, 1ms); });
  EXPECT_LT(links, 60U);
}

TEST(HopHostileDialog, ItsStandbyLinksAreNotSpentOnIt) {
  StandbyScript hop;
  LinkId link = hop.ready(1ms);
  EXPECT_EQ(establish_call(hop, 1), link);
  unsigned spent = 0;
  for (const TimePoint end = hop.book.time + 2min; hop.book.time < end; hop.wait(100ms)) {
    while (!hop.opens_none())
      static_cast<void>(hop.ready(1ms));
    for (auto& [id, sent] : hop.book.links) {
      if (sent.empty()) continue;
      sent.clear();
      ++spent;
      hop.pong(id, 1ms);
      hop.down(id);
      break;
    }
    while (!hop.book.dials.empty())
      hop.down(hop.dialled().link);
    if (spent == 0) hop.down(link);
  }
  EXPECT_GT(spent, 0U);
  EXPECT_LT(spent, 40U);
}

TEST(HopHostileDialog, ACallerWhoComesAndGoesDoesNotKeepARequestWaiting) {
  Inbound call;
  call.hop.phone(call.of_phone("BYE").text(), udp_phone(5070));
  call.hop.forget();
  LinkId link = call.link;
  for (int i = 0; i < 20; ++i) {
    call.hop.down(link);
    call.hop.wait(19s);
    link = call.hop.accept();
    call.hop.peer(link, call.of_peer("ACK").text());
  }
  bool told = false;
  for (const auto& sent : call.hop.book.inner)
    told = told || parsed(sent.bytes).status() >= 200;
  EXPECT_TRUE(told || call.hop.hop.exchanges() == 0) << "the phone's BYE has ended";
}

TEST(HopHostileCancel, WhileThereIsNoLinkItGoesOutWithTheNext) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 180));
  hop.down(link);
  hop.down(hop.dialled().link);
  hop.forget();
  hop.phone(Request{.method = "CANCEL"}.text());
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(hop.to_phone().status(), 487);
  const LinkId next = hop.dialled().link;
  hop.up(next);
  EXPECT_EQ(hop.to_link(next).method(), "INVITE");
  EXPECT_EQ(hop.to_link(next).method(), "CANCEL");
}

/// Two links to peers that want to know whether they are of one bridge.
class HopOracle : public ::testing::Test {
 protected:
  HopOracle() {
    hop_.phone(numbered(2).text());
    other_ = hop_.dialled().link;
    hop_.up(other_);
    hop_.forget();
  }
  Outbound call_;
  Script& hop_ = call_.hop;
  LinkId other_ = 0;
};

TEST_F(HopOracle, TheTagOfOurOwnAnswersIsAnotherOnEachLink) {
  Request options{.method = "OPTIONS", .via = "SIP/2.0/TCP x.invalid;branch=z9hG4bKo", .call_id = "probe"};
  options.max_forwards = "0";
  std::vector<std::string> tags;
  for (const LinkId link : {call_.link, other_}) {
    hop_.peer(link, options.text());
    tags.emplace_back(hop_.to_link(link).message.to_tag());
  }
  EXPECT_NE(tags[0], tags[1]);
}

TEST_F(HopOracle, ADialogsTokenIsWorthNothingOnAnotherCallsLink) {
  hop_.peer(other_, of_far_end("INFO", call_.peer_route).text());
  EXPECT_TRUE(hop_.phone_hears_nothing());
  EXPECT_EQ(hop_.to_link(other_).status(), 481);
  hop_.peer(call_.link, of_far_end("INFO", call_.peer_route).text());
  EXPECT_EQ(hop_.to_phone().method(), "INFO");
}

TEST_F(HopOracle, ARequestThatIsKnownOnOneIsNotKnownOnAnother) {
  const Request info = of_far_end("INFO", call_.peer_route);
  hop_.peer(call_.link, info.text());
  hop_.phone(reply(hop_.to_phone().message, 200));
  EXPECT_EQ(hop_.to_link(call_.link).status(), 200);
  hop_.peer(other_, info.text());
  EXPECT_NE(hop_.to_link(other_).status(), 200);
}

} // namespace
} // namespace sipveil::hop::test
