#include "transports/i2p/last_session.h"

#include "tests/unit/transports/i2p/fake_sam.h"
#include "tests/unit/transports/run.h"
#include "transports/i2p/session.h"

#include <gmock/gmock.h>

#include <vector>

namespace sipveil::i2p {
namespace {

using test::FakeSam;
using test::run_until;
using Step = FakeSam::Step;

class I2pLastSession : public testing::Test {
 protected:
  /// Another that has the nickname; its SESSION STATUS comes at once.
  std::shared_ptr<Session> hold() {
    SessionSpec spec;
    spec.id = id;
    auto session = Session::open(io.get_executor(), sam.endpoint(), std::move(spec));
    run_until(io, [&] { return session->is_established(); });
    return session;
  }
  void begin(bool none = false) {
    last = std::make_unique<LastSession>(LastSession::Options{sam.endpoint(), id, clearing, none, 5ms, answer});
    wait();
  }
  void wait() {
    clear = false;
    LastSession::Tell tell = [this](std::optional<Error> held) { told.push_back(std::move(held)); };
    asio::co_spawn(io, last->cleared(std::move(tell)), [this](const std::exception_ptr&) { clear = true; });
  }

  asio::io_context io;
  FakeSam sam{io};
  const std::string id = "of-our-destination";
  Duration clearing = 20ms;
  Duration answer = 5s;
  std::unique_ptr<LastSession> last;
  std::vector<std::optional<Error>> told;
  bool clear = false;
};

TEST_F(I2pLastSession, IsNotAskedForWhereThereCannotBeOne) {
  begin(true);
  run_until(io, [&] { return clear; });
  EXPECT_TRUE(sam.requests().empty());
  last->asked();
  last->ended();
  wait();
  run_until(io, [&] { return clear; });
  EXPECT_FALSE(sam.requests().empty());
}

TEST_F(I2pLastSession, IsOverOnceTheRouterHasHadItNoMoreForAWhile) {
  clearing = 200ms;
  const auto other = hold();
  begin();
  run_until(io, [&] { return !told.empty(); });
  EXPECT_FALSE(told.front()) << "it clears";
  other->close();
  const auto ended = std::chrono::steady_clock::now();
  run_until(io, [&] { return clear; });
  EXPECT_GE(std::chrono::steady_clock::now() - ended, clearing);
}

TEST_F(I2pLastSession, IsAnothersIfItStays) {
  const auto other = hold();
  begin();
  run_until(io, [&] { return !told.empty() && told.back(); });
  EXPECT_FALSE(told.front()) << "at first it may be our own";
  EXPECT_EQ(told.back()->code, Errc::address_in_use);
  EXPECT_THAT(told.back()->mend, testing::HasSubstr("stop the other one"));
  EXPECT_FALSE(clear) << "and it is asked for all the time";
  other->close();
  run_until(io, [&] { return clear; });
}

TEST_F(I2pLastSession, IsNotWaitedForWithARouterThatDoesNotAnswer) {
  answer = 20ms;
  for (const auto step : {Step::hello, Step::probe}) {
    sam.behaviour().silent_at = step;
    begin();
    run_until(io, [&] { return clear; });
    sam.behaviour() = {};
  }
}

} // namespace
} // namespace sipveil::i2p
