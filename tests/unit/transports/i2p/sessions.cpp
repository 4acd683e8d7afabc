#include "transports/i2p/sessions.h"

#include "tests/unit/transports/i2p/fake_sam.h"
#include "tests/unit/transports/run.h"
#include "tests/unit/transports/stream_helpers.h"
#include "transports/dial.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>

namespace sipveil::i2p {
namespace {

using test::FakeSam;
using test::run;
using test::run_until;
using testing::HasSubstr;
using testing::Not;
using Step = FakeSam::Step;

class I2pSessionsTest : public testing::Test {
 protected:
  Result<StreamPtr> connect(std::optional<Isolation> isolation, std::string early = "") {
    return run(io, sessions->connect(peer, std::move(isolation), std::move(early)));
  }
  Result<StreamPtr> connect_to(const B32Name& name, const Isolation& isolation) {
    return run(io, sessions->connect(name, isolation, ""));
  }
  void settle() {
    run_until(io, [&] { return sam.open_sessions() == sessions->open(); });
  }

  asio::io_context io;
  FakeSam sam{io};
  const B32Name peer = test::fresh_destination().name;
  const B32Name other_peer = test::fresh_destination().name;
  std::unique_ptr<Sessions> sessions =
      std::make_unique<Sessions>(io.get_executor(), SessionsOptions{sam.endpoint(), {2, 4}, 3});
};

TEST_F(I2pSessionsTest, AStreamReachesThePeerByItsName) {
  auto stream = connect(fresh_isolation(), "early");
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(run(io, test::read_exactly(**stream, 5)).value(), "early");
  EXPECT_EQ(run(io, test::echo(**stream, "hello")).value(), "hello");
  ASSERT_EQ(sam.sessions().size(), 1U);
  EXPECT_THAT(sam.sessions()[0].request, HasSubstr("inbound.length=2 outbound.length=2 inbound.quantity=4"));
  EXPECT_THAT(sam.requests().back(), HasSubstr("DESTINATION=" + peer.host() + " "));
}

TEST_F(I2pSessionsTest, EachCredentialHasASessionOfItsOwn) {
  const auto shared = fresh_isolation();
  auto first = connect(shared);
  auto second = connect(shared);
  auto third = connect(fresh_isolation());
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(sessions->open(), 2U);
  const auto used = sam.connects();
  EXPECT_EQ(used.at(0), used.at(1));
  EXPECT_NE(used.at(0), used.at(2));
  EXPECT_NE(sam.sessions().at(0).destination.name, sam.sessions().at(1).destination.name);
}

TEST_F(I2pSessionsTest, WithoutACredentialEachStreamHasOne) {
  auto first = connect(std::nullopt);
  auto second = connect(std::nullopt);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(sam.open_sessions(), 2U);
}

TEST_F(I2pSessionsTest, ASessionEndsWithItsLastStream) {
  const auto shared = fresh_isolation();
  auto first = connect(shared);
  auto second = connect_to(other_peer, shared);
  ASSERT_TRUE(first && second);
  (*first)->close();
  settle();
  EXPECT_EQ(sam.open_sessions(), 1U);
  second->reset();
  EXPECT_EQ(sessions->open(), 0U);
  settle();
  run_until(io, [&] { return sam.open_connections() == 0; });
}

TEST_F(I2pSessionsTest, StreamsOutliveTheBook) {
  auto stream = connect(fresh_isolation());
  ASSERT_TRUE(stream);
  sessions.reset();
  EXPECT_EQ(run(io, test::echo(**stream, "still")).value(), "still");
  stream->reset();
  run_until(io, [&] { return sam.open_connections() == 0; });
}

TEST_F(I2pSessionsTest, AfterAStreamToAPeerHasEndedThatPeerGetsANewSession) {
  const auto shared = fresh_isolation();
  auto first = connect(shared);
  auto elsewhere = connect_to(other_peer, shared);
  ASSERT_TRUE(first && elsewhere);
  first->reset();
  auto again = connect(shared);
  ASSERT_TRUE(again);
  EXPECT_EQ(sam.sessions().size(), 2U);
  auto used = sam.connects();
  EXPECT_NE(used.at(0), used.at(2));
  // The peer that had no trouble stays where it is, and joins the new one when it dials anew.
  EXPECT_EQ(run(io, test::echo(**elsewhere, "well")).value(), "well");
  auto joined = connect_to(other_peer, shared);
  ASSERT_TRUE(joined);
  EXPECT_EQ(sam.connects().back(), used.at(2));
}

TEST_F(I2pSessionsTest, AStreamThatFailsMarksItsSessionBeforeItIsClosed) {
  const auto shared = fresh_isolation();
  auto first = connect(shared);
  ASSERT_TRUE(first);
  sam.drop_streams();
  EXPECT_EQ(run(io, test::read_exactly(**first, 1)).error().code, Errc::closed);
  auto again = connect(shared);
  ASSERT_TRUE(again);
  EXPECT_NE(sam.connects().at(0), sam.connects().at(1));
}

TEST_F(I2pSessionsTest, TheSessionIsUsedBeforeItsStatusAndAskedUntilThePeerIsFound) {
  sam.behaviour().withhold_status = true;
  sam.behaviour().not_known = 1;
  sam.behaviour().not_found = 1;
  auto stream = connect(fresh_isolation());
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(sam.requests().size(), 4U);
  EXPECT_EQ(sam.open_sessions(), 1U);
  sam.release_status();
}

TEST_F(I2pSessionsTest, NoMoreThanAllowed) {
  std::vector<StreamPtr> streams;
  const auto shared = fresh_isolation();
  for (const auto& isolation : {shared, fresh_isolation(), fresh_isolation()})
    streams.push_back(std::move(connect(isolation).value()));
  const auto refused = connect(fresh_isolation());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_ready);
  EXPECT_EQ(refused.error().where, Fault::configuration);
  EXPECT_TRUE(refused.error().retry);
  EXPECT_TRUE(connect_to(other_peer, shared)) << "an open session may be joined";
  streams.pop_back();
  EXPECT_TRUE(connect(fresh_isolation()));
}

TEST_F(I2pSessionsTest, ALentSessionIsUsedAndNotRenewed) {
  const auto own = fresh_isolation();
  sessions->lend(own, "");
  auto refused = connect(own);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_ready);
  EXPECT_TRUE(sam.sessions().empty());

