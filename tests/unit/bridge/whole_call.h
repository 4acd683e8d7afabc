#pragma once

#include "tests/unit/bridge/hop_script.h"
#include "tests/unit/bridge/sim_world.h"

#include <string>

namespace sipveil::hop::test {

enum class Ender { caller, callee };

/// Alice calls Bob; they talk; one of them hangs up. Whoever is still in the call much later does so too. Until nothing
/// is left to happen, or for so long.
inline void call_and_hang_up(World& world, Ender ender, Duration talk = 5s, Duration lasts = {}) {
  SimPhone& alice = world.a.phone;
  SimPhone& bob = world.b.phone;
  alice.on_answer = [&world, ender, talk, &alice, &bob] {
    world.after(talk, [ender, &alice, &bob] { (ender == Ender::caller ? alice : bob).hang_up(); });
  };
  alice.call("sip:bob@bob.example");
  world.after(5min, [&alice] { alice.hang_up(); });
  world.after(6min, [&bob] { bob.hang_up(); });
  if (lasts == Duration{}) return world.run();
  world.run_for(lasts);
}

inline void expect_nothing_left(const World& world) {
  EXPECT_EQ(world.a.hop.exchanges(), 0U);
  EXPECT_EQ(world.a.hop.calls(), 0U);
  EXPECT_EQ(world.b.hop.exchanges(), 0U);
  EXPECT_EQ(world.b.hop.calls(), 0U);
  EXPECT_FALSE(world.a.phone.busy());
  EXPECT_FALSE(world.b.phone.busy());
}

inline void expect_complete(const World& world, Ender ender) {
  const SimPhone& alice = world.a.phone;
  const SimPhone& bob = world.b.phone;
  EXPECT_EQ(alice.invite_status, 200);
  EXPECT_EQ(bob.invites, 1U);
  EXPECT_TRUE(bob.rang);
  EXPECT_TRUE(bob.acknowledged);
  EXPECT_EQ((ender == Ender::caller ? alice : bob).bye_status, 200);
  EXPECT_EQ((ender == Ender::caller ? bob : alice).byes, 1U);
  EXPECT_EQ(alice.timeouts + bob.timeouts, 0U);
  expect_nothing_left(world);
}

/// Or all but the answer to Bob's BYE: once Alice's bridge has given that, it needs no link any more, so that nobody
/// tells Bob's when it is lost.
inline void expect_complete_but_for_the_last_answer(const World& world, Ender ender) {
  if (ender == Ender::caller || world.b.phone.bye_status == 200) return expect_complete(world, ender);
  EXPECT_EQ(world.a.phone.invite_status, 200);
  EXPECT_EQ(world.b.phone.invites, 1U);
  EXPECT_EQ(world.a.phone.byes, 1U);
  expect_nothing_left(world);
}

inline std::string name_of(const ::testing::TestParamInfo<Ender>& tested) {
  return tested.param == Ender::caller ? "Caller" : "Callee";
}

} // namespace sipveil::hop::test
