// Two ways to the same sipveil: whatever becomes of one, requests and calls go on by the other, and it sees them once.
#include "tests/unit/bridge/hop_dialog.h"
#include "tests/unit/bridge/ways_config.h"

#include <set>

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;

const Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()};
const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};
const Error away = failure(Errc::unreachable, Fault::local_service);
const Error offline = failure(Errc::offline, Fault::overlay);

const Timeline& last_line(const Script& hop) {
  return hop.hop.timelines().all().back();
}

TEST(HopWays, ThePriorityDecidesWhichIsTriedFirstAndADialThatFailsLeadsToTheOther) {
  for (const Error& error : {away, offline, failure(Errc::timed_out, Fault::overlay)}) {
    Script hop(two_ways());
    hop.phone(Request{}.text());
    const auto first = hop.dialled();
    EXPECT_EQ(first.peer, "bob");
    const Heard invite = hop.to_link(first.link);
    hop.down(first.link, error);
    const auto second = hop.dialled();
    EXPECT_EQ(second.peer, "bob-i2p");
    EXPECT_NE(second.isolation->password, first.isolation->password);
    EXPECT_EQ(hop.to_link(second.link).text, invite.text) << "who has the first may get the second: it is one";
    hop.up(second.link);
    hop.peer(second.link, reply(invite.message, 200));
    EXPECT_EQ(last_line(hop).way, "bob-i2p");
    EXPECT_EQ(last_line(hop).moved, 0U);
    EXPECT_EQ(last_line(hop).credential, public_number(second.isolation->user + ":" + second.isolation->password));
  }
}

/// What had been heard when the link was lost: nothing, 100, 180.
class HopWaysSent : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Heard, HopWaysSent, ::testing::Values(0, 100, 180));

TEST_P(HopWaysSent, AnInviteThatWasSentIsRepeatedByTheOtherIfTheFirstIsGone) {
  Script hop(two_ways());
  hop.phone(Request{}.text());
  const LinkId first = hop.dialled().link;
  hop.up(first);
  const Heard invite = hop.to_link(first);
  if (GetParam() != 0) hop.peer(first, reply(invite.message, GetParam()));
  hop.forget();
  hop.down(first);
  if (GetParam() != 0) {
    const auto again = hop.dialled();
    EXPECT_EQ(again.peer, "bob") << "it had worked";
    hop.forget();
    hop.down(again.link, away);
    hop.wait(1s);
  }
  const auto other = hop.dialled();
  EXPECT_EQ(other.peer, "bob-i2p");
  EXPECT_EQ(hop.to_link(other.link).text, invite.text);
  hop.up(other.link);
  EXPECT_TRUE(hop.phone_hears_nothing());
  hop.peer(other.link, reply(invite.message, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_EQ(last_line(hop).way, "bob-i2p");
  hop.phone(ack.text());
  EXPECT_EQ(hop.to_link(other.link).method(), "ACK");
  hop.phone(bye.text());
  EXPECT_EQ(hop.to_link(other.link).method(), "BYE");
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopWays, ALinkThatHasFallenSilentIsReplacedByTheOther) { // the next dial would meet the same silence
  Script hop(two_ways());
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 180));
  hop.down(link, failure(Errc::timed_out, Fault::peer));
  EXPECT_EQ(hop.dialled().peer, "bob-i2p");
}

TEST(HopWays, BothAreTriedInTurnUntilTheCallerIsTold) {
  Script hop(two_ways());
  const LinkId link = hop.invite_over_link();
  hop.down(link);
  const auto tried = hop.fail_dials(Detour::return_time, offline);
  std::set<std::string> peers;
  for (std::size_t i = 0; i + 1 < tried.size(); ++i)
    EXPECT_NE(tried[i].peer, tried[i + 1].peer);
  EXPECT_GT(tried.size(), 8U);
  EXPECT_LE(tried.size(), Detour::max_tries + 1);
  EXPECT_EQ(hop.to_phone().status(), 480);
}

