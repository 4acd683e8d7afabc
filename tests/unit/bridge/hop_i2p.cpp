// Peers by I2P: a link that is up is none until its peer has spoken, and each has a session of its own.
#include "tests/unit/bridge/hop_dialog.h"
#include "tests/unit/bridge/ways_config.h"

namespace sipveil::hop::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// "bob", by I2P alone.
Config i2p_only(StandbyConfig standby = {.min = 0, .max = 0}) {
  Config config = one_peer_with_standby(standby);
  config.i2p.emplace();
  config.peers[0] = i2p_peer("bob");
  return config;
}

TEST(HopI2pAhead, ALinkIsReadyWhenItsFirstPongHasCome) {
  StandbyScript hop(i2p_only({.candidates = 1}));
  const LinkId link = hop.opened().link;
  hop.up(link);
  EXPECT_THAT(hop.book.pinged, ElementsAre(link));
  EXPECT_EQ(hop.report().ready, 0U);
  EXPECT_EQ(hop.report().building, 1U);
  hop.pong(link, 1s);
  EXPECT_EQ(hop.report().ready, 1U);
  EXPECT_EQ(hop.report().fastest, 1s);
}

TEST(HopI2pAhead, OneThatNeverSpeaksIsClosedAndTheNextTriedAfterABackOff) {
  StandbyScript hop(i2p_only({.candidates = 1}));
  LinkId link = hop.opened().link;
  hop.up(link);
  hop.suspect(link);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.opens_none());
  hop.wait(500ms);
  link = hop.opened().link;
  hop.up(link);
  hop.down(link);
  hop.wait(500ms);
  EXPECT_TRUE(hop.opens_none()) << "it doubles";
  EXPECT_EQ(hop.report().failed, 2U);
}

TEST(HopI2pAhead, OneThatDoesNotAnswerPingsIsReadyWhenItIsUp) {
  Config config = i2p_only({.candidates = 1});
  config.peers[0].keepalive = false;
  StandbyScript hop(config);
  hop.up(hop.opened().link);
  EXPECT_EQ(hop.report().ready, 1U);
}

TEST(HopI2pAhead, NoneIsOpenedForTheChoice) { // it would cost the router as many tunnels again
  StandbyScript hop(i2p_only({.min = 2, .candidates = 8}));
  static_cast<void>(hop.ready(1s));
  static_cast<void>(hop.ready(1s));
  for (unsigned number = 0; number < 4; ++number) {
    hop.phone(numbered(number).text());
    hop.wait(3s);
    while (!hop.opens_none())
      static_cast<void>(hop.ready(1s));
    EXPECT_LE(hop.report().ready + hop.report().building, hop.report().wanted);
  }
  EXPECT_EQ(hop.report().dropped_slow, 0U);
}

TEST(HopI2pAhead, NoneIsOpenedForCallsFromOurOwnDestination) { // there is one session for all of them
  Config config = i2p_only({.candidates = 1});
  config.peers[0].via = ViaI2p{.own_destination = true};
  StandbyScript hop(config);
  EXPECT_TRUE(hop.opens_none());
  EXPECT_TRUE(hop.hop.standby_reports(hop.book.time).empty());
}

TEST(HopI2pAhead, AQuarterOfTheSessionsIsLeftForCallsThatFindNone) {
  for (const auto& [sessions, ahead] : {std::pair(16U, 12U), std::pair(4U, 3U), std::pair(2U, 1U), std::pair(1U, 0U)}) {
    Config config = i2p_only({.min = 30, .max = 30, .parallel = 32, .candidates = 1});
    config.i2p->sessions = sessions;
    StandbyScript hop(config);
    EXPECT_EQ(hop.book.ahead.size(), ahead);
    std::vector<LinkId> links;
    while (!hop.opens_none())
      links.push_back(hop.ready(1s));
    if (links.empty()) continue;
    hop.down(links.back());
    hop.wait(1s);
    EXPECT_EQ(hop.book.ahead.size(), 1U) << "one that has ended is none";
  }
}

