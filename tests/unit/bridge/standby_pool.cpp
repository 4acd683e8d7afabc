// How many links a pool keeps, and which it gives.
#include "tests/unit/bridge/standby_pool_fixture.h"

namespace sipveil::hop::test {
namespace {

TEST_F(StandbyPoolTest, KeepsItsMinimumWhenNobodyCalls) {
  config_.min = 3;
  const auto links = dial();
  EXPECT_EQ(links.size(), 3U);
  EXPECT_TRUE(dial().empty()) << "those are on their way";
  for (const LinkId link : links)
    up(link, 1s);
  EXPECT_TRUE(dial().empty());
  EXPECT_TRUE(closed_.empty());
  EXPECT_EQ(report().ready, 3U);
  EXPECT_EQ(report().building, 0U);
  EXPECT_EQ(report().wanted, 3U);
}

TEST_F(StandbyPoolTest, OpensNoMoreAtOnceThanItMay) {
  config_.min = 6;
  EXPECT_EQ(dial(2).size(), 2U);
  EXPECT_EQ(dial(0).size(), 0U);
  EXPECT_EQ(dial(3).size(), 3U);
  EXPECT_EQ(dial(3).size(), 1U);
}

TEST_F(StandbyPoolTest, WantsAsManyAsCallsCameWhileOneIsBuilt) {
  for (int call = 0; call < 3; ++call) {
    EXPECT_EQ(pool_.take(now_), std::nullopt);
    now_ += 1s;
  }
  EXPECT_EQ(report().missed, 3U);
  EXPECT_EQ(report().wanted, 4U);
  EXPECT_EQ(dial().size(), 4U);
  now_ += 5min;
  EXPECT_EQ(report().wanted, 1U);
}

TEST_F(StandbyPoolTest, NeverMoreThanItsMaximum) {
  for (int call = 0; call < 100; ++call)
    static_cast<void>(pool_.take(now_));
  EXPECT_EQ(report().wanted, 8U);
  EXPECT_EQ(dial().size(), 8U);
}

TEST_F(StandbyPoolTest, WithAMaximumOfNoneItOpensNone) {
  config_.min = config_.max = 0;
  StandbyPool none(config_);
  EXPECT_EQ(none.take(now_), std::nullopt);
  EXPECT_EQ(none.plan(now_, 8).dial, 0U);
}

TEST_F(StandbyPoolTest, WithAMinimumOfNoneItWaitsForTheFirstCallAndForgetsIt) {
  config_.min = 0;
  EXPECT_TRUE(dial().empty());
  static_cast<void>(pool_.take(now_));
  const auto links = dial();
  ASSERT_EQ(links.size(), 1U);
  up(links[0], 1s);
  EXPECT_TRUE(dial().empty());
  now_ += 5min - 1s;
  const auto fresh = dial(); // instead of the first, which is stale
  ASSERT_EQ(fresh.size(), 1U);
  now_ += 1s;
  up(fresh[0], 1s);
  EXPECT_TRUE(dial().empty());
  EXPECT_EQ(closed_, (std::vector<LinkId>{links[0], fresh[0]}));
  EXPECT_EQ(pool_.next_deadline(now_), TimePoint::max());
}

TEST_F(StandbyPoolTest, GivesTheFastestFirstAndTheUnmeasuredLast) {
  config_.min = 8;
  const LinkId unmeasured = next_++;
  pool_.dialled(unmeasured, now_);
  up(unmeasured);
  const LinkId slow = open(900ms);
  const LinkId fast = open(100ms);
  const LinkId usual = open(400ms);
  EXPECT_EQ(report().fastest, 100ms);
  EXPECT_TRUE(pool_.has_ready());
  for (const LinkId link : {fast, usual, slow, unmeasured})
    EXPECT_EQ(pool_.take(now_), link);
  EXPECT_FALSE(pool_.has_ready());
  EXPECT_EQ(pool_.take(now_), std::nullopt);
  EXPECT_EQ(report().taken, 4U);
  EXPECT_EQ(report().missed, 1U);
  EXPECT_EQ(report().fastest, std::nullopt);
}

TEST_F(StandbyPoolTest, TheLastMeasurementCounts) {
  const LinkId first = open(100ms);
  const LinkId second = open(200ms);
  pool_.measured(first, 500ms);
  EXPECT_EQ(pool_.take(now_), second);
}

TEST_F(StandbyPoolTest, GivesNoneThatIsStillBeingBuilt) {
  const LinkId link = dial().at(0);
  EXPECT_FALSE(pool_.has_ready());
  EXPECT_EQ(pool_.take(now_), std::nullopt);
  up(link);
  EXPECT_EQ(pool_.take(now_), link);
  pool_.measured(link, 1s); // its pong comes when a call has it
  pool_.gone(link, false, now_);
  EXPECT_EQ(pool_.take(now_), std::nullopt);
  EXPECT_EQ(report().failed, 0U) << "what became of it then is the call's affair";
}

TEST_F(StandbyPoolTest, ACallThatHasAskedAlreadyIsNotCountedTwice) {
  EXPECT_EQ(pool_.take(now_), std::nullopt);
  const unsigned wanted = report().wanted;
  const LinkId link = dial().at(0);
  up(link);
  EXPECT_EQ(pool_.take_ready(), link);
  EXPECT_EQ(report().taken, 1U);
  EXPECT_EQ(report().missed, 1U);
  EXPECT_EQ(report().wanted, wanted);
}

TEST_F(StandbyPoolTest, OneThatHasAHeadStartIsGivenWhileItIsBeingBuilt) {
  config_.min = 2;
  const LinkId first = dial(1).at(0);
  now_ += StandbyPool::head_start / 2;
  static_cast<void>(dial(1));
  now_ += StandbyPool::head_start / 2 - 1ns;
  EXPECT_EQ(pool_.take_building(now_), std::nullopt) << "a dial with the first words saves as much";
  now_ += 1ns;
  EXPECT_EQ(pool_.take_building(now_), first) << "which will be the soonest";
  EXPECT_EQ(pool_.take_building(now_), std::nullopt);
  EXPECT_EQ(report().building, 1U);
  up(first);
  EXPECT_FALSE(pool_.has_ready()) << "it is the call's";
  EXPECT_EQ(dial().size(), 1U);
}

TEST_F(StandbyPoolTest, NoneThatIsReadyIsTakenForOneThatIsBeingBuilt) {
  static_cast<void>(open(1s));
  now_ += 1min;
  EXPECT_EQ(pool_.take_building(now_), std::nullopt);
}

TEST_F(StandbyPoolTest, OneThatIsBuiltForTooLongIsGivenUp) {
  const LinkId link = dial().at(0);
  const TimePoint end = now_ + 2 * pool_.stuck_after();
  EXPECT_EQ(pool_.next_deadline(now_), end);
  now_ = end - 1ns;
  EXPECT_TRUE(dial().empty());
  EXPECT_TRUE(closed_.empty());
  now_ = end;
  EXPECT_TRUE(dial().empty()) << "after a back-off, as after any failure";
  EXPECT_EQ(closed_, std::vector<LinkId>{link});
  EXPECT_EQ(report().failed, 1U);
  now_ = pool_.next_deadline(now_);
  EXPECT_EQ(dial().size(), 1U);
}

TEST_F(StandbyPoolTest, HowLongIsTooLongIsLearntFromThoseThatCameUp) {
  EXPECT_EQ(pool_.stuck_after(), 10s);
  for (int i = 0; i < 40; ++i) {
    const LinkId link = next_++;
    pool_.dialled(link, now_);
    now_ += 1s;
    up(link, 1s);
    pool_.gone(link, true, now_);
  }
  EXPECT_EQ(pool_.stuck_after(), 3s);
}

TEST_F(StandbyPoolTest, OpensMoreThanItWantsForTheChoiceAndDropsTheSlowest) {
  config_.min = 2;
  config_.candidates = 3;
  StandbyPool pool(config_, [] { return 0; });
  ASSERT_EQ(pool.plan(now_, 32).dial, 2U + config_.parallel) << "two, and so many more as may be opened at once";
  for (LinkId link = 1; link <= 6; ++link)
    pool.dialled(link, now_);
  EXPECT_EQ(pool.plan(now_, 32).dial, 0U);
  for (LinkId link = 1; link <= 6; ++link)
    pool.up(link, now_);
  EXPECT_TRUE(pool.plan(now_, 32).close.empty()) << "nobody knows yet which are slow";
  for (LinkId link = 1; link <= 3; ++link)
    pool.measured(link, link * 100ms);
  EXPECT_EQ(pool.plan(now_, 32).close, std::vector<LinkId>{3});
  for (LinkId link = 4; link <= 6; ++link)
    pool.measured(link, 50ms + link * 1ms);
  EXPECT_EQ(pool.plan(now_, 32).close, (std::vector<LinkId>{2, 1, 6}));
  EXPECT_EQ(pool.report(now_).dropped_slow, 4U);
  EXPECT_EQ(pool.plan(now_, 32).dial, 0U) << "nor is that begun anew";
  EXPECT_EQ(pool.take(now_), 4U);
  EXPECT_EQ(pool.plan(now_, 32).dial, 2U + 2U) << "what the call took, what it shows to be wanted, and the choice";
}

TEST_F(StandbyPoolTest, TheChoiceComesAfterWhatIsWanted) {
  config_.min = 4;
  config_.candidates = 2;
  StandbyPool pool(config_, [] { return 0; });
  EXPECT_EQ(pool.plan(now_, 3).dial, 3U);
  for (LinkId link = 1; link <= 3; ++link)
    pool.dialled(link, now_);
  EXPECT_EQ(pool.plan(now_, 3).dial, 3U) << "one that is wanted, two for the choice";
}

TEST_F(StandbyPoolTest, WithoutAChoiceNothingIsDroppedForBeingSlow) {
  config_.min = 3;
  for (const LinkId link : dial())
    up(link, link * 1s);
  EXPECT_TRUE(dial().empty());
  for (int call = 0; call < 3; ++call) {
    static_cast<void>(pool_.take(now_));
    for (const LinkId link : dial())
      up(link, link * 1s);
    EXPECT_TRUE(dial().empty());
  }
  EXPECT_EQ(report().dropped_slow, 0U);
}

TEST_F(StandbyPoolTest, NeverDropsBelowWhatItWants) {
  config_.min = 2;
  for (int i = 0; i < 5; ++i)
    static_cast<void>(open((i + 1) * 100ms));
  static_cast<void>(dial());
  EXPECT_EQ(closed_, (std::vector<LinkId>{5, 4, 3}));
  EXPECT_EQ(report().ready, 2U);
}

/// As long as pings go unanswered nothing can be chosen; calls must not pile up links all the same.
TEST_F(StandbyPoolTest, APeerThatAnswersNoPingDoesNotGetLinksWithoutEnd) {
  config_.candidates = 8;
  StandbyPool pool(config_, [] { return 0; });
  LinkId next = 1;
  for (int call = 0; call < 200; ++call) {
    for (unsigned left = pool.plan(now_, 32).dial; left > 0; --left) {
      pool.dialled(next, now_);
      pool.up(next++, now_);
    }
    static_cast<void>(pool.take(now_));
    now_ += 1s;
  }
  EXPECT_LE(pool.report(now_).ready, config_.max * config_.candidates);
}

TEST_F(StandbyPoolTest, WhatItDoesNotKnowChangesNothing) {
  const LinkId link = dial().at(0);
  pool_.up(99, now_);
  pool_.measured(99, 1ms);
  pool_.gone(99, false, now_);
  EXPECT_EQ(report().building, 1U);
  EXPECT_EQ(report().failed + report().taken, 0U);
  up(link);
  EXPECT_EQ(pool_.take(now_), link);
}

} // namespace
} // namespace sipveil::hop::test
