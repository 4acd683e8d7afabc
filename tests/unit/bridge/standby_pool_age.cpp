// What a pool does about links that are old, and about dials that fail.
#include "tests/unit/bridge/standby_pool_fixture.h"

#include <set>

namespace sipveil::hop::test {
namespace {

class StandbyPoolAge : public StandbyPoolTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(StandbyPoolAge, AStaleOneServesUntilAFreshOneIsMeasured) {
  random_ = GetParam();
  const LinkId old = dial().at(0);
  up(old, 100ms);
  now_ += 5 * config_.max_age / 8;
  EXPECT_TRUE(dial().empty()) << "earlier none is replaced";
  const TimePoint stale = pool_.next_deadline(now_);
  EXPECT_LE(stale, now_ + config_.max_age / 8);
  now_ = stale - 1ns;
  EXPECT_TRUE(dial().empty());
  now_ = stale;
  const auto fresh = dial();
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_TRUE(dial().empty());
  up(fresh[0]);
  static_cast<void>(dial());
  EXPECT_TRUE(closed_.empty());
  pool_.measured(fresh[0], 900ms);
  static_cast<void>(dial());
  EXPECT_EQ(closed_, std::vector<LinkId>{old}) << "though it is the faster";
  EXPECT_EQ(report().dropped_old, 1U);
  EXPECT_EQ(report().dropped_slow, 0U);
  EXPECT_EQ(report().ready, 1U);
}

INSTANTIATE_TEST_SUITE_P(Random, StandbyPoolAge, ::testing::Values(0U, 1U, 512U, 1023U, 1024U, 999'999'999U));

TEST_F(StandbyPoolTest, LinksOpenedTogetherAreNotReplacedTogether) {
  config_.min = 4;
  std::set<TimePoint> times;
  for (const LinkId link : dial()) {
    random_ += 256;
    up(link, 1s);
  }
  for (int i = 0; i < 4; ++i) {
    now_ = pool_.next_deadline(now_);
    times.insert(now_);
    const auto fresh = dial();
    ASSERT_EQ(fresh.size(), 1U);
    up(fresh[0], 1s);
    EXPECT_TRUE(dial().empty());
  }
  EXPECT_EQ(times.size(), 4U);
  EXPECT_GE(*times.rbegin() - *times.begin(), config_.max_age / 16);
}

TEST_F(StandbyPoolTest, AnExpiredOneIsClosedThoughThereIsNoOther) {
  up(dial().at(0), 100ms);
  now_ = pool_.next_deadline(now_);
  EXPECT_TRUE(dial(0).empty()) << "others are being built";
  EXPECT_EQ(pool_.next_deadline(now_), TimePoint(1h) + config_.max_age);
  now_ = pool_.next_deadline(now_) - 1ns;
  EXPECT_TRUE(dial(0).empty());
  EXPECT_TRUE(pool_.has_ready());
  now_ += 1ns;
  EXPECT_TRUE(dial(0).empty());
  EXPECT_EQ(closed_.size(), 1U);
  EXPECT_FALSE(pool_.has_ready());
  EXPECT_EQ(report().dropped_old, 1U);
}

TEST_F(StandbyPoolTest, APeerThatCannotBeDialledIsTriedLessAndLess) {
  std::vector<Duration> waits;
  for (int i = 0; i < 10; ++i) {
    const auto links = dial();
    ASSERT_EQ(links.size(), 1U);
    pool_.gone(links[0], false, now_);
    EXPECT_TRUE(dial().empty());
    const TimePoint next = pool_.next_deadline(now_);
    waits.push_back(next - now_);
    now_ = next - 1ns;
    EXPECT_TRUE(dial().empty());
    now_ = next;
  }
  EXPECT_EQ(waits, (std::vector<Duration>{250ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s})) << "half of each step";
  EXPECT_EQ(report().failed, 10U);
  const auto links = dial();
  up(links.at(0), 1s);
  now_ += StandbyPool::proving_time;
  EXPECT_TRUE(dial().empty());
  pool_.gone(links[0], false, now_); // it has lived long enough to show that all is well again
  EXPECT_EQ(dial().size(), 1U);
}

TEST_F(StandbyPoolTest, SeveralThatFailTogetherCountOnce) {
  config_.min = 4;
  for (const LinkId link : dial())
    pool_.gone(link, false, now_);
  EXPECT_EQ(pool_.next_deadline(now_) - now_, 250ms);
  EXPECT_EQ(report().failed, 4U);
  now_ += 250ms;
  const auto links = dial();
  EXPECT_EQ(links.size(), 4U);
  pool_.gone(links[0], false, now_);
  EXPECT_EQ(pool_.next_deadline(now_) - now_, 500ms);
}

TEST_F(StandbyPoolTest, APeerThatACallHasReachedIsTriedAtOnceThoughItFailedBefore) {
  for (int i = 0; i < 8; ++i) {
    pool_.gone(dial().at(0), false, now_);
    now_ = pool_.next_deadline(now_);
  }
  pool_.gone(dial().at(0), false, now_);
  EXPECT_TRUE(dial().empty());
  pool_.reachable(now_);
  const auto links = dial();
  ASSERT_EQ(links.size(), 1U);
  pool_.gone(links[0], false, now_);
  EXPECT_EQ(pool_.next_deadline(now_) - now_, 250ms) << "and the past is forgotten";
}

TEST_F(StandbyPoolTest, WhileTheLocalTorIsAwayItLooksEverySecond) {
  for (int i = 0; i < 100; ++i) {
    const auto links = dial();
    ASSERT_EQ(links.size(), 1U);
    pool_.gone(links[0], true, now_);
    EXPECT_TRUE(dial().empty());
    EXPECT_EQ(pool_.next_deadline(now_), now_ + StandbyPool::local_retry);
    now_ += StandbyPool::local_retry;
  }
}

TEST_F(StandbyPoolTest, OneThatEndsBeforeItIsProvedCountsAsAFailure) {
  LinkId link = dial().at(0);
  up(link, 1s);
  now_ += StandbyPool::proving_time - 1ns;
  pool_.gone(link, false, now_);
  EXPECT_TRUE(dial().empty());
  now_ += 250ms;
  link = dial().at(0);
  now_ += 10s;
  up(link, 1s);
  now_ += StandbyPool::proving_time;
  pool_.gone(link, false, now_);
  EXPECT_EQ(dial().size(), 1U) << "replaced at once";
  EXPECT_EQ(report().failed, 2U);
}

} // namespace
} // namespace sipveil::hop::test