TEST(HopI2pAhead, ACallTakesOneThatIsUpAndHasYetToSpeak) {
  StandbyScript hop(i2p_only({.candidates = 1}));
  const LinkId link = hop.opened().link;
  hop.wait(StandbyPool::head_start);
  hop.up(link);
  hop.phone(Request{}.text());
  const Heard invite = hop.to_link(link);
  EXPECT_TRUE(hop.book.dials.empty());
  hop.peer(link, reply(invite.message, 200));
  EXPECT_EQ(hop.hop.timelines().all().back().status, 200);
  for (unsigned number = 0; number < Links::max_dialling; ++number) // it counts as none that is being dialled
    hop.phone(numbered(100 + number).text());
  EXPECT_EQ(hop.book.dials.size(), Links::max_dialling);
}

/// A call whose INVITE went along with the dial.
class HopI2pCall : public ::testing::Test {
 protected:
  explicit HopI2pCall(const Config& config = i2p_only()) : hop_(config) {
    hop_.phone(Request{}.text());
    link_ = hop_.dialled().link;
    invite_ = hop_.to_link(link_).text;
    hop_.forget();
    hop_.up(link_);
  }
  Script hop_;
  LinkId link_ = 0;
  std::string invite_;
};

TEST_F(HopI2pCall, AsksAtOnceWhetherThePeerIsThere) {
  EXPECT_THAT(hop_.book.pinged, ElementsAre(link_));
  hop_.pong(link_, 1s);
  hop_.suspect(link_);
  EXPECT_FALSE(hop_.closed(link_)) << "from now on it may only be slow";
}

TEST_F(HopI2pCall, LeavesALinkThatNeverSpeaksForANewOneAndKeepsThat) {
  hop_.suspect(link_);
  EXPECT_TRUE(hop_.closed(link_));
  const auto second = hop_.dialled();
  EXPECT_EQ(hop_.to_link(second.link).text, invite_);
  hop_.up(second.link);
  hop_.suspect(second.link);
  EXPECT_FALSE(hop_.closed(second.link)) << "the way may be as slow as that";
  hop_.peer(second.link, reply(parsed(invite_), 200));
  EXPECT_EQ(hop_.to_phone().status(), 200);
  EXPECT_EQ(hop_.hop.timelines().all().back().moved, 1U);
}

