#include "transports/i2p/inbound.h"

#include "tests/unit/transports/i2p/fake_sam.h"
#include "tests/unit/transports/i2p/run_result.h"
#include "tests/unit/transports/stream_helpers.h"
#include "transports/i2p/sessions.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil::i2p {
namespace {

using test::FakeDestination;
using test::FakeSam;
using test::run;
using test::run_until;
using testing::HasSubstr;
using testing::Not;
using Phase = InboundState::Phase;
using Step = FakeSam::Step;

class I2pInbound : public testing::Test {
 protected:
  void start(std::vector<B32Name> allow = {}) {
    inbound = std::make_unique<Inbound>(
        io.get_executor(),
        InboundOptions{
            sam.endpoint(), {2, 3}, {SecretBytes(own.private_key), own.name}, std::move(allow), clearing, first},
        [this](StreamPtr stream, const B32Name& caller) {
          streams.push_back(std::move(stream));
          callers.push_back(caller);
        },
        [this](const InboundState& state) {
          if (state.phase == stop_at) inbound->stop();
          if (state.phase == destroy_at) inbound.reset();
          states.push_back(state);
        });
    inbound->start();
  }
  bool is(Phase phase) const { return inbound->state().phase == phase; }
  void wait_for(Phase phase) {
    run_until(io, [&] { return is(phase); });
  }
  std::string session() const { return inbound->session_id(); }
  /// How many there ever were of its destination.
  long own_sessions() const {
    return std::count_if(sam.sessions().begin(), sam.sessions().end(),
                         [&](const FakeSam::Session& one) { return one.destination.name == own.name; });
  }

