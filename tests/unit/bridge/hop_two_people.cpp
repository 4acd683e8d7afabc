// Peers that are not the same sipveil: two of them never have one request.
#include "tests/unit/bridge/ways_config.h"

namespace sipveil::hop::test {
namespace {

const Error away = failure(Errc::unreachable, Fault::local_service);
const Error offline = failure(Errc::offline, Fault::overlay);

TEST(HopTwoPeople, NothingIsSaidToTheFirstBeforeHeIsThere) {
  for (const Error& error : {away, offline, failure(Errc::timed_out, Fault::overlay)}) {
    Script hop(two_people());
    hop.phone(Request{}.text());
    const LinkId first = hop.dialled().link;
    EXPECT_TRUE(hop.link_hears_nothing(first)) << "what fails may have carried it all the same";
    hop.down(first, error);
    const auto second = hop.dialled();
    EXPECT_EQ(second.peer, "bob-i2p");
    EXPECT_EQ(hop.to_link(second.link).method(), "INVITE") << "there is no third";
  }
}

TEST(HopTwoPeople, WhenTheFirstIsThereHeHearsItAndNobodyElseDoes) {
  Script hop(two_people());
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  EXPECT_EQ(hop.to_link(link).method(), "INVITE");
  EXPECT_EQ(hop.book.awaited[link], 1U);
  hop.down(link);
  for (const auto& dial : hop.fail_dials(Detour::return_time, away))
    EXPECT_EQ(dial.peer, "bob");
}

TEST(HopTwoPeople, ACancelBeforeThatLeavesNothingBehind) {
  Script hop(two_people());
  hop.phone(Request{}.text());
  const LinkId link = hop.dialled().link;
  hop.phone(Request{.method = "CANCEL"}.text());
  EXPECT_TRUE(hop.closed(link));
  hop.wait(1min);
  EXPECT_TRUE(hop.link_hears_nothing(link));
  EXPECT_TRUE(hop.book.dials.empty());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopTwoPeople, ACancelOnASharedLinkLeavesNothingBehindEither) {
  Config config = two_people();
  config.routes[0].circuit = CircuitPolicy::shared;
  Script hop(config);
  hop.phone(numbered(1).text());
  hop.phone(numbered(2).text());
  const LinkId link = hop.dialled().link;
  hop.phone(numbered_cancel(1).text());
  EXPECT_FALSE(hop.closed(link));
  hop.up(link);
  EXPECT_EQ(hop.to_link(link).message.call_id(), wire(numbered(2).call_id));
  EXPECT_TRUE(hop.link_hears_nothing(link));
}

TEST(HopTwoPeople, OfThreePeersTheOneInBetweenIsNotAskedOnceTheFirstMayHaveIt) {
  Config config = two_ways();
  config.peers.push_back(onion_peer("carol", 3));
  config.routes[0].peers = {{"bob", 1, 1}, {"carol", 2, 1}, {"bob-i2p", 3, 1}};
  {
    Script hop(config);
    hop.down(hop.invite_over_link());
    EXPECT_EQ(hop.dialled().peer, "bob-i2p");
  }
  Script hop(config);
  hop.phone(Request{}.text());
  hop.down(hop.dialled().link, away);
  const auto carol = hop.dialled();
  EXPECT_EQ(carol.peer, "carol");
  EXPECT_TRUE(hop.link_hears_nothing(carol.link)) << "bob may still be asked";
  hop.up(carol.link);
  EXPECT_EQ(hop.to_link(carol.link).method(), "INVITE");
  hop.down(carol.link);
  for (const auto& dial : hop.fail_dials(Detour::return_time, away))
    EXPECT_EQ(dial.peer, "carol");
}

} // namespace
} // namespace sipveil::hop::test
