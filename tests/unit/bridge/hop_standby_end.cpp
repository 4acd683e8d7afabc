// Links that were opened ahead and fail, end, grow old or fall silent.
#include "tests/unit/bridge/standby_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::Contains;
using ::testing::UnorderedElementsAre;

TEST(HopStandby, OneThatIsLostIsReplaced) {
  StandbyScript hop;
  const LinkId link = hop.ready();
  hop.wait(StandbyPool::proving_time);
  hop.down(link);
  EXPECT_NE(hop.opened().link, link);
  EXPECT_FALSE(hop.closed(link)) << "it has ended by itself";
  EXPECT_EQ(hop.report().failed, 1U);
  EXPECT_TRUE(hop.silent());
}

TEST(HopStandby, OneThatCannotBeOpenedIsTriedAgainAndNoPhoneIsTold) {
  StandbyScript hop;
  hop.down(hop.opened().link, failure(Errc::offline, Fault::overlay));
  EXPECT_TRUE(hop.opens_none());
  hop.wait(500ms);
  hop.down(hop.opened().link, failure(Errc::unreachable, Fault::local_service));
  hop.wait(999ms);
  EXPECT_TRUE(hop.opens_none());
  hop.wait(1ms);
  static_cast<void>(hop.ready());
  EXPECT_TRUE(hop.silent());
}

TEST(HopStandby, ACallThatReachesThePeerEndsTheWait) {
  StandbyScript hop;
  for (int i = 0; i < 8; ++i) { // the peer is away
    while (hop.opens_none())
      hop.wait(50ms);
    hop.down(hop.opened().link, failure(Errc::offline, Fault::overlay));
  }
  hop.wait(1s);
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  EXPECT_TRUE(hop.opens_none());
  hop.up(link);
  EXPECT_FALSE(hop.opens_none());
}

TEST(HopStandby, AnOldOneIsReplacedAndClosed) {
  StandbyScript hop;
  const LinkId old = hop.ready(1s);
  hop.wait(187s); // five eighths of its life
  EXPECT_TRUE(hop.opens_none());
  for (int second = 0; second < 40 && hop.opens_none(); ++second)
    hop.wait(1s);
  const LinkId fresh = hop.ready(1s);
  EXPECT_TRUE(hop.closed(old));
  EXPECT_EQ(hop.report().dropped_old, 1U);
  hop.phone(Request{}.text());
  EXPECT_EQ(hop.to_link(fresh).method(), "INVITE");
}

TEST(HopStandby, ASuspectOneIsClosed) {
  StandbyScript hop;
  establish_call(hop, 1);
  const LinkId standby = hop.ready();
  hop.book.pinged.clear();
  hop.suspect(standby);
  EXPECT_TRUE(hop.closed(standby));
  EXPECT_TRUE(hop.book.pinged.empty()) << "whoever is late shall not see which other links are ours";
  EXPECT_EQ(hop.report().failed, 1U);
  hop.phone(numbered(3).text());
  EXPECT_TRUE(hop.link_hears_nothing(standby));
}

TEST(HopStandby, ARequestOnOneIsNotTakenAndTheLinkIsClosed) { // its peer tries whose it is
  StandbyScript hop;
  const LinkId standby = hop.ready();
  hop.forget();
  hop.peer(standby, numbered(7).text());
  EXPECT_TRUE(hop.phone_hears_nothing());
  EXPECT_TRUE(hop.link_hears_nothing(standby));
  EXPECT_TRUE(hop.closed(standby));
}

} // namespace
} // namespace sipveil::hop::test
