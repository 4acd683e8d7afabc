// Whole calls between hops that have two ways to each other: whatever becomes of one of them, whenever, the phones see
// one call.
#include "tests/unit/bridge/ways_config.h"
#include "tests/unit/bridge/whole_call.h"

#include <array>

namespace sipveil::hop::test {
namespace {

using Trouble = World::Trouble;

constexpr Duration lasts = 8min;

struct Moment {
  const char* name;
  Duration at; ///< after the INVITE
};
/// Without links ahead a dial takes 900 ms, a way through the tunnel 300 ms, and Bob rings for 2 s.
constexpr Moment moments[] = {{"before the dial", -1s}, {"dialling", 450ms},
                              {"sent", 1100ms},         {"rung, not yet heard", 1400ms},
                              {"ringing", 2500ms},      {"answered, not yet heard", 3250ms},
                              {"acknowledged", 3700ms}, {"in the dialog", 6s}};

enum class Order { onion_first, i2p_first, raced };

struct Played {
  Ender ender;
  bool ahead; ///< there are links opened ahead
  Order order;
};

class WaysCall : public ::testing::TestWithParam<Played> {
 protected:
  static Config config() {
    const StandbyConfig standby = GetParam().ahead ? StandbyConfig{.candidates = 1} : StandbyConfig{.min = 0, .max = 0};
    if (GetParam().order == Order::raced) return raced_ways(standby);
    Config config = two_ways(standby);
    if (GetParam().order == Order::i2p_first) config.routes[0].peers = {{"bob-i2p", 1, 1}, {"bob", 2, 1}};
    return config;
  }
  static std::string first() { return GetParam().order == Order::i2p_first ? "bob-i2p" : "bob"; }
  static void play(World& world, const std::string& peer, Trouble trouble, const Moment& moment) {
    const Duration talk = trouble == Trouble::away || trouble == Trouble::refused ? 10s : 45s; // until it is noticed
    if (GetParam().ahead) {
      world.a.hop.start(world.now);
      world.run_for(5s);
    }
    if (moment.at < 0s) {
      world.trouble(peer, trouble);
    } else {
      world.after(moment.at, [&world, peer, trouble] { world.trouble(peer, trouble); });
    }
    call_and_hang_up(world, GetParam().ender, talk, lasts);
  }
};
std::string name_of_played(const ::testing::TestParamInfo<Played>& tested) {
  constexpr std::array orders{"OnionFirst", "I2pFirst", "Raced"};
  return std::string(tested.param.ender == Ender::caller ? "Caller" : "Callee") +
         orders.at(static_cast<std::size_t>(tested.param.order)) + (tested.param.ahead ? "WithLinksAhead" : "");
}

std::vector<Played> all_played() {
  std::vector<Played> all;
  for (const Ender ender : {Ender::caller, Ender::callee}) {
    for (const Order order : {Order::onion_first, Order::i2p_first})
      for (const bool ahead : {false, true})
        all.push_back({ender, ahead, order});
    all.push_back({ender, true, Order::raced});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Played, WaysCall, ::testing::ValuesIn(all_played()), name_of_played);

TEST_P(WaysCall, OutlivesTheLossOfAWayAtAnyMoment) {
  for (const auto& [trouble, name] :
       {std::pair(Trouble::away, "away"), std::pair(Trouble::refused, "refused"), std::pair(Trouble::hangs, "hangs"),
        std::pair(Trouble::deaf, "deaf"), std::pair(Trouble::mute, "mute")})
    for (const Moment& moment : moments)
      for (const char* peer : {"bob", "bob-i2p"}) {
        if (peer != first() && GetParam().order != Order::raced) continue;
        SCOPED_TRACE(std::string(peer) + " " + name + ", " + moment.name);
        World world(config());
        play(world, peer, trouble, moment);
        expect_complete_but_for_the_last_answer(world, GetParam().ender);
      }
}

TEST_P(WaysCall, ItsTimelineTellsByWhichItWent) {
  World world(config());
  play(world, first(), Trouble::away, moments[0]);
  EXPECT_EQ(world.a.hop.timelines().all().at(0).way, first() == "bob" ? "bob-i2p" : "bob");
  if (GetParam().order == Order::raced) return;
  World clean(config());
  play(clean, first(), Trouble::none, moments[0]);
  EXPECT_EQ(clean.a.hop.timelines().all().at(0).way, first());
}

} // namespace
} // namespace sipveil::hop::test