TEST_F(HopI2pCall, TellsThePhoneWhenNobodySpeaksOnAny) {
  const auto peer_is_away = [&](LinkId link) {
    hop_.up(link);
    hop_.wait(4s);
    hop_.suspect(link);
    if (hop_.closed(link)) return;
    hop_.wait(6s);
    hop_.down(link); // the router has given up
  };
  hop_.wait(4s);
  hop_.suspect(link_);
  unsigned links = 1;
  for (const TimePoint end = hop_.book.time + 2min; hop_.book.time < end; hop_.wait(100ms))
    while (!hop_.book.dials.empty()) {
      ++links;
      peer_is_away(hop_.dialled().link);
    }
  EXPECT_GE(links, 3U);
  EXPECT_LE(links, 6U);
  ASSERT_FALSE(hop_.phone_hears_nothing());
  const Heard answer = hop_.to_phone();
  EXPECT_GE(answer.status(), 400);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST(HopI2pCallTo, APeerThatIsNotThereIs480WithTheReason) {
  Script hop(i2p_only());
  const LinkId link = hop.invite_over_link();
  hop.suspect(link);
  static_cast<void>(hop.fail_dials(Detour::return_time, failure(Errc::offline, Fault::overlay)));
  EXPECT_EQ(hop.to_phone().status(), 480);
}

/// The other way of the same sipveil is an onion service.
class HopI2pFirst : public HopI2pCall {
 protected:
  static Config config() {
    Config config = two_ways();
    config.routes[0].peers = {{"bob-i2p", 1, 1}, {"bob", 2, 1}};
    return config;
  }
  HopI2pFirst() : HopI2pCall(config()) {}
};

TEST_F(HopI2pFirst, ALinkThatNeverSpeaksLeadsToTheOtherWay) {
  hop_.suspect(link_);
  EXPECT_TRUE(hop_.closed(link_));
  const auto second = hop_.dialled();
  EXPECT_EQ(second.peer, "bob");
  EXPECT_EQ(hop_.to_link(second.link).text, invite_);
}

TEST_F(HopI2pFirst, SoDoesOneThatEndsBeforeThat) {
  hop_.down(link_);
  EXPECT_EQ(hop_.dialled().peer, "bob");
}

TEST_F(HopI2pFirst, OneThatHasSpokenIsReplacedByItsOwnWay) {
  hop_.pong(link_, 1s);
  hop_.down(link_);
  EXPECT_EQ(hop_.dialled().peer, "bob-i2p");
}

/// Somebody else may be asked if this peer is not there.
struct I2pOfTwo {
  I2pOfTwo() {
    Config config = two_people();
    config.routes[0].peers = {{"bob-i2p", 1, 1}, {"bob", 2, 1}};
    hop_ = std::make_unique<Script>(config);
    hop_->phone(Request{}.text());
    link_ = hop_->dialled().link;
    hop_->up(link_);
  }
  std::unique_ptr<Script> hop_;
  LinkId link_ = 0;
};
class HopI2pOfTwo : public I2pOfTwo, public ::testing::Test {};

TEST_F(HopI2pOfTwo, NothingIsSaidUntilThePeerHasSpoken) {
  EXPECT_TRUE(hop_->link_hears_nothing(link_));
  hop_->pong(link_, 1s);
  EXPECT_EQ(hop_->to_link(link_).method(), "INVITE");
  hop_->down(link_);
  for (const auto& dial : hop_->fail_dials(5s, failure(Errc::offline, Fault::overlay)))
    EXPECT_EQ(dial.peer, "bob-i2p");
}

TEST(HopI2pOfTwoMore, TheOtherIsAskedIfHeDoesNot) {
  for (const bool ends : {false, true}) {
    I2pOfTwo copy;
    if (ends) {
      copy.hop_->down(copy.link_);
    } else {
      copy.hop_->suspect(copy.link_);
    }
    EXPECT_EQ(copy.hop_->dialled().peer, "bob");
    EXPECT_TRUE(copy.hop_->link_hears_nothing(copy.link_));
  }
}

TEST(HopI2pShared, ALinkThatNeverSpeaksIsLeftToo) {
  Config config = i2p_only();
  config.routes[0].circuit = CircuitPolicy::per_peer;
  Script hop(config);
  const LinkId link = hop.invite_over_link();
  hop.suspect(link);
  EXPECT_TRUE(hop.closed(link));
  const LinkId second = hop.dialled().link;
  EXPECT_EQ(hop.to_link(second).method(), "INVITE");
}

TEST(HopI2pRegistered, APhoneIsReachedAtItsDestination) {
  Config phone_config = sample_config();
  Script bridge(phone_config, 3);
  bridge.book.onion = b32_host() + ":5060";
  bridge.phone(Request{.method = "REGISTER",
                       .uri = "sip:bob.example",
                       .from = "<sip:bob@bob.example>;tag=r",
                       .to = "<sip:bob@bob.example>",
                       .extra = "Contact: <sip:bob@127.0.0.1:5062>\r\n"}
                   .text());
  const LinkId out = bridge.dialled().link;
  bridge.up(out);
  const Heard sent = bridge.to_link(out);
  EXPECT_THAT(std::string(sent.message.contact_uri()), HasSubstr("@" + b32_host() + ":5060;transport=tcp"));

  for (const bool has_i2p : {true, false}) {
    Config config = sample_config();
    config.role = Role::proxy;
    if (has_i2p) config.i2p.emplace();
    Script sidecar(config);
    const LinkId in = sidecar.accept();
    sidecar.peer(in, sent.text);
    const Heard registered = sidecar.to_phone();
    sidecar.forget();
    sidecar.phone(Request{.uri = std::string(registered.message.contact_uri())}.text(), udp_phone(5070));
    if (!has_i2p) {
      EXPECT_EQ(sidecar.to_phone().status(), 480);
      continue;
    }
    const auto dial = sidecar.dialled();
    EXPECT_EQ(dial.peer, "i2p:" + b32_host());
    EXPECT_TRUE(dial.isolation);
    sidecar.up(dial.link);
    EXPECT_THAT(sidecar.book.pinged, Contains(dial.link));
    const Heard invite = sidecar.to_link(dial.link);
    sidecar.peer(dial.link, reply(invite.message, 486));
    EXPECT_EQ(sidecar.hop.timelines().all().back().way, "") << "who is registered is nobody's business";
  }
}

} // namespace
} // namespace sipveil::hop::test