  asio::io_context io;
  FakeSam sam{io};
  const FakeDestination own = test::fresh_destination();
  std::vector<StreamPtr> streams;
  std::vector<B32Name> callers;
  std::vector<InboundState> states;
  Duration clearing = 20ms;
  bool first = false;
  std::optional<Phase> stop_at;
  std::optional<Phase> destroy_at;
  std::unique_ptr<Inbound> inbound;
};

TEST_F(I2pInbound, IsReachableOnceItHasBeenReached) {
  sam.behaviour().withhold_status = true;
  start();
  EXPECT_TRUE(is(Phase::connecting));
  EXPECT_TRUE(session().empty());
  wait_for(Phase::reachable);
  EXPECT_FALSE(session().empty());
  ASSERT_EQ(sam.sessions().size(), 2U) << "its own and that of the check";
  EXPECT_EQ(sam.sessions()[0].destination.private_key, own.private_key);
  EXPECT_EQ(sam.sessions()[0].id, session());
  EXPECT_EQ(sam.connects(), std::vector{sam.sessions()[1].id});
  EXPECT_TRUE(streams.empty()) << "the check is no call";
  sam.release_status();
  run_until(io, [&] { return sam.open_sessions() == 1; });
  EXPECT_TRUE(is(Phase::reachable));
}

TEST_F(I2pInbound, TheRoutersWordAloneIsNotReachable) {
  first = true;
  sam.behaviour().not_found = 1000;
  start();
  wait_for(Phase::publishing);
  EXPECT_EQ(states.at(0).phase, Phase::building);
  EXPECT_THAT(inbound->state().text(), HasSubstr("cannot reach"));
  sam.behaviour().not_found = 0;
  wait_for(Phase::reachable);
}

TEST_F(I2pInbound, StreamsComeWithTheirCallers) {
  start();
  wait_for(Phase::reachable);
  const auto alice = test::fresh_destination();
  const auto bob = test::fresh_destination();
  sam.call(session(), alice);
  sam.call(session(), bob);
  run_until(io, [&] { return streams.size() == 2; });
  EXPECT_THAT(callers, testing::UnorderedElementsAre(alice.name, bob.name));
  EXPECT_EQ(run(io, test::echo(*streams[0], "hello")).value(), "hello");
  EXPECT_EQ(run(io, test::echo(*streams[1], "there")).value(), "there");
}

TEST_F(I2pInbound, ACallerOfTheSameRouterSeesWhatIsAnswered) {
  start();
  wait_for(Phase::reachable);
  Sessions out(io.get_executor(), {sam.endpoint(), {}, 3});
  auto stream = run(io, out.connect(own.name, fresh_isolation(), "INVITE"));
  ASSERT_TRUE(stream);
  run_until(io, [&] { return streams.size() == 1; });
  EXPECT_EQ(run(io, test::read_exactly(*streams[0], 6)).value(), "INVITE");
  ASSERT_TRUE(run(io, streams[0]->write(std::string_view("180"))));
  EXPECT_EQ(run(io, test::read_exactly(**stream, 3)).value(), "180");
  EXPECT_EQ(callers.at(0), sam.sessions().back().destination.name);
}

TEST_F(I2pInbound, OnlyWhoIsAllowedGetsIn) {
  const auto friendly = test::fresh_destination();
  start({friendly.name});
  wait_for(Phase::reachable);
  sam.call(session(), test::fresh_destination());
  sam.call(session(), friendly);
  run_until(io, [&] { return streams.size() == 1; });
  EXPECT_EQ(callers.at(0), friendly.name);
}

TEST_F(I2pInbound, ARouterThatGoesIsWaitedFor) {
  start();
  wait_for(Phase::reachable);
  const std::string before = session();
  sam.drop_all();
  wait_for(Phase::lost);
  EXPECT_TRUE(session().empty());
  ASSERT_TRUE(inbound->state().problem);
  EXPECT_EQ(inbound->state().problem->where, Fault::local_service);
  wait_for(Phase::reachable);
  EXPECT_EQ(session(), before) << "its name tells the router that it is the same again";
  EXPECT_EQ(own_sessions(), 2);
  sam.call(session(), test::fresh_destination());
  run_until(io, [&] { return streams.size() == 1; });
}

// i2pd 2.45 would end the new session together with what is left of the last.
TEST_F(I2pInbound, ASessionWaitsUntilTheRouterHasClearedTheLastAway) {
  clearing = 700ms;
  sam.behaviour().inherits = true;
  start();
  wait_for(Phase::lost);
  EXPECT_THAT(inbound->state().text(), HasSubstr("not cleared"));
  const auto ended = std::chrono::steady_clock::now();
  sam.behaviour() = {};
  run_until(io, [&] { return !session().empty(); });
  EXPECT_GE(std::chrono::steady_clock::now() - ended, clearing - 50ms);
  wait_for(Phase::reachable);
}

// i2pd 2.45 notices the end of a session only when it has said its STATUS, and then clears its destination away.
TEST_F(I2pInbound, TheLastSessionIsNotJoinedBeforeTheRouterHasNoticedItsEnd) {
  clearing = 400ms;
  sam.behaviour().withhold_status = true;
  start();
  wait_for(Phase::reachable);
  inbound.reset();
  start();
  wait_for(Phase::clearing);
  states.clear();
  io.run_for(1200ms); // it asks every second
  EXPECT_TRUE(states.empty()) << states.front().text();
  EXPECT_TRUE(session().empty());
  EXPECT_EQ(own_sessions(), 1);
  sam.release_status();
  wait_for(Phase::reachable);
  EXPECT_EQ(own_sessions(), 2);
}

TEST_F(I2pInbound, WhatAnEarlierProcessMayHaveLeftIsWaitedForUnlessThereCanBeNone) {
  clearing = 10min;
  start();
  wait_for(Phase::clearing);
  EXPECT_THAT(inbound->state().text(), HasSubstr("clears"));
  first = true;
  start();
  wait_for(Phase::building);
  EXPECT_EQ(states.back().phase, Phase::building);
}

TEST_F(I2pInbound, ARefusedKeyIsNamedAndNotQuoted) {
  sam.behaviour().session_reply = "SESSION STATUS RESULT=INVALID_KEY";
  start();
  wait_for(Phase::lost);
  EXPECT_EQ(inbound->state().problem->code, Errc::invalid);
  EXPECT_THAT(inbound->state().problem->text(), Not(HasSubstr(own.private_key.substr(0, 20))));
  EXPECT_EQ(inbound->state().text(), inbound->state().problem->what);
}

TEST_F(I2pInbound, AcceptingGoesOnAfterAFailedOne) {
  sam.behaviour().not_known = 2;
  start();
  wait_for(Phase::reachable);
  sam.behaviour().cut_at = Step::caller;
  sam.call(session(), test::fresh_destination());
  for (int i = 0; i < 20; ++i)
    io.run_one_for(10ms);
  sam.behaviour() = {};
  sam.call(session(), test::fresh_destination());
  run_until(io, [&] { return streams.size() == 1; });
}

TEST_F(I2pInbound, StopsAtEveryStep) {
  const auto asked_for = [&](Step step) -> long {
    const std::map<Step, std::string> requests = {{Step::probe, "none"},
                                                  {Step::session, "leaseSetEncType"},
                                                  {Step::accept, "STREAM ACCEPT"},
                                                  {Step::connect, "STREAM CONNECT"},
                                                  {Step::dest, "DEST GENERATE"}};
    if (step == Step::hello) return static_cast<long>(sam.open_connections());
    return std::count_if(sam.requests().begin(), sam.requests().end(), [&](const std::string& request) {
      return request.find(requests.at(step)) != std::string::npos;
    });
  };
  for (const auto step : {Step::hello, Step::probe, Step::session, Step::accept, Step::connect, Step::dest}) {
    sam.behaviour() = {};
    sam.behaviour().silent_at = step;
    const auto before = asked_for(step);
    start();
    run_until(io, [&] { return asked_for(step) > before; });
    for (int i = 0; i < 10; ++i)
      io.run_one_for(1ms);
    const auto heard = states.size();
    inbound->stop();
    run_until(io, [&] { return sam.open_sessions() == 0; });
    EXPECT_EQ(states.size(), heard) << "nothing is told after stop";
    inbound.reset();
    run_until(io, [&] { return sam.open_connections() == 0; });
  }
}

TEST_F(I2pInbound, TheWatcherMayStopOrDestroyIt) {
  stop_at = Phase::building;
  start();
  run_until(io, [&] { return !states.empty(); });
  run_until(io, [&] { return sam.open_sessions() == 0 && sam.open_connections() == 0; });
  stop_at.reset();
  destroy_at = Phase::reachable;
  start();
  run_until(io, [&] { return inbound == nullptr; });
  run_until(io, [&] { return sam.open_sessions() == 0 && sam.open_connections() == 0; });
}

class I2pDestinationKey : public testing::Test {
 protected:
  I2pDestinationKey() { std::filesystem::create_directory(dir); }
  ~I2pDestinationKey() override { std::filesystem::remove_all(dir); }

