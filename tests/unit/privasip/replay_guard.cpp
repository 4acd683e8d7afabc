#include "privasip/replay_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace sipveil::privasip {
namespace {

using Verdict = ReplayGuard::Verdict;
using namespace std::chrono_literals;

constexpr UnixSeconds now = 1'700'000'000;

TEST(ReplayGuard, KnowsARequestByTokenAndCseq) {
  ReplayGuard guard(600s);
  EXPECT_EQ(guard.check("token", 1, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("token", 1, now, now), Verdict::repeated);
  EXPECT_EQ(guard.check("other", 1, now, now), Verdict::fresh);
}

TEST(ReplayGuard, LetsTheNextCseqPassOnce) {
  ReplayGuard guard(600s);
  EXPECT_EQ(guard.check("token", 7, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("token", 8, now, now), Verdict::fresh) << "the same request with credentials";
  EXPECT_EQ(guard.check("token", 8, now, now), Verdict::repeated);
  EXPECT_EQ(guard.check("token", 7, now, now), Verdict::repeated) << "an earlier one comes too late";
}

TEST(ReplayGuard, RefusesWhatIsOutsideTheWindow) {
  ReplayGuard guard(600s);
  EXPECT_EQ(guard.check("a", 1, now - 600, now), Verdict::fresh);
  EXPECT_EQ(guard.check("b", 1, now - 601, now), Verdict::stale);
  EXPECT_EQ(guard.check("c", 1, now + 120, now), Verdict::fresh);
  EXPECT_EQ(guard.check("d", 1, now + 121, now), Verdict::stale);
  EXPECT_EQ(guard.check("a", 2, now - 600, now + 1), Verdict::stale) << "seen or not";
}

TEST(ReplayGuard, AFloodCannotMakeItForget) {
  ReplayGuard guard(600s, 4);
  EXPECT_EQ(guard.check("call", 1, now, now), Verdict::fresh);
  for (int i = 0; i < 100; ++i)
    (void)guard.check("flood" + std::to_string(i), 1, now + 1 + i % 7, now);
  EXPECT_NE(guard.check("call", 1, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("elder", 1, now - 1, now), Verdict::stale) << "it may have been among those forgotten";
  EXPECT_EQ(guard.check("younger", 1, now + 60, now), Verdict::fresh)
      << "what is newer than the forgotten still passes";
}

TEST(ReplayGuard, AFullTableKeepsTheYoungest) {
  ReplayGuard guard(600s, 2);
  EXPECT_EQ(guard.check("a", 1, now + 1, now), Verdict::fresh);
  EXPECT_EQ(guard.check("b", 1, now + 2, now), Verdict::fresh);
  EXPECT_EQ(guard.check("c", 1, now, now), Verdict::stale) << "it would be the one to go";
  EXPECT_EQ(guard.check("a", 1, now + 1, now), Verdict::repeated);
  EXPECT_EQ(guard.check("d", 1, now + 3, now), Verdict::fresh);
  EXPECT_EQ(guard.check("a", 1, now + 1, now), Verdict::stale);
  EXPECT_EQ(guard.check("b", 1, now + 2, now), Verdict::repeated);
}

TEST(ReplayGuard, TimeMakesRoom) {
  ReplayGuard guard(60s, 2);
  EXPECT_EQ(guard.check("a", 1, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("b", 1, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("c", 1, now + 61, now + 61), Verdict::fresh);
  EXPECT_EQ(guard.check("d", 1, now + 61, now + 61), Verdict::fresh);
}

TEST(ReplayGuard, AClockThatIsSetBackBringsNothingBack) {
  ReplayGuard guard(60s);
  EXPECT_EQ(guard.check("a", 1, now, now), Verdict::fresh);
  EXPECT_EQ(guard.check("b", 1, now + 61, now + 61), Verdict::fresh);
  EXPECT_NE(guard.check("a", 1, now, now), Verdict::fresh);
}

} // namespace
} // namespace sipveil::privasip
