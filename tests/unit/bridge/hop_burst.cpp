// More calls at once than there are links: each has its turn.
#include "tests/unit/bridge/standby_script.h"

#include <random>
#include <set>

namespace sipveil::hop::test {
namespace {

/// Calls until all that may be dialled at once are, and `more` that wait.
class HopBurst : public ::testing::Test {
 protected:
  static constexpr unsigned first_waiting = Links::max_dialling;

  void call(unsigned more) {
    for (unsigned number = 0; number < first_waiting + more; ++number)
      hop_.phone(numbered(number).text());
    dials_ = {hop_.book.dials.begin(), hop_.book.dials.end()};
    ASSERT_EQ(dials_.size(), Links::max_dialling);
    hop_.forget();
  }
  StandbyScript hop_;
  std::vector<Notebook::Dial> dials_;
};

TEST_F(HopBurst, AStandbyLinkThatComesUpServesTheFirstThatWaits) {
  call(2);
  EXPECT_EQ(hop_.report().waiting, 2U);
  const auto standby = hop_.opened();
  hop_.wait(2s);
  hop_.up(standby.link);
  const Heard invite = hop_.to_link(standby.link);
  EXPECT_EQ(invite.message.call_id(), wire(numbered(first_waiting).call_id));
  EXPECT_TRUE(hop_.silent()) << "and is dialled for no more";
  EXPECT_EQ(hop_.report().waiting, 1U);
  EXPECT_EQ(hop_.report().taken, 1U);
  hop_.peer(standby.link, reply(invite.message, 200));
  EXPECT_EQ(hop_.to_phone().status(), 200);
  const Timeline& line = hop_.hop.timelines().all().at(0);
  EXPECT_EQ(line.source, LinkSource::standby);
  EXPECT_EQ(line.link, standby.link);
  EXPECT_EQ(line.credential, public_number(standby.isolation->user + ":" + standby.isolation->password));
  EXPECT_EQ(line.link_ready - line.received, 2s);
  EXPECT_EQ(line.moved, 0U);
  hop_.phone(numbered_bye(first_waiting).text());
  EXPECT_EQ(hop_.to_link(standby.link).method(), "BYE") << "it is the call's";
}

TEST_F(HopBurst, EachThatComesUpOrFailsMakesRoomForTheNext) {
  call(3);
  hop_.up(dials_[3].link);
  EXPECT_EQ(hop_.to_link(hop_.dialled().link).message.call_id(), wire(numbered(first_waiting).call_id));
  hop_.down(dials_[7].link, failure(Errc::unknown_peer, Fault::overlay));
  EXPECT_EQ(hop_.to_link(hop_.dialled().link).message.call_id(), wire(numbered(first_waiting + 1).call_id));
  EXPECT_EQ(hop_.to_phone().status(), 404);
  hop_.phone(numbered_cancel(9).text());
  EXPECT_TRUE(hop_.closed(dials_[9].link));
  EXPECT_EQ(hop_.to_link(hop_.dialled().link).message.call_id(), wire(numbered(first_waiting + 2).call_id))
      << "as one that is given up does";
}

TEST_F(HopBurst, ACancelledOneLosesItsTurnAndNothingOfItLeaves) {
  call(2);
  hop_.phone(numbered_cancel(first_waiting).text());
  EXPECT_EQ(hop_.to_phone().status(), 200);
  EXPECT_EQ(hop_.to_phone().status(), 487);
  EXPECT_EQ(hop_.report().waiting, 1U);
  EXPECT_TRUE(hop_.book.closed.empty()) << "there was none";
  hop_.up(dials_[0].link);
  EXPECT_EQ(hop_.to_link(hop_.dialled().link).message.call_id(), wire(numbered(first_waiting + 1).call_id));
  hop_.up(hop_.opened().link);
  for (const auto& [link, sent] : hop_.book.links)
    for (const auto& message : sent)
      EXPECT_NE(parsed(message.bytes).call_id(), wire(numbered(first_waiting).call_id));
}

TEST_F(HopBurst, WhoWaitsInVainIsToldAfterAMinute) {
  call(1);
  hop_.wait(1s);
  hop_.phone(numbered(first_waiting + 1).text());
  EXPECT_EQ(hop_.to_phone().status(), 100);
  hop_.wait(Links::waiting_time - 1s - 1ms);
  EXPECT_TRUE(hop_.silent());
  hop_.wait(1ms);
  const Heard answer = hop_.to_phone();
  EXPECT_EQ(answer.status(), 480);
  EXPECT_EQ(answer.message.call_id(), numbered(first_waiting).call_id);
  EXPECT_THAT(answer.header("Reason"), ::testing::HasSubstr("too many calls at once"));
  hop_.forget();
  hop_.wait(998ms);
  hop_.forget(); // its repetition
  hop_.wait(2ms);
  EXPECT_EQ(hop_.to_phone().message.call_id(), numbered(first_waiting + 1).call_id);
}

TEST_F(HopBurst, ARequestOfAWaitingCallWaitsWithIt) {
  call(1);
  Request again = numbered(first_waiting);
  again.uri = "sip:mobile@bob.example";
  again.via += "-fork";
  hop_.phone(again.text());
  EXPECT_TRUE(hop_.book.dials.empty());
  hop_.forget();
  const LinkId standby = hop_.ready();
  EXPECT_EQ(hop_.to_link(standby).message.request_uri(), "sip:bob@bob.example");
}

TEST(HopBurstOf, ACallTakesALinkThatHasBeenBuiltForAWhile) {
  StandbyScript hop;
  const auto ahead = hop.opened();
  hop.wait(StandbyPool::head_start);
  hop.phone(Request{}.text());
  const Heard invite = hop.to_link(ahead.link);
  EXPECT_TRUE(hop.book.dials.empty()) << "it will be there sooner than a new one";
  EXPECT_NE(hop.opened().isolation->password, ahead.isolation->password);
  hop.wait(1s);
  hop.up(ahead.link);
  hop.peer(ahead.link, reply(invite.message, 486));
  const Timeline& line = hop.hop.timelines().all().at(0);
  EXPECT_EQ(line.source, LinkSource::built) << "it was not ready";
  EXPECT_EQ(line.link_ready - line.received, 1s);
  EXPECT_EQ(line.credential, public_number(ahead.isolation->user + ":" + ahead.isolation->password));
  EXPECT_EQ(hop.report().missed, 1U);
}

TEST(HopBurstOf, ACallWhoseDialIsStuckGoesOnWithALinkThatIsReady) {
  StandbyScript hop;
  hop.phone(Request{}.text());
  const LinkId stuck = hop.dialled().link;
  const std::string invite = hop.to_link(stuck).text;
  hop.wait(2s);
  const LinkId standby = hop.ready();
  hop.wait(2s);
  EXPECT_TRUE(hop.link_hears_nothing(standby)) << "it may only be slow";
  EXPECT_FALSE(hop.closed(stuck));
  hop.wait(20s);
  EXPECT_TRUE(hop.closed(stuck));
  const Heard sent = hop.to_link(standby);
  EXPECT_EQ(sent.text, invite);
  hop.forget();
  hop.peer(standby, reply(sent.message, 486));
  EXPECT_EQ(hop.to_phone().status(), 486);
  const Timeline& line = hop.hop.timelines().all().at(0);
  EXPECT_EQ(line.source, LinkSource::standby);
  EXPECT_EQ(line.link, standby);
  EXPECT_EQ(line.moved, 0U) << "the peer had not seen it";
}

TEST(HopBurstOf, ACallWhoseDialIsStuckGoesOnWithTheNextLinkThatComesUp) {
  StandbyScript hop;
  hop.phone(Request{}.text());
  const LinkId stuck = hop.dialled().link;
  hop.forget();
  hop.book.ahead.clear(); // are stuck as well, and given up
  hop.wait(25s);
  EXPECT_FALSE(hop.closed(stuck)) << "nor is there another";
  const LinkId standby = hop.ready();
  EXPECT_TRUE(hop.closed(stuck));
  EXPECT_EQ(hop.to_link(standby).method(), "INVITE");
}

TEST(HopBurstOf, CallsThatWaitComeBeforeWhatIsOpenedAhead) {
  StandbyScript hop(one_peer_with_standby({.min = 1, .max = 32, .parallel = 32, .candidates = 1}));
  for (unsigned number = 0; number < Links::max_dialling + 2; ++number)
    hop.phone(numbered(number).text());
  EXPECT_EQ(hop.book.ahead.size(), 1U + Links::max_dialling) << "no more since calls wait";
  for (int waiting = 2; waiting > 0; --waiting) {
    EXPECT_EQ(hop.book.ahead.size(), 1U + Links::max_dialling);
    hop.up(hop.dialled().link);
  }
  EXPECT_EQ(hop.book.dials.size(), Links::max_dialling) << "two of them for those that waited";
  EXPECT_EQ(hop.book.ahead.size(), 1U + Links::max_dialling + 2U);
}

TEST(HopBurstOf, DirectPeersNeedNoTurn) { // no circuit is built
  Config config = one_peer_with_standby();
  config.peers[0].address = *PeerAddress::parse("tcp:192.0.2.1:5060");
  config.peers[0].via = ViaDirect{};
  Script hop(config);
  for (unsigned number = 0; number < 50; ++number)
    hop.phone(numbered(number).text());
  EXPECT_EQ(hop.book.dials.size(), 50U);
}

/// Calls within a moment, and a world that opens their links one by one in no order, or fails to.
class Rush {
 public:
  Rush(unsigned seed, const Config& config) : random_(seed), hop_(config) {}

