// Links that are opened ahead of calls: which there are, and who gets them.
#include "tests/unit/bridge/standby_script.h"

#include <set>

namespace sipveil::hop::test {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::uint64_t number_of(const Notebook::Dial& dial) {
  return public_number(dial.isolation->user + ":" + dial.isolation->password);
}

const Timeline& last_line(const Script& hop) {
  return hop.hop.timelines().all().back();
}

TEST(HopStandby, OneIsOpenedAtTheStartWithNothingToSayAndPingedWhenItIsUp) {
  StandbyScript hop;
  const auto dial = hop.opened();
  EXPECT_EQ(dial.peer, "bob");
  EXPECT_TRUE(dial.isolation);
  EXPECT_TRUE(hop.opens_none());
  EXPECT_THAT(hop.book.pinged, IsEmpty());
  hop.up(dial.link);
  EXPECT_THAT(hop.book.pinged, ::testing::ElementsAre(dial.link));
  EXPECT_TRUE(hop.silent()) << "the peer hears nothing but that";
  EXPECT_EQ(hop.report().ready, 1U);
}

TEST(HopStandby, EachPeerOfAPerCallRouteHasItsOwn) {
  Config config = sample_config();
  config.standby = {};
  config.standby.candidates = 1;
  config.routes.push_back({.domain = "again.example", .peers = {{"bob", 1, 1}}});
  StandbyScript hop(config);
  std::vector<std::string> peers;
  while (!hop.opens_none())
    peers.push_back(hop.opened().peer);
  EXPECT_THAT(peers, UnorderedElementsAre("bob", "bob-2", "carol"));
  EXPECT_EQ(hop.hop.standby_reports(hop.book.time).size(), 3U);
}

TEST(HopStandby, NoneIsOpenedForADirectPeerNorForARouteThatShares) {
  Config config = one_peer();
  config.standby = {};
  config.peers[2].address = *PeerAddress::parse("tcp:192.0.2.1:5060");
  config.peers[2].via = ViaDirect{};
  for (const CircuitPolicy policy : {CircuitPolicy::per_identity, CircuitPolicy::per_peer, CircuitPolicy::shared}) {
    config.routes[0].circuit = policy;
    StandbyScript hop(config);
    EXPECT_TRUE(hop.opens_none());
    EXPECT_THAT(hop.hop.standby_reports(hop.book.time), IsEmpty());
    hop.phone(Request{}.text());
    hop.phone(Request{.uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2"}.text());
    EXPECT_EQ(hop.book.dials.size(), 2U);
    EXPECT_TRUE(hop.opens_none());
  }
}

TEST(HopStandby, NoneIsOpenedIfNoneIsWanted) {
  Config config = one_peer_with_standby();
  config.standby.max = config.standby.min = 0;
  StandbyScript hop(config);
  hop.phone(Request{}.text());
  hop.up(hop.dialled().link);
  EXPECT_TRUE(hop.opens_none());
  EXPECT_EQ(hop.book.dials.size(), 0U);
}

TEST(HopStandby, TheNextCallTakesItWithoutADialAndAnotherIsOpened) {
  StandbyScript hop;
  const auto dial = hop.opened();
  hop.up(dial.link);
  hop.wait(1min);
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_phone().status(), 100);
  const Heard invite = hop.to_link(dial.link);
  EXPECT_EQ(invite.method(), "INVITE");
  EXPECT_EQ(hop.book.awaited[dial.link], 1U);
  EXPECT_TRUE(hop.silent()) << "no dial of its own";
  const auto refill = hop.opened();
  EXPECT_NE(refill.isolation->password, dial.isolation->password);
  hop.peer(dial.link, reply(invite.message, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  const Timeline& line = last_line(hop);
  EXPECT_EQ(line.source, LinkSource::standby);
  EXPECT_EQ(line.link, dial.link);
  EXPECT_EQ(line.credential, number_of(dial));
  EXPECT_EQ(line.moved, 0U);
  EXPECT_EQ(line.link_ready, line.received) << "there was nothing to wait for";
  EXPECT_EQ(line.sent, line.received);
  EXPECT_EQ(hop.report().taken, 1U);
  EXPECT_EQ(hop.report().missed, 0U);
}

TEST(HopStandby, ACallThatFindsNoneDialsWithItsInviteAsTheFirstWords) {
  StandbyScript hop;
  hop.phone(Request{}.text());
  const auto dial = hop.dialled();
  const Heard invite = hop.to_link(dial.link);
  EXPECT_EQ(invite.method(), "INVITE");
  hop.up(dial.link);
  hop.peer(dial.link, reply(invite.message, 486));
  EXPECT_EQ(last_line(hop).source, LinkSource::built);
  EXPECT_EQ(last_line(hop).credential, number_of(dial));
  EXPECT_EQ(hop.report().missed, 1U);
  EXPECT_THAT(hop.book.pinged, IsEmpty()) << "only what was opened ahead is measured";
}

TEST(HopStandby, TheTimelineTellsOfASharedLinkAndOfOneWithoutACredential) {
  Config config = one_peer_with_standby();
  config.routes[0].circuit = CircuitPolicy::shared;
  Script shared(config);
  shared.phone(Request{}.text());
  const auto dial = shared.dialled();
  shared.up(dial.link);
  shared.peer(dial.link, reply(shared.to_link(dial.link).message, 486));
  EXPECT_EQ(last_line(shared).source, LinkSource::shared);
  EXPECT_EQ(last_line(shared).credential, number_of(dial));
  config.routes[0].circuit = CircuitPolicy::per_call;
  config.peers[0].address = *PeerAddress::parse("tcp:192.0.2.1:5060");
  config.peers[0].via = ViaDirect{};
  Script direct(config);
  const LinkId link = direct.invite_over_link();
  direct.peer(link, reply(direct.invite, 486));
  EXPECT_EQ(last_line(direct).source, LinkSource::built);
  EXPECT_EQ(last_line(direct).credential, 0U);
  Script inbound;
  inbound.peer(inbound.accept(), Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer"}.text());
  inbound.phone(reply(inbound.to_phone().message, 486), udp_phone(5070));
  EXPECT_EQ(last_line(inbound).source, LinkSource::none);
  EXPECT_EQ(last_line(inbound).credential, 0U);
}

TEST(HopStandby, TheFastestIsTakenAndTheSlowestIsClosed) {
  Config config = one_peer_with_standby();
  config.standby.min = 2;
  config.standby.candidates = 2;
  StandbyScript hop(config);
  std::vector<LinkId> links;
  while (!hop.opens_none())
    links.push_back(hop.ready());
  ASSERT_EQ(links.size(), 4U);
  const Duration trips[] = {400ms, 900ms, 100ms, 500ms};
  for (std::size_t i = 0; i < 4; ++i)
    hop.pong(links[i], trips[i]);
  EXPECT_TRUE(hop.closed(links[1]));
  EXPECT_TRUE(hop.closed(links[3]));
  EXPECT_EQ(hop.report().dropped_slow, 2U);
  EXPECT_EQ(hop.report().fastest, 100ms);
  hop.phone(numbered(1).text());
  EXPECT_EQ(hop.to_link(links[2]).method(), "INVITE");
  hop.phone(numbered(2).text());
  EXPECT_EQ(hop.to_link(links[0]).method(), "INVITE");
}

TEST(HopStandby, NoMoreAreBuiltAtOnceThanMayBeForAllPeersTogether) {
  Config config = sample_config();
  config.standby = {.min = 5, .max = 8, .parallel = 3, .candidates = 1, .max_age = 300s};
  StandbyScript hop(config);
  std::set<std::string> credentials;
  unsigned opened = 0;
  std::deque<LinkId> building;
  for (;;) {
    while (!hop.opens_none()) {
      const auto dial = hop.opened();
      EXPECT_TRUE(credentials.insert(dial.isolation->password).second);
      building.push_back(dial.link);
      ++opened;
    }
    EXPECT_LE(building.size(), 3U);
    if (building.empty()) break;
    hop.up(building.front());
    building.pop_front();
  }
  EXPECT_EQ(opened, 15U);
}

TEST(HopStandby, WhileACallWaitsForItsFirstAnswerNoneIsOpenedIfOneIsReady) { // it would hold the answer up
  Config config = one_peer_with_standby();
  config.standby.min = 2;
  for (const int heard : {100, 180, 200, 486, 0}) {
    StandbyScript hop(config);
    const LinkId first = hop.ready(1s);
    static_cast<void>(hop.ready(2s));
    hop.phone(Request{}.text());
    const auto invite = hop.to_link(first).message.clone();
    hop.wait(1s);
    EXPECT_TRUE(hop.opens_none());
    if (heard != 0) hop.peer(first, reply(invite, heard));
    EXPECT_EQ(hop.opens_none(), heard <= 100);
    hop.wait(1s);
    EXPECT_FALSE(hop.opens_none()) << "at the latest now";
  }
}

TEST(HopStandby, AfterACallsEndItsLinkServesNoOther) {
  StandbyScript hop;
  const LinkId link = hop.ready();
  hop.phone(numbered(1).text());
  hop.peer(link, reply(hop.to_link(link).message, 486));
  hop.forget();
  hop.phone(numbered(2).text());
  EXPECT_TRUE(hop.link_hears_nothing(link));
  hop.wait(3s);
  EXPECT_TRUE(hop.closed(link));
}

TEST(HopStandby, ShuttingDownOpensNoMoreAndComesToRest) {
  for (const bool up : {false, true}) {
    StandbyScript hop;
    hop.phone(Request{}.text());
    if (up) static_cast<void>(hop.ready());
    hop.forget();
    hop.book.ahead.clear();
    hop.hop.drain(hop.book.time);
    hop.wait(20min);
    EXPECT_TRUE(hop.opens_none());
  }
}

} // namespace
} // namespace sipveil::hop::test
