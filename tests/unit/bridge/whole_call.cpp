// Whole calls from phone to phone over two hops, and everything that can get lost on the way.
#include "tests/unit/bridge/whole_call.h"

namespace sipveil::hop::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

class WholeCall : public ::testing::TestWithParam<Ender> {};
INSTANTIATE_TEST_SUITE_P(EndedBy, WholeCall, ::testing::Values(Ender::caller, Ender::callee), name_of);

TEST_P(WholeCall, IsSetUpAndEnded) {
  World world(one_peer());
  call_and_hang_up(world, GetParam());
  expect_complete(world, GetParam());
  EXPECT_TRUE(world.a.phone.rang);
  EXPECT_THAT(world.on_streams, ElementsAre(StartsWith("INVITE "), "SIP/2.0 180 Ringing", "SIP/2.0 200 OK",
                                            StartsWith("ACK "), StartsWith("BYE "), "SIP/2.0 200 OK"))
      << "nothing goes through the tunnel twice, and no 100";
  EXPECT_EQ(world.steps, 7U);
  ASSERT_EQ(world.a.hop.timelines().all().size(), 1U);
  ASSERT_EQ(world.b.hop.timelines().all().size(), 1U);
  const Timeline& a = world.a.hop.timelines().all()[0];
  const Timeline& b = world.b.hop.timelines().all()[0];
  EXPECT_EQ(a.wire, b.wire) << "their records match";
  EXPECT_EQ(b.call, b.wire);
  EXPECT_NE(a.call, a.wire);
}

TEST_P(WholeCall, OutlivesTheLossOfAnyDatagram) {
  World clean(one_peer());
  call_and_hang_up(clean, GetParam());
  ASSERT_GT(clean.datagrams, 10U);
  for (std::size_t lost = 1; lost <= clean.datagrams; ++lost) {
    SCOPED_TRACE("datagram " + std::to_string(lost));
    World world(one_peer());
    world.lost_datagram = lost;
    call_and_hang_up(world, GetParam());
    expect_complete(world, GetParam());
  }
}

// The dial, INVITE, 180, 200, ACK, BYE, 200: whichever of them the link takes with it.
TEST_P(WholeCall, OutlivesTheLossOfItsLinkAtAnyStep) {
  for (std::size_t lost = 1; lost <= 7; ++lost) {
    SCOPED_TRACE("step " + std::to_string(lost));
    World world(one_peer());
    world.lost_step = lost;
    call_and_hang_up(world, GetParam());
    expect_complete_but_for_the_last_answer(world, GetParam());
    EXPECT_EQ(world.a.hop.timelines().all().at(0).moved, lost >= 2 && lost <= 4 ? 1U : 0U);
  }
}

TEST_P(WholeCall, OutlivesALinkThatFallsSilentAtAnyStep) {
  for (std::size_t lost = 2; lost <= 7; ++lost) {
    SCOPED_TRACE("step " + std::to_string(lost));
    World world(one_peer());
    world.lost_step = lost;
    world.silently = true;
    call_and_hang_up(world, GetParam(), 20s); // it is found dead before
    expect_complete_but_for_the_last_answer(world, GetParam());
  }
}

TEST_P(WholeCall, OutlivesTheLossOfTwoLinks) {
  for (std::size_t lost = 2; lost <= 7; ++lost) {
    for (std::size_t next = lost + 1; next <= lost + 4; ++next) {
      SCOPED_TRACE("steps " + std::to_string(lost) + " and " + std::to_string(next));
      World world(one_peer());
      world.lost_step = lost;
      world.next_lost_step = next;
      call_and_hang_up(world, GetParam());
      expect_complete_but_for_the_last_answer(world, GetParam());
    }
  }
}

TEST_P(WholeCall, OutlivesTheLossOfItsLinkWhileItStands) {
  World world(one_peer());
  world.lost_step = 6; // the INFO, which is of no consequence
  SimPhone& alice = world.a.phone;
  SimPhone& bob = world.b.phone;
  alice.on_answer = [&] {
    world.after(1s, [&] { alice.send_info(); });
    world.after(10s, [&] { (GetParam() == Ender::caller ? alice : bob).hang_up(); });
  };
  alice.call("sip:bob@bob.example");
  world.run();
  expect_complete(world, GetParam());
}

TEST(WholeCallTo, AnotherPeerIfTheFirstCannotBeDialled) {
  World world(sample_config());
  world.lost_step = 1;
  call_and_hang_up(world, Ender::callee);
  expect_complete(world, Ender::callee);
}

TEST(WholeCallTo, SomebodyWhoDoesNotWait) {
  for (const Duration patience :
       {Duration(1ms), Duration(500ms), Duration(950ms), Duration(1300ms), Duration(1900ms)}) {
    SCOPED_TRACE(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count());
    World world(one_peer());
    world.b.phone.answers_after = 1min;
    world.a.phone.call("sip:bob@bob.example");
    world.after(patience, [&] { world.a.phone.cancel(); });
    world.run();
    EXPECT_EQ(world.a.phone.invite_status, 487);
    EXPECT_EQ(world.b.phone.cancelled, world.b.phone.invites == 1);
    EXPECT_EQ(world.b.phone.invites, patience < World::dialling ? 0U : 1U) << "nothing leaves before the link is up";
    EXPECT_EQ(world.a.phone.timeouts, 0U);
    expect_nothing_left(world);
  }
}

TEST(WholeCallTo, SomebodyWhoDoesNotWaitWhateverDatagramIsLost) {
  const auto run = [](std::size_t lost) {
    World world(one_peer());
    world.lost_datagram = lost;
    world.b.phone.answers_after = 1min;
    world.a.phone.call("sip:bob@bob.example");
    world.after(3s, [&] { world.a.phone.cancel(); });
    world.run();
    EXPECT_EQ(world.a.phone.invite_status, 487);
    EXPECT_TRUE(world.b.phone.cancelled);
    EXPECT_EQ(world.a.phone.timeouts, 0U);
    expect_nothing_left(world);
    return world.datagrams;
  };
  const std::size_t datagrams = run(0);
  for (std::size_t lost = 1; lost <= datagrams; ++lost) {
    SCOPED_TRACE("datagram " + std::to_string(lost));
    static_cast<void>(run(lost));
  }
}

TEST(WholeCallTo, SomebodyWhoDoesNotAnswerAtAll) {
  World world(one_peer());
  world.b.phone.answers_after = 1h;
  world.a.phone.call("sip:bob@bob.example");
  world.run();
  EXPECT_GE(world.a.phone.invite_status, 400);
  EXPECT_TRUE(world.b.phone.cancelled);
  expect_nothing_left(world);
}

} // namespace
} // namespace sipveil::hop::test