TEST(HopWays, AsLongAsNoneCouldBeDialledToo) {
  Script hop(two_ways());
  hop.phone(Request{}.text());
  hop.forget();
  hop.down(100, offline);
  hop.down(101, away);
  EXPECT_TRUE(hop.phone_hears_nothing()) << "the first may be there in a moment";
  hop.forget();
  hop.wait(500ms);
  EXPECT_EQ(hop.dialled().peer, "bob");
}

TEST(HopWays, IfNeitherRouterRunsThePhoneIsToldAtOnce) {
  Script hop(two_ways());
  hop.phone(Request{}.text());
  hop.forget();
  hop.down(100, away);
  hop.down(101, away);
  EXPECT_EQ(hop.to_phone().status(), 503);
}

/// A call by the first way that stands.
class HopWaysDialog : public ::testing::Test {
 protected:
  HopWaysDialog() {
    hop_.peer(link_, make_response(hop_.invite, 200, "OK", "b",
                                   "Contact: <sip:bob@192.0.2.9:5070>\r\nRecord-Route: " +
                                       hop_.invite.record_routes()[0] + "\r\n"));
    route_ = hop_.to_phone().message.record_routes().at(0);
    hop_.phone(in_dialog("ACK", route_, "z9hG4bKack").text());
    hop_.forget();
  }
  /// Until the next dial.
  Notebook::Dial next_dial(Script& hop) {
    for (int i = 0; i < 400 && hop.book.dials.empty(); ++i)
      hop.wait(50ms);
    return hop.dialled();
  }
  Script hop_{two_ways()};
  LinkId link_ = hop_.invite_over_link();
  std::string route_;
};

TEST_F(HopWaysDialog, IsBoundToTheOtherWayByItsLastAckIfTheFirstCannotBeDialled) {
  hop_.down(link_);
  const auto first = next_dial(hop_);
  EXPECT_EQ(first.peer, "bob");
  hop_.down(first.link, away);
  const auto second = next_dial(hop_);
  EXPECT_EQ(second.peer, "bob-i2p");
  EXPECT_EQ(hop_.to_link(second.link).method(), "ACK");
  hop_.up(second.link);
  hop_.pong(second.link, 1s);
  hop_.forget();
  hop_.wait(1min);
  EXPECT_TRUE(hop_.book.dials.empty());
  hop_.peer(second.link, of_far_end("INFO", hop_.invite.record_routes()[0]).text());
  EXPECT_EQ(hop_.to_phone().method(), "INFO");
  hop_.phone(in_dialog("BYE", route_).text());
  EXPECT_EQ(hop_.to_link(second.link).method(), "BYE") << "its token names the way that is gone";
}

TEST_F(HopWaysDialog, ARequestGoesByTheOtherWayAsWell) {
  hop_.phone(in_dialog("BYE", route_).text());
  const std::string sent = hop_.to_link(link_).text;
  hop_.down(link_);
  const auto first = hop_.dialled();
  hop_.forget();
  hop_.down(first.link, offline);
  const auto second = next_dial(hop_);
  EXPECT_EQ(second.peer, "bob-i2p");
  hop_.wait(1s); // the call's last ACK may have been first
  std::vector<std::string> heard;
  while (!hop_.link_hears_nothing(second.link))
    heard.push_back(hop_.to_link(second.link).text);
  EXPECT_THAT(heard, ::testing::Contains(sent));
  hop_.up(second.link);
  hop_.peer(second.link, reply(parsed(sent), 200));
  EXPECT_EQ(hop_.to_phone().status(), 200);
}

TEST_F(HopWaysDialog, AfterARestartItsTokenLeadsToBoth) {
  Script restarted(two_ways());
  restarted.phone(in_dialog("BYE", route_).text());
  const auto first = restarted.dialled();
  EXPECT_EQ(first.peer, "bob");
  const std::string sent = restarted.to_link(first.link).text;
  restarted.down(first.link, away);
  const auto second = restarted.dialled();
  EXPECT_EQ(second.peer, "bob-i2p");
  EXPECT_EQ(restarted.to_link(second.link).text, sent);
}

