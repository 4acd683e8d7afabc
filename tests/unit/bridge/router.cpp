#include "bridge/hop/router.h"

#include "tests/unit/bridge/ways_config.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace sipveil::hop {
namespace {

using test::onion_peer;
using test::sample_config;

std::vector<std::string> names(const Way& way) {
  std::vector<std::string> list;
  for (const PeerConfig* peer : way.peers)
    list.push_back(peer->name);
  return list;
}
using Names = std::vector<std::string>;

TEST(Router, KnowsNoDomainThatIsNotListed) {
  const Config config = sample_config();
  const Router router(config, [] { return 0; });
  EXPECT_EQ(names(router.find("carol.example")), Names{"carol"});
  EXPECT_EQ(names(router.find("CAROL.Example")), Names{"carol"});
  for (const char* domain :
       {"", "example", "dave.example", "x.bob.example", "bob.example.", "bob.example.evil", "ob.example"})
    EXPECT_TRUE(router.find(domain).peers.empty()) << domain;
}

TEST(Router, TheStarTakesWhatNoOtherTakes) {
  Config config = sample_config();
  config.routes.insert(config.routes.begin(), {.domain = "*", .peers = {{"bob-2", 1, 1}}});
  const Router router(config, [] { return 0; });
  EXPECT_EQ(names(router.find("carol.example")), Names{"carol"});
  EXPECT_EQ(names(router.find("dave.example")), Names{"bob-2"});
}

TEST(Router, TriesTheLowestPriorityFirst) {
  Config config = sample_config();
  config.routes[0].peers = {{"carol", 9, 1}, {"bob-2", 0, 1}, {"bob", 5, 65535}};
  const Router router(config, std::mt19937_64(1)); // NOLINT: repeatable on purpose
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(names(router.find("bob.example")), (Names{"bob-2", "bob", "carol"}));
}

TEST(Router, DrawsAmongEqualsByWeight) {
  Config config = sample_config();
  config.routes[0].peers = {{"bob", 1, 1}, {"bob-2", 1, 8}, {"carol", 1, 1}};
  const Router router(config, std::mt19937_64(1)); // NOLINT: repeatable on purpose
  std::map<std::string, int> first;
  for (int i = 0; i < 10'000; ++i) {
    const auto order = names(router.find("bob.example"));
    ASSERT_EQ(std::set<std::string>(order.begin(), order.end()).size(), 3U);
    ++first[order.front()];
  }
  EXPECT_NEAR(first["bob"], 1000, 150);
  EXPECT_NEAR(first["bob-2"], 8000, 200);
  EXPECT_NEAR(first["carol"], 1000, 150);
}

TEST(Router, EveryEdgeOfTheDrawPicksAPeer) {
  Config config = sample_config();
  config.routes[0].peers = {{"bob", 1, 2}, {"bob-2", 1, 3}};
  const auto first_with = [&](std::uint64_t drawn) {
    return names(Router(config, [drawn] { return drawn; }).find("bob.example")).front();
  };
  EXPECT_EQ(first_with(0), "bob");
  EXPECT_EQ(first_with(1), "bob");
  EXPECT_EQ(first_with(2), "bob-2");
  EXPECT_EQ(first_with(4), "bob-2");
  EXPECT_EQ(first_with(5), "bob") << "modulo the sum";
  EXPECT_EQ(first_with(~std::uint64_t{0}), "bob"); // 2^64 - 1 is 0 modulo 5
}

TEST(Router, TheWayOfADialogIsItsPeerAndThenThoseThatAreTheSame) {
  const auto ways = [](const Config& config, std::string_view peer) {
    return names(Router(config, [] { return 0; }).to_peer(peer));
  };
  Config config = test::two_ways();
  EXPECT_EQ(ways(config, "bob"), (Names{"bob", "bob-i2p"}));
  EXPECT_EQ(ways(config, "bob-i2p"), (Names{"bob-i2p", "bob"}));
  config.routes.push_back({.domain = "*", .peers = {{"bob", 1, 1}}, .circuit = CircuitPolicy::shared});
  EXPECT_EQ(ways(config, "bob"), Names{"bob"}) << "a call of the other route may not go by I2P";
  EXPECT_EQ(ways(config, "bob-i2p"), (Names{"bob-i2p", "bob"}));
  EXPECT_EQ(Router(config, [] { return 0; }).to_peer("bob").circuit, CircuitPolicy::per_call);
  config.routes.clear();
  EXPECT_EQ(ways(config, "bob"), Names{"bob"}) << "no route has the other";
}

TEST(Router, RacesThoseOfTheLowestPriority) {
  Config config = test::raced_ways();
  config.peers.push_back(onion_peer("carol", 3));
  config.routes[0].peers.insert(config.routes[0].peers.begin(), {"carol", 7, 1});
  const Way way = Router(config, [] { return 0; }).find("bob.example");
  EXPECT_EQ(way.racing, 2U);
  EXPECT_EQ(names(way).back(), "carol");
  config.routes[0].race = false;
  EXPECT_EQ(Router(config, [] { return 0; }).find("bob.example").racing, 0U);
  config.routes[0].race = true;
  config.routes[0].peers[1].priority = 0;
  EXPECT_EQ(Router(config, [] { return 0; }).find("bob.example").racing, 0U) << "it is alone";
}

TEST(Router, TheWayOfADialogIsItsPeerAlone) {
  Config config = sample_config();
  config.routes[0].circuit = CircuitPolicy::per_peer;
  const Router router(config, [] { return 0; });
  const Way way = router.to_peer("bob-2");
  EXPECT_EQ(names(way), Names{"bob-2"});
  EXPECT_EQ(way.circuit, CircuitPolicy::per_peer);
  EXPECT_TRUE(router.to_peer("dave").peers.empty());
  EXPECT_EQ(router.find("bob.example").circuit, CircuitPolicy::per_peer);
}

} // namespace
} // namespace sipveil::hop
