// A pong is late: what needs the link moves to one that is ready, and stays where there is none.
#include "tests/unit/bridge/standby_script.h"

namespace sipveil::hop::test {
namespace {

TEST(HopSuspect, WithALinkReadyTheInviteMovesAtOnce) {
  StandbyScript hop;
  const LinkId first = hop.ready();
  hop.phone(Request{}.text());
  const std::string sent = hop.to_link(first).text;
  const LinkId second = hop.ready();
  hop.forget();
  hop.suspect(first);
  EXPECT_TRUE(hop.closed(first));
  EXPECT_EQ(hop.to_link(second).text, sent);
  EXPECT_TRUE(hop.phone_hears_nothing());
  hop.peer(second, reply(parsed(sent), 486));
  EXPECT_EQ(hop.to_phone().status(), 486);
  const Timeline& line = hop.hop.timelines().all().at(0);
  EXPECT_EQ(line.moved, 1U);
  EXPECT_EQ(line.source, LinkSource::standby);
}

TEST(HopSuspect, ACallThatStandsMovesWithItsLastAck) {
  StandbyScript hop;
  const LinkId first = establish_call(hop, 1);
  const LinkId second = hop.ready();
  hop.forget();
  hop.suspect(first);
  EXPECT_TRUE(hop.closed(first));
  EXPECT_EQ(hop.to_link(second).method(), "ACK");
  hop.phone(numbered_bye(1).text());
  EXPECT_EQ(hop.to_link(second).method(), "BYE");
}

TEST(HopSuspect, WithoutOneItIsKeptForItMayOnlyBeSlow) {
  for (Config config : {sample_config(), one_peer_with_standby()}) {
    Script hop(config);
    const LinkId link = hop.invite_over_link();
    hop.forget();
    hop.suspect(link);
    EXPECT_FALSE(hop.closed(link));
    EXPECT_TRUE(hop.link_hears_nothing(link));
    hop.peer(link, reply(hop.invite, 200));
    EXPECT_EQ(hop.to_phone().status(), 200);
    EXPECT_EQ(hop.hop.timelines().all().at(0).moved, 0U);
  }
}

TEST(HopSuspect, ItMovesWhenALinkIsReadyAtLastUnlessItHasSpoken) {
  for (const bool pong : {false, true}) {
    StandbyScript hop;
    const LinkId first = hop.invite_over_link();
    const LinkId building = hop.opened().link;
    hop.suspect(first);
    EXPECT_FALSE(hop.closed(first));
    if (pong) hop.pong(first, 6s);
    hop.up(building);
    EXPECT_EQ(hop.closed(first), !pong);
    EXPECT_EQ(hop.link_hears_nothing(building), pong);
  }
}

TEST(HopSuspect, AMessageAbsolvesToo) {
  StandbyScript hop;
  const LinkId first = hop.invite_over_link();
  const LinkId building = hop.opened().link;
  hop.suspect(first);
  hop.peer(first, reply(hop.invite, 180));
  hop.up(building);
  EXPECT_FALSE(hop.closed(first));
}

TEST(HopSuspect, TheOnlyOneThatNeedsAnotherGetsIt) {
  StandbyScript hop;
  const LinkId ended = establish_call(hop, 1);
  hop.phone(numbered_bye(1).text());
  hop.peer(ended, reply(hop.to_link(ended).message, 200));
  const LinkId stands = establish_call(hop, 2);
  hop.forget();
  hop.suspect(ended); // waits to be closed
  hop.suspect(stands);
  EXPECT_FALSE(hop.closed(stands));
  const LinkId fresh = hop.ready();
  EXPECT_TRUE(hop.closed(stands));
  EXPECT_EQ(hop.to_link(fresh).method(), "ACK");
}

TEST(HopSuspect, WhatNobodyNeedsAnyMoreTakesNoLink) {
  StandbyScript hop;
  const LinkId first = establish_call(hop, 1);
  hop.phone(numbered_bye(1).text());
  hop.peer(first, reply(hop.to_link(first).message, 200));
  const LinkId second = hop.ready();
  hop.suspect(first);
  EXPECT_TRUE(hop.link_hears_nothing(second));
  hop.phone(numbered(2).text());
  EXPECT_EQ(hop.to_link(second).method(), "INVITE") << "the next call has it";
}

TEST(HopSuspect, ASharedLinkIsKept) {
  Config config = one_peer_with_standby();
  config.routes[0].circuit = CircuitPolicy::per_peer;
  Script hop(config);
  const LinkId link = hop.invite_over_link();
  hop.suspect(link);
  EXPECT_FALSE(hop.closed(link));
}

TEST(HopSuspect, SoIsTheLinkOfWhoeverCalledUs) { // it can dial again, and we cannot
  StandbyScript hop;
  const LinkId link = hop.accept();
  hop.suspect(link);
  EXPECT_FALSE(hop.closed(link));
}

} // namespace
} // namespace sipveil::hop::test