TEST_F(HopWaysDialog, AWayThatItsRouteDoesNotHaveIsNotTaken) {
  Config config = two_ways();
  config.routes[0].peers.resize(1);
  Script hop(config);
  hop.phone(in_dialog("BYE", route_).text());
  hop.down(hop.dialled().link, away);
  EXPECT_TRUE(hop.book.dials.empty());
  EXPECT_EQ(hop.to_phone().status(), 503);
}

/// Standby links to both.
class HopWaysAhead : public ::testing::Test {
 protected:
  static constexpr StandbyConfig standby{.min = 1, .max = 8, .parallel = 8, .candidates = 1};
  HopWaysAhead() {
    for (; !hop_.opens_none();) {
      const auto dial = hop_.opened();
      (dial.peer == "bob" ? onion_ : i2p_).push_back(dial.link);
    }
  }
  void open_i2p() {
    hop_.up(i2p_.at(0));
    hop_.pong(i2p_.at(0), 1s);
  }
  StandbyScript hop_{two_ways(standby)};
  std::vector<LinkId> onion_, i2p_;
};

TEST_F(HopWaysAhead, TheFirstWayIsTakenThoughTheSecondIsFaster) {
  open_i2p();
  hop_.up(onion_.at(0));
  hop_.pong(onion_.at(0), 5s);
  hop_.phone(Request{}.text());
  EXPECT_EQ(hop_.to_link(onion_.at(0)).method(), "INVITE");
}

TEST_F(HopWaysAhead, WhenTheFirstHasNoneReadyItIsDialledAndTheSecondTakesOverIfThatHangs) {
  open_i2p();
  hop_.phone(Request{}.text());
  const auto dial = hop_.dialled();
  EXPECT_EQ(dial.peer, "bob");
  const std::string invite = hop_.to_link(dial.link).text;
  hop_.wait(4s);
  EXPECT_TRUE(hop_.link_hears_nothing(i2p_.at(0)));
  hop_.wait(20s);
  EXPECT_TRUE(hop_.closed(dial.link));
  const Heard sent = hop_.to_link(i2p_.at(0));
  EXPECT_EQ(sent.text, invite);
  hop_.peer(i2p_.at(0), reply(sent.message, 200));
  EXPECT_EQ(last_line(hop_).way, "bob-i2p");
  EXPECT_EQ(last_line(hop_).source, LinkSource::standby);
  hop_.phone(ack.text());
  hop_.phone(bye.text());
  EXPECT_EQ(hop_.to_link(i2p_.at(0)).method(), "ACK");
  EXPECT_EQ(hop_.to_link(i2p_.at(0)).method(), "BYE");
}

TEST_F(HopWaysAhead, TheSecondTakesOverAtOnceIfTheFirstCannotBeDialled) {
  open_i2p();
  hop_.phone(Request{}.text());
  hop_.down(hop_.dialled().link, away);
  EXPECT_EQ(hop_.to_link(i2p_.at(0)).method(), "INVITE");
}

TEST_F(HopWaysAhead, TheSecondTakesOverFromALinkThatFallsSilent) {
  hop_.up(onion_.at(0));
  hop_.phone(Request{}.text());
  const std::string invite = hop_.to_link(onion_.at(0)).text;
  hop_.suspect(onion_.at(0));
  EXPECT_FALSE(hop_.closed(onion_.at(0))) << "there is no other yet";
  open_i2p();
  EXPECT_TRUE(hop_.closed(onion_.at(0)));
  EXPECT_EQ(hop_.to_link(i2p_.at(0)).text, invite);
}

TEST_F(HopWaysAhead, ACallThatStandsMovesToTheSecondToo) {
  hop_.up(onion_.at(0));
  EXPECT_EQ(establish_call(hop_, 1), onion_.at(0));
  open_i2p();
  hop_.suspect(onion_.at(0));
  EXPECT_TRUE(hop_.closed(onion_.at(0)));
  EXPECT_EQ(hop_.to_link(i2p_.at(0)).method(), "ACK");
}

} // namespace
} // namespace sipveil::hop::test