  auto keeper = connect(fresh_isolation());
  ASSERT_TRUE(keeper);
  sessions->lend(own, sam.sessions().at(0).id);
  auto stream = connect(own, "early");
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(run(io, test::read_exactly(**stream, 5)).value(), "early");
  EXPECT_EQ(sam.connects().back(), sam.sessions().at(0).id);
  EXPECT_EQ(sessions->open(), 1U);
  sessions->lend(own, "sipveil-gone");
  EXPECT_EQ(connect(own).error().code, Errc::not_ready);
}

struct Failure {
  Step step;
  Errc code;
};

TEST_F(I2pSessionsTest, ARouterThatMisbehavesAtAnyStepIsNamed) {
  for (const auto step : {Step::hello, Step::session, Step::connect}) {
    for (auto how : {&FakeSam::Behaviour::close_at, &FakeSam::Behaviour::cut_at, &FakeSam::Behaviour::garbage_at}) {
      sam.behaviour() = {};
      sam.behaviour().*how = step;
      // The session fails while it is being used: streams are not found until then.
      if (step == Step::session) sam.behaviour().not_found = 100;
      const auto stream = connect(fresh_isolation());
      ASSERT_FALSE(stream);
      EXPECT_EQ(stream.error().code, how == &FakeSam::Behaviour::garbage_at ? Errc::malformed : Errc::closed);
      EXPECT_EQ(stream.error().where, Fault::local_service) << stream.error().text();
      EXPECT_FALSE(stream.error().mend.empty());
      EXPECT_EQ(sessions->open(), 0U);
      run_until(io, [&] { return sam.open_connections() == 0; });
    }
  }
}

TEST_F(I2pSessionsTest, ARefusedSessionSaysWhy) {
  sam.behaviour().not_found = 100;
  sam.behaviour().session_reply = "SESSION STATUS RESULT=DUPLICATED_ID";
  EXPECT_EQ(connect(fresh_isolation()).error().code, Errc::address_in_use);
  sam.behaviour().session_reply = "SESSION STATUS RESULT=OK DESTINATION=short";
  EXPECT_EQ(connect(fresh_isolation()).error().code, Errc::malformed);
  sam.behaviour() = {};
  sam.behaviour().connect_reply = "STREAM STATUS RESULT=I2P_ERROR MESSAGE=\"no\"";
  EXPECT_EQ(connect(fresh_isolation()).error().code, Errc::not_ready);
}

TEST_F(I2pSessionsTest, AnswersMayComeByteByByte) {
  sam.behaviour().split = true;
  EXPECT_TRUE(connect(fresh_isolation(), "early"));
}

TEST_F(I2pSessionsTest, TheRouterGoesAndComesBack) {
  const auto shared = fresh_isolation();
  auto stream = connect(shared);
  ASSERT_TRUE(stream);
  sam.drop_all();
  EXPECT_EQ(run(io, test::read_exactly(**stream, 1)).error().code, Errc::closed);
  auto again = connect(shared);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(run(io, test::echo(**again, "back")).value(), "back");
}

