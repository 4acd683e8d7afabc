// A call among ways that are raced: who wins, what the others see of it, and what becomes of it if nobody does.
#include "tests/unit/bridge/hop_dialog.h"
#include "tests/unit/bridge/ways_config.h"

#include <set>

namespace sipveil::hop::test {
namespace {

const Error away = failure(Errc::unreachable, Fault::local_service);
const Error offline = failure(Errc::offline, Fault::overlay);

/// Both pools, and what they open.
class Race {
 public:
  explicit Race(const Config& config = raced_ways()) : config_(config), hop_(config) { look(); }
  void look() {
    while (!hop_.opens_none()) {
      const auto dial = hop_.opened();
      opened_[dial.peer].push_back(dial.link);
      EXPECT_TRUE(credentials_.insert(dial.isolation->password).second);
    }
  }
  LinkId open(const std::string& peer, Duration round_trip) {
    look();
    const LinkId link = opened_[peer].at(0);
    opened_[peer].erase(opened_[peer].begin());
    hop_.up(link);
    hop_.pong(link, round_trip);
    look();
    return link;
  }
  void fail(const std::string& peer, const Error& error) {
    look();
    const LinkId link = opened_[peer].at(0);
    opened_[peer].erase(opened_[peer].begin());
    hop_.down(link, error);
  }
  [[nodiscard]] unsigned invites() const {
    unsigned count = 0;
    for (const auto& [link, sent] : hop_.book.links)
      for (const auto& message : sent)
        count += message.bytes.starts_with("INVITE ") ? 1U : 0U;
    return count;
  }
  Config config_;
  StandbyScript hop_;
  std::map<std::string, std::deque<LinkId>> opened_;
  std::set<std::string> credentials_;
};

class HopRace : public Race, public ::testing::Test {};

TEST_F(HopRace, TheShortestRoundTripWinsWhoeversItIs) {
  for (const bool i2p_is_faster : {false, true}) {
    Race race;
    const LinkId onion = race.open("bob", 500ms);
    const LinkId i2p = race.open("bob-i2p", i2p_is_faster ? Duration(400ms) : Duration(600ms));
    race.hop_.phone(Request{}.text());
    const LinkId winner = i2p_is_faster ? i2p : onion;
    EXPECT_EQ(race.hop_.to_link(winner).method(), "INVITE");
    EXPECT_EQ(race.invites(), 0U) << "nobody else has it";
    EXPECT_TRUE(race.hop_.book.dials.empty());
  }
}

TEST_F(HopRace, IfOnlyOneIsReadyItWins) {
  const LinkId i2p = open("bob-i2p", 3s);
  hop_.phone(Request{}.text());
  const Heard invite = hop_.to_link(i2p);
  hop_.peer(i2p, reply(invite.message, 486));
  const Timeline& line = hop_.hop.timelines().all().back();
  EXPECT_EQ(line.way, "bob-i2p");
  EXPECT_EQ(line.source, LinkSource::standby);
  EXPECT_EQ(line.link_ready, line.received);
}

TEST_F(HopRace, IfNoneIsTheFirstThatComesUpWinsAndTheOtherStaysForTheNextCall) {
  hop_.phone(numbered(1).text());
  look();
  EXPECT_TRUE(hop_.book.dials.empty()) << "a call that races dials none for itself";
  EXPECT_GE(opened_["bob"].size(), 1U);
  EXPECT_GE(opened_["bob-i2p"].size(), 1U);
  EXPECT_EQ(invites(), 0U);
  hop_.wait(2s);
  const LinkId i2p = open("bob-i2p", 1s);
  const Heard invite = hop_.to_link(i2p);
  EXPECT_EQ(invite.message.call_id(), wire(numbered(1).call_id));
  EXPECT_EQ(hop_.book.awaited[i2p], 1U);
  const LinkId onion = open("bob", 1s);
  EXPECT_EQ(invites(), 0U);
  hop_.peer(i2p, reply(invite.message, 486));
  EXPECT_EQ(hop_.hop.timelines().all().back().link_ready - hop_.hop.timelines().all().back().received, 2s);
  hop_.phone(numbered(2).text());
  EXPECT_EQ(hop_.to_link(onion).message.call_id(), wire(numbered(2).call_id));
}

TEST_F(HopRace, AnI2pLinkThatIsUpHasWonNothingUntilItSpeaks) {
  hop_.phone(Request{}.text());
  look();
  hop_.up(opened_["bob-i2p"].at(0));
  EXPECT_EQ(invites(), 0U);
  const LinkId onion = open("bob", 1s);
  EXPECT_EQ(hop_.to_link(onion).method(), "INVITE");
}

TEST_F(HopRace, PoolsThatHadGivenUpForAWhileTryAtOnce) {
  for (int i = 0; i < 8; ++i) {
    for (const char* peer : {"bob", "bob-i2p"})
      if (!opened_[peer].empty()) fail(peer, offline);
    hop_.wait(20s);
    look();
  }
  for (const char* peer : {"bob", "bob-i2p"})
    while (!opened_[peer].empty())
      fail(peer, offline);
  look();
  ASSERT_TRUE(opened_["bob"].empty() && opened_["bob-i2p"].empty()) << "they wait for a while";
  hop_.phone(Request{}.text());
  look();
  EXPECT_FALSE(opened_["bob"].empty());
  EXPECT_FALSE(opened_["bob-i2p"].empty());
}

TEST_F(HopRace, ThePhoneIsToldWhenAllHaveFailed) {
  hop_.phone(Request{}.text());
  look();
  for (const char* peer : {"bob", "bob-i2p"}) {
    hop_.forget();
    EXPECT_TRUE(hop_.phone_hears_nothing());
    while (!opened_[peer].empty())
      fail(peer, away);
  }
  EXPECT_EQ(hop_.to_phone().status(), 503);
  hop_.wait(1min);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopRace, WhatMayPassIsRacedAgainForAWhile) {
  hop_.phone(Request{}.text());
  look();
  for (const char* peer : {"bob", "bob-i2p"})
    while (!opened_[peer].empty())
      fail(peer, offline);
  hop_.forget();
  hop_.wait(1s);
  const LinkId onion = open("bob", 1s);
  EXPECT_EQ(hop_.to_link(onion).method(), "INVITE");
}

TEST_F(HopRace, WhoHangsUpMeanwhileHasCalledNobody) {
  hop_.phone(Request{}.text());
  hop_.phone(Request{.method = "CANCEL"}.text());
  hop_.forget();
  open("bob", 1s);
  open("bob-i2p", 1s);
  EXPECT_EQ(invites(), 0U);
  hop_.wait(1min);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopRace, NobodyWaitsLongerThanAMinute) {
  hop_.phone(Request{}.text());
  static_cast<void>(hop_.to_phone());
  hop_.wait(Links::waiting_time - 1ms);
  EXPECT_TRUE(hop_.phone_hears_nothing());
  hop_.wait(1ms);
  EXPECT_EQ(hop_.to_phone().status(), 480);
}

TEST_F(HopRace, ManyCallsAreServedInOrderEachByALinkOfItsOwn) {
  for (unsigned number = 0; number < 12; ++number)
    hop_.phone(numbered(number).text());
  std::set<LinkId> used;
  std::vector<std::string> seen;
  for (int turn = 0; turn < 100 && seen.size() < 12; ++turn) {
    const char* peer = turn % 3 == 0 ? "bob-i2p" : "bob";
    look();
    if (opened_[peer].empty()) {
      hop_.wait(1s);
      continue;
    }
    const LinkId link = open(peer, 1s);
    if (hop_.link_hears_nothing(link)) continue;
    const Heard invite = hop_.to_link(link);
    EXPECT_TRUE(used.insert(link).second);
    seen.emplace_back(invite.message.call_id());
    EXPECT_TRUE(hop_.link_hears_nothing(link));
    hop_.peer(link, reply(invite.message, 486));
  }
  std::vector<std::string> expected;
  for (unsigned number = 0; number < 12; ++number)
    expected.push_back(wire(numbered(number).call_id));
  EXPECT_EQ(seen, expected);
}

TEST_F(HopRace, WithoutLinksAheadThePriorityDecides) {
  Script hop(raced_ways({.min = 0, .max = 0}));
  hop.phone(Request{}.text());
  const auto first = hop.dialled();
  EXPECT_TRUE(hop.book.dials.empty());
  hop.down(first.link, away);
  EXPECT_NE(hop.dialled().peer, first.peer);
}

Config raced_people() {
  Config config = raced_ways();
  config.peers[1].same_as.clear();
  return config;
}

/// Among peers that are not the same sipveil.
class HopRaceOfTwo : public Race, public ::testing::Test {
 protected:
  HopRaceOfTwo() : Race(raced_people()) {}
};

TEST_F(HopRaceOfTwo, TheDialogIsKnownToBeWithTheWinner) {
  hop_.phone(Request{}.text());
  const LinkId winner = open("bob-i2p", 1s);
  const Heard invite = hop_.to_link(winner);
  hop_.peer(winner, reply(invite.message, 200, "b", "Contact: <sip:bob@192.0.2.9>\r\n"));
  const std::string route = [&] {
    for (Heard heard = hop_.to_phone();; heard = hop_.to_phone())
      if (heard.status() >= 200) return heard.message.record_routes().at(0);
  }();
  config_.standby.max = config_.standby.min = 0;
  Script restarted(config_);
  restarted.phone(in_dialog("BYE", route).text());
  EXPECT_EQ(restarted.dialled().peer, "bob-i2p");
}

TEST_F(HopRaceOfTwo, WhatTheWinnerLosesIsRepeatedToNobodyElse) {
  hop_.phone(Request{}.text());
  const LinkId winner = open("bob", 1s);
  const LinkId loser = open("bob-i2p", 1s);
  EXPECT_EQ(hop_.to_link(winner).method(), "INVITE");
  hop_.down(winner);
  hop_.fail_dials(Detour::return_time, away);
  EXPECT_TRUE(hop_.link_hears_nothing(loser));
  EXPECT_EQ(hop_.to_phone().status(), 100);
  EXPECT_GE(hop_.to_phone().status(), 400);
}

TEST_F(HopRaceOfTwo, TheNextPriorityIsAskedWhenAllHaveFailed) {
  Config config = raced_people();
  config.peers.push_back(onion_peer("carol", 3));
  config.routes[0].peers.push_back({"carol", 7, 1});
  config.standby.min = 0;
  StandbyScript hop(config);
  hop.phone(Request{}.text());
  std::set<std::string> raced;
  while (hop.book.dials.empty()) {
    const auto dial = hop.opened();
    raced.insert(dial.peer);
    hop.down(dial.link, away);
  }
  EXPECT_EQ(raced, (std::set<std::string>{"bob", "bob-i2p"}));
  EXPECT_EQ(hop.dialled().peer, "carol");
}

} // namespace
} // namespace sipveil::hop::test