  void call(unsigned calls) {
    for (unsigned number = 0; number < calls; ++number) {
      hop_.phone(numbered(number).text());
      expected_.push_back(wire(numbered(number).call_id));
    }
    look();
  }
  /// One link comes up or fails.
  void turn() {
    hop_.wait(std::chrono::milliseconds(random_() % 50));
    look();
    if (pending_.empty()) return;
    const auto at = pending_.begin() + static_cast<std::ptrdiff_t>(random_() % pending_.size());
    const LinkId link = *at;
    pending_.erase(at);
    if (random_() % 8 == 0) {
      hop_.down(link, failure(Errc::offline, Fault::overlay));
    } else {
      hop_.up(link);
      open_.insert(link);
    }
    look();
  }
  [[nodiscard]] std::size_t ended() const { return hop_.hop.timelines().all().size(); }
  void expect_all_served() const {
    EXPECT_EQ(seen_, expected_) << "in the order in which they came";
    for (const Timeline& line : hop_.hop.timelines().all())
      EXPECT_EQ(line.status, 486);
  }

 private:
  /// What the hop has done; each INVITE that has arrived is answered.
  void look() {
    unsigned for_calls = 0;
    for (auto* dials : {&hop_.book.dials, &hop_.book.ahead})
      for (; !dials->empty(); dials->pop_front()) {
        EXPECT_TRUE(credentials_.insert(dials->front().isolation->password).second) << "none serves twice";
        pending_.push_back(dials->front().link);
      }
    for (const LinkId link : hop_.book.closed)
      std::erase(pending_, link);
    for (auto& [link, sent] : hop_.book.links) {
      for (const auto& message : sent)
        EXPECT_EQ(served_.emplace(link, call_of(message.bytes)).first->second, call_of(message.bytes))
            << "no link serves two calls";
      if (!sent.empty() && std::ranges::find(seen_, call_of(sent.front().bytes)) == seen_.end())
        seen_.push_back(call_of(sent.front().bytes));
      for (; open_.contains(link) && !sent.empty(); sent.pop_front()) {
        const auto message = parsed(sent.front().bytes);
        if (message.method() == sip::Method::invite) hop_.peer(link, reply(message, 486));
      }
    }
    for (const LinkId link : pending_)
      if (served_.contains(link)) ++for_calls;
    EXPECT_LE(for_calls, Links::max_dialling);
  }
  static std::string call_of(const std::string& bytes) { return std::string(parsed(bytes).call_id()); }

  std::mt19937 random_;
  StandbyScript hop_;
  std::vector<std::string> expected_;
  std::vector<std::string> seen_; ///< on links, for the first time
  std::set<std::string> credentials_;
  std::vector<LinkId> pending_; ///< being dialled
  std::set<LinkId> open_;
  std::map<LinkId, std::string> served_; ///< the call that was seen on it
};

class HopFifty : public ::testing::TestWithParam<unsigned> {};

TEST_P(HopFifty, CallsAreAllServedInOrderEachOnItsOwnCircuit) {
  constexpr unsigned calls = 50;
  Rush rush(GetParam(), one_peer_with_standby({.min = GetParam() % 4, .candidates = 1 + GetParam() % 3}));
  rush.call(calls);
  for (int turn = 0; turn < 1000 && rush.ended() < calls; ++turn)
    rush.turn();
  EXPECT_EQ(rush.ended(), calls);
  rush.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HopFifty, ::testing::Range(0U, 12U));

} // namespace
} // namespace sipveil::hop::test
