// Whole calls from phone to phone over two hops, and everything that can get lost on the way.
#include "tests/unit/bridge/hop_script.h"
#include "tests/unit/bridge/sim_world.h"

namespace sipveil::hop::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

enum class Ender { caller, callee };

Config one_peer() {
  Config config = sample_config();
  config.routes[0].peers.resize(1);
  return config;
}

/// Alice calls Bob; they talk for five seconds; one of them hangs up. Whoever is still in the call much later does so
/// too.
void call_and_hang_up(World& world, Ender ender) {
  SimPhone& alice = world.a.phone;
  SimPhone& bob = world.b.phone;
  alice.on_answer = [&world, ender, &alice, &bob] {
    world.after(5s, [ender, &alice, &bob] { (ender == Ender::caller ? alice : bob).hang_up(); });
  };
  alice.call("sip:bob@bob.example");
  world.after(5min, [&alice] { alice.hang_up(); });
  world.after(6min, [&bob] { bob.hang_up(); });
  world.run();
}

void expect_nothing_left(const World& world) {
  EXPECT_EQ(world.a.hop.exchanges(), 0U);
  EXPECT_EQ(world.a.hop.calls(), 0U);
  EXPECT_EQ(world.b.hop.exchanges(), 0U);
  EXPECT_EQ(world.b.hop.calls(), 0U);
  EXPECT_FALSE(world.a.phone.busy());
  EXPECT_FALSE(world.b.phone.busy());
}

void expect_complete(const World& world, Ender ender) {
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

class WholeCall : public ::testing::TestWithParam<Ender> {};
INSTANTIATE_TEST_SUITE_P(EndedBy, WholeCall, ::testing::Values(Ender::caller, Ender::callee),
                         [](const auto& tested) { return tested.param == Ender::caller ? "Caller" : "Callee"; });

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

TEST_P(WholeCall, IsAnsweredAtBothEndsWhereverItsLinkIsLost) {
  for (std::size_t lost = 1; lost <= 7; ++lost) {
    SCOPED_TRACE("step " + std::to_string(lost));
    World world(one_peer());
    world.lost_step = lost;
    call_and_hang_up(world, GetParam());
    const SimPhone& alice = world.a.phone;
    const SimPhone& bob = world.b.phone;
    EXPECT_EQ(alice.timeouts + bob.timeouts, 0U) << "every request of a phone got an answer";
    // The dial, INVITE, 180, 200, ACK, BYE, 200.
    constexpr int answer_to_invite[] = {0, 480, 503, 503, 503, 200, 200, 200};
    EXPECT_EQ(alice.invite_status, answer_to_invite[lost]);
    EXPECT_EQ(bob.cancelled, lost == 3) << "nobody is there any more";
    EXPECT_EQ(bob.acknowledged, lost >= 5) << "the redial brings the ACK";
    if (lost == 5) {
      EXPECT_EQ((GetParam() == Ender::caller ? alice : bob).bye_status, 200);
    }
    expect_nothing_left(world);
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