TEST_F(I2pSessionsTest, ADeadlineClosesEverything) {
  for (const auto step : {Step::hello, Step::connect}) {
    sam.behaviour() = {};
    sam.behaviour().silent_at = step;
    DialOptions how;
    how.via = I2pSessions(std::make_shared<Sessions>(io.get_executor(), SessionsOptions{sam.endpoint(), {}, 3}));
    how.isolation = fresh_isolation();
    how.timeout = 50ms;
    const auto address = PeerAddress::parse("i2p:" + peer.host()).value();
    const auto stream = run(io, dial(address, how));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Errc::timed_out);
    run_until(io, [&] { return sam.open_connections() == 0; });
  }
}

TEST_F(I2pSessionsTest, NobodyThereIsNamed) {
  Sessions nobody(io.get_executor(), {Endpoint::parse("unix:/nonexistent/sam").value(), {}, 3});
  const auto stream = run(io, nobody.connect(peer, fresh_isolation(), ""));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::unreachable);
  EXPECT_EQ(stream.error().where, Fault::local_service);
  EXPECT_THAT(stream.error().mend, HasSubstr("[i2p] sam"));
  EXPECT_EQ(nobody.open(), 0U);
}

/// Cancels after every so many of the handlers that connecting takes: between two awaits, and with results on their
/// way. Not after each: every try waits for the router's pauses.
TEST_F(I2pSessionsTest, CancellingAtAnyMomentLeavesNothingOpen) {
  bool completed = false;
  for (int moment = 1; !completed; moment += 7) {
    ASSERT_LT(moment, 1000);
    asio::cancellation_signal stop;
    std::optional<Result<StreamPtr>> stream;
    asio::co_spawn(io, sessions->connect(peer, fresh_isolation(), "early"),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, Result<StreamPtr> result) {
                     EXPECT_FALSE(thrown);
                     stream.emplace(std::move(result));
                   }));
    for (int i = 0; i < moment && !stream; ++i)
      io.run_one_for(test::patience);
    completed = stream.has_value();
    stop.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return stream.has_value(); });
    EXPECT_TRUE(*stream || (!completed && stream->error().code == Errc::cancelled)) << moment;
    stream.reset();
    EXPECT_EQ(sessions->open(), 0U);
    run_until(io, [&] { return sam.open_connections() == 0; });
  }
}

TEST_F(I2pSessionsTest, CancellingBetweenTwoQuestionsLeavesNothingOpen) {
  for (const bool built : {false, true}) {
    sam.behaviour().withhold_status = !built;
    sam.behaviour().not_found = 1000;
    asio::cancellation_signal stop;
    std::optional<Errc> code;
    asio::co_spawn(
        io, sessions->connect(peer, fresh_isolation(), "early"),
        asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, const Result<StreamPtr>& end) {
          EXPECT_FALSE(thrown);
          code = end.error().code;
        }));
    run_until(io, [&] { return sam.behaviour().not_found < 1000 && sam.open_connections() == 1; });
    io.run_one_for(20ms);
    stop.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return code.has_value(); });
    EXPECT_EQ(code, Errc::cancelled);
    EXPECT_EQ(sessions->open(), 0U);
    sam.release_status();
    run_until(io, [&] { return sam.open_connections() == 0; });
  }
}

TEST_F(I2pSessionsTest, NoErrorHoldsAKeyOrAPeersName) {
  std::vector<Error> errors;
  for (const auto step : {Step::hello, Step::session, Step::connect})
    for (auto how : {&FakeSam::Behaviour::close_at, &FakeSam::Behaviour::cut_at, &FakeSam::Behaviour::garbage_at}) {
      sam.behaviour() = {};
      sam.behaviour().*how = step;
      if (step == Step::session) sam.behaviour().not_found = 100;
      errors.push_back(connect(fresh_isolation()).error());
    }
  for (const auto& error : errors) {
    EXPECT_THAT(error.text(), Not(HasSubstr(peer.host().substr(0, 20))));
    for (const auto& session : sam.sessions())
      EXPECT_THAT(error.text(), Not(HasSubstr(session.destination.private_key.substr(0, 20))));
  }
}

TEST_F(I2pSessionsTest, OtherPeersAreNotDialledByI2p) {
  DialOptions how;
  how.via = I2pSessions(std::make_shared<Sessions>(io.get_executor(), SessionsOptions{sam.endpoint(), {}, 3}));
  for (const char* text : {"tcp:127.0.0.1:5060", "tls:sip.example:5061", "socks5:sip.example:5060"}) {
    const auto stream = run(io, dial(PeerAddress::parse(text).value(), how));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Errc::invalid);
  }
  EXPECT_EQ(sam.open_connections(), 0U);
}

} // namespace
} // namespace sipveil::i2p