  const std::filesystem::path dir = testing::TempDir() + "sipveil-i2p-" + std::to_string(::getpid());
  asio::io_context io;
  FakeSam sam{io};
};

TEST_F(I2pDestinationKey, ComesFromTheRouterAndStaysInItsFile) {
  ASSERT_TRUE(load_destination(dir));
  EXPECT_FALSE(load_destination(dir).value());
  const auto made = test::run_result(io, generate_destination(sam.endpoint()));
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(sam.requests().back(), "DEST GENERATE SIGNATURE_TYPE=7\n");
  ASSERT_TRUE(store_destination(dir, *made));
  struct stat status {};
  ASSERT_EQ(::stat((dir / "i2p_destination").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto loaded = load_destination(dir);
  ASSERT_TRUE(loaded && *loaded);
  EXPECT_EQ((*loaded)->name, made->name);
  EXPECT_EQ((*loaded)->private_key.reveal(), made->private_key.reveal());
  EXPECT_EQ(store_destination(dir, *made).error().code, Errc::invalid) << "a key is never overwritten";
}

TEST_F(I2pDestinationKey, AFileThatHoldsNoneIsNamed) {
  const auto file = dir / "i2p_destination";
  std::ofstream(file) << "no key\n";
  EXPECT_EQ(load_destination(dir).error().code, Errc::io) << "others may read it";
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  const auto loaded = load_destination(dir);
  EXPECT_EQ(loaded.error().code, Errc::invalid);
  EXPECT_THAT(loaded.error().text(), HasSubstr(file.string()));
  std::ofstream(file) << test::fresh_destination().private_key << "\n";
  EXPECT_TRUE(load_destination(dir));
}

TEST_F(I2pDestinationKey, OtherThanWhatWasAskedForIsRefused) {
  const auto good = test::fresh_destination();
  const auto dsa = test::fresh_destination(0);
  for (const auto& reply :
       {std::string("DEST REPLY RESULT=I2P_ERROR"), std::string("DEST REPLY"), "DEST REPLY PUB=" + good.public_part,
        "DEST REPLY PUB=" + dsa.public_part + " PRIV=" + good.private_key,
        "DEST REPLY PUB=" + dsa.public_part + " PRIV=" + dsa.private_key,
        "DEST REPLY PUB=" + good.public_part + " PRIV=" + good.public_part, std::string("STREAM STATUS RESULT=OK")}) {
    sam.behaviour().dest_reply = reply;
    const auto made = test::run_result(io, generate_destination(sam.endpoint()));
    ASSERT_FALSE(made) << reply;
    EXPECT_EQ(made.error().where, Fault::local_service);
    EXPECT_THAT(made.error().text(), Not(HasSubstr(good.private_key.substr(0, 20))));
  }
  for (const auto step : {Step::hello, Step::dest}) {
    sam.behaviour() = {};
    sam.behaviour().close_at = step;
    EXPECT_EQ(test::run_result(io, generate_destination(sam.endpoint())).error().code, Errc::closed);
  }
}

} // namespace
} // namespace sipveil::i2p
