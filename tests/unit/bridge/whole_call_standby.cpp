// Whole calls while links are opened ahead, and the loss of any of them at any step.
#include "tests/unit/bridge/standby_script.h"
#include "tests/unit/bridge/whole_call.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr Duration warming_up = 5s; ///< links are opened ahead and measured
constexpr Duration lasts = 8min;

class StandbyWorld : public World {
 public:
  explicit StandbyWorld(unsigned candidates) : World(one_peer_with_standby({.candidates = candidates})) {
    a.hop.start(now);
    run_for(warming_up);
  }
};

class StandbyCall : public ::testing::TestWithParam<Ender> {
 protected:
  /// Steps of a call that nothing happens to, and those before it.
  static std::pair<std::size_t, std::size_t> steps(unsigned candidates, Duration talk) {
    StandbyWorld world(candidates);
    const std::size_t before = world.steps;
    call_and_hang_up(world, GetParam(), talk, talk + 10s);
    return {before, world.steps};
  }
};
INSTANTIATE_TEST_SUITE_P(EndedBy, StandbyCall, ::testing::Values(Ender::caller, Ender::callee), name_of);

TEST_P(StandbyCall, TakesOneTripThereAndOneBackUntilItRings) {
  StandbyWorld world(2);
  call_and_hang_up(world, GetParam(), 5s, lasts);
  expect_complete(world, GetParam());
  EXPECT_THAT(world.on_streams, ElementsAre(StartsWith("INVITE "), "SIP/2.0 180 Ringing", "SIP/2.0 200 OK",
                                            StartsWith("ACK "), StartsWith("BYE "), "SIP/2.0 200 OK"));
  const Timeline& line = world.a.hop.timelines().all().at(0);
  EXPECT_EQ(line.source, LinkSource::standby);
  EXPECT_LE(line.ringing - line.received, 2 * World::tunnel + 2 * World::loopback + 100ms)
      << "and what Bob's phone takes";
}

TEST_P(StandbyCall, OutlivesTheLossOfALinkAtAnyStep) {
  for (const unsigned candidates : {1U, 2U}) {
    const auto [before, all] = steps(candidates, 5s);
    ASSERT_GE(all - before, 6U);
    for (std::size_t lost = before + 1; lost <= all + 2; ++lost) {
      SCOPED_TRACE("step " + std::to_string(lost) + " of " + std::to_string(all));
      StandbyWorld world(candidates);
      world.lost_step = lost;
      call_and_hang_up(world, GetParam(), 5s, lasts);
      expect_complete_but_for_the_last_answer(world, GetParam());
    }
  }
}

TEST_P(StandbyCall, OutlivesALinkThatFallsSilentAtAnyStep) {
  for (const unsigned candidates : {1U, 2U}) {
    const auto [before, all] = steps(candidates, 20s);
    for (std::size_t lost = before + 1; lost <= all + 2; ++lost) {
      SCOPED_TRACE("step " + std::to_string(lost) + " of " + std::to_string(all));
      StandbyWorld world(candidates);
      world.silently = true;
      world.lost_step = lost;
      call_and_hang_up(world, GetParam(), 20s, lasts);
      expect_complete_but_for_the_last_answer(world, GetParam());
      // A link that is ready takes over when the lost one is suspect, not when it is dead.
      const Timeline& line = world.a.hop.timelines().all().at(0);
      EXPECT_LT(line.answered - line.received, 10s);
    }
  }
}

TEST_P(StandbyCall, OutlivesTheLossOfTwoLinks) {
  for (const bool silently : {false, true}) {
    const auto [before, all] = steps(1, 20s);
    for (std::size_t lost = before + 1; lost <= all; ++lost) {
      for (std::size_t next = lost + 1; next <= lost + 5; ++next) {
        SCOPED_TRACE("steps " + std::to_string(lost) + " and " + std::to_string(next) + (silently ? ", silently" : ""));
        StandbyWorld world(1);
        world.silently = silently;
        world.lost_step = lost;
        world.next_lost_step = next;
        call_and_hang_up(world, GetParam(), 40s, lasts);
        expect_complete_but_for_the_last_answer(world, GetParam());
      }
    }
  }
}

TEST_P(StandbyCall, OutlivesTheLossOfItsLinkWhileItStands) {
  for (const bool silently : {false, true}) {
    StandbyWorld world(2);
    world.silently = silently;
    SimPhone& alice = world.a.phone;
    SimPhone& bob = world.b.phone;
    alice.on_answer = [&] {
      world.after(3s, [&] {
        world.lost_step = world.steps + 1; // the INFO, which is of no consequence, or a refill
        alice.send_info();
      });
      world.after(30s, [&] { (GetParam() == Ender::caller ? alice : bob).hang_up(); });
    };
    alice.call("sip:bob@bob.example");
    world.run_for(lasts);
    expect_complete(world, GetParam());
  }
}

TEST(StandbyCallTo, SomebodyWhoDoesNotWaitWhateverLinkIsLost) {
  for (const bool silently : {false, true}) {
    for (std::size_t lost = 0; lost <= 6; ++lost) {
      for (const Duration patience :
           {Duration(1ms), Duration(400ms), Duration(800ms), Duration(3500ms), Duration(5s)}) {
        SCOPED_TRACE(std::to_string(lost) + (silently ? " silently, " : ", ") +
                     std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count()) + " ms");
        StandbyWorld world(1);
        world.silently = silently;
        if (lost != 0) world.lost_step = world.steps + lost;
        world.b.phone.answers_after = 1min;
        world.a.phone.call("sip:bob@bob.example");
        world.after(patience, [&] { world.a.phone.cancel(); });
        world.run_for(lasts);
        EXPECT_EQ(world.a.phone.invite_status, 487);
        EXPECT_LE(world.b.phone.invites, 1U);
        EXPECT_EQ(world.b.phone.cancelled, world.b.phone.invites == 1);
        EXPECT_EQ(world.a.phone.timeouts, 0U);
        expect_nothing_left(world);
      }
    }
  }
}

} // namespace
} // namespace sipveil::hop::test
