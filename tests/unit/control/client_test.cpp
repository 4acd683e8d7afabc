#include "control/client.h"
#include "tests/unit/control/client_fixture.h"

#include <gmock/gmock.h>

namespace sipveil::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace sipveil::testing;

class ControlClientTest : public ClientFixture {};

TEST_F(ControlClientTest, AuthenticatesAheadOfEverythingElse) {
  auto& tor = connected();
  EXPECT_TRUE(tor.is_up());
  EXPECT_EQ(tor.auth_method(), AuthMethod::safecookie);
  EXPECT_EQ(tor.generation(), 1U);
  const auto reply = run(io, tor.command("GETINFO version"));
  EXPECT_EQ(reply.value().lines.front().text, "version=0.4.9.11");
  EXPECT_THAT(fake.commands, ElementsAre("PROTOCOLINFO 1", StartsWith("AUTHCHALLENGE SAFECOOKIE "),
                                         StartsWith("AUTHENTICATE "), "GETINFO version"));
}

TEST_F(ControlClientTest, EachMethod) {
  fake.behaviour.methods = {"COOKIE"};
  EXPECT_EQ(connected().auth_method(), AuthMethod::cookie);
  fake.behaviour.methods = {"NULL"};
  EXPECT_EQ(connected().auth_method(), AuthMethod::null);
  fake.behaviour.methods = {"HASHEDPASSWORD"};
  fake.behaviour.password = "pass \"word\"";
  ControlOptions options{.endpoint = fake.endpoint()};
  options.password_file = write("password", fake.behaviour.password + "\n");
  auto& tor = make_client(options);
  EXPECT_TRUE(run(io, tor.connect()).has_value());
  EXPECT_EQ(tor.auth_method(), AuthMethod::hashed_password);
}

TEST_F(ControlClientTest, WrongPasswordIsToldWithoutIt) {
  fake.behaviour.methods = {"HASHEDPASSWORD"};
  fake.behaviour.password = "right";
  ControlOptions options{.endpoint = fake.endpoint()};
  options.password_file = write("password", "mistaken");
  const auto error = connect_error(options);
  EXPECT_EQ(error.code, Errc::auth_failed);
  EXPECT_THAT(error.text(), HasSubstr("refused our password"));
  EXPECT_EQ(error.text().find("mistaken"), std::string::npos);
}

TEST_F(ControlClientTest, AnImpostorIsShownNothing) {
  fake.behaviour.wrong_server_hash = true;
  EXPECT_THAT(connect_error().what, HasSubstr("does not know the cookie"));
  EXPECT_EQ(fake.count("AUTHENTICATE"), 0U);
}

TEST_F(ControlClientTest, CookieFileFailures) {
  fake.behaviour.cookie_file = (directory.path() / "none").string();
  EXPECT_THAT(connect_error().text(), HasSubstr("debian-tor"));
  fake.behaviour.cookie_file = write("short", "abc");
  EXPECT_THAT(connect_error().what, HasSubstr("not 32 bytes long"));
  fake.behaviour.cookie_file = write("other", std::string(32, 'x'));
  EXPECT_THAT(connect_error().what, HasSubstr("does not know the cookie"));
}

TEST_F(ControlClientTest, NobodyListens) {
  const auto absent = connect_error(ControlOptions{.endpoint = Endpoint::parse("unix:/nonexistent/c").value()});
  EXPECT_EQ(absent.code, Errc::unreachable);
  EXPECT_TRUE(absent.retry);
  EXPECT_THAT(absent.mend, HasSubstr("Start tor"));
  fake.shut();
  EXPECT_EQ(connect_error().code, Errc::unreachable) << "a socket file alone is no tor";
}

struct Injection {
  const char* command;
  Misbehaviour fault;
  Errc expected;
};

class FailureAtEachStep : public ClientFixture, public ::testing::WithParamInterface<Injection> {};

TEST_P(FailureAtEachStep, EndsTheTryWithItsOwnError) {
  const auto& injection = GetParam();
  fake.behaviour.faults[injection.command] = injection.fault;
  ControlOptions options{.endpoint = fake.endpoint()};
  options.command_timeout = 50ms;
  const auto error = connect_error(options);
  EXPECT_EQ(error.code, injection.expected) << error.text();
  EXPECT_FALSE(error.what.empty());
  EXPECT_FALSE(client->is_up());
  EXPECT_EQ(run(io, client->command("GETINFO version")).error().code, Errc::not_ready);
}

INSTANTIATE_TEST_SUITE_P(Connect, FailureAtEachStep,
                         ::testing::Values(Injection{"PROTOCOLINFO", Misbehaviour::close, Errc::unsupported},
                                           Injection{"PROTOCOLINFO", Misbehaviour::garbage, Errc::unsupported},
                                           Injection{"PROTOCOLINFO", Misbehaviour::refuse, Errc::unsupported},
                                           Injection{"PROTOCOLINFO", Misbehaviour::silence, Errc::timed_out},
                                           Injection{"AUTHCHALLENGE", Misbehaviour::close, Errc::closed},
                                           Injection{"AUTHCHALLENGE", Misbehaviour::garbage, Errc::malformed},
                                           Injection{"AUTHCHALLENGE", Misbehaviour::refuse, Errc::refused},
                                           Injection{"AUTHCHALLENGE", Misbehaviour::silence, Errc::timed_out},
                                           Injection{"AUTHENTICATE", Misbehaviour::close, Errc::closed},
                                           Injection{"AUTHENTICATE", Misbehaviour::garbage, Errc::malformed},
                                           Injection{"AUTHENTICATE", Misbehaviour::refuse, Errc::auth_failed},
                                           Injection{"AUTHENTICATE", Misbehaviour::silence, Errc::timed_out}));

TEST_F(ControlClientTest, ACommandThatCouldBeTwoIsNotSent) {
  auto& tor = connected();
  for (const auto* line : {"GETINFO version\r\nSIGNAL HALT", "GETINFO version\nX", ""})
    EXPECT_EQ(run(io, tor.command(line)).error().code, Errc::invalid);
  EXPECT_EQ(fake.count("GETINFO"), 0U);
}

TEST_F(ControlClientTest, CommandsInFlightGetTheirOwnAnswers) {
  auto& tor = connected();
  std::vector<std::string> answers;
  for (const auto* key : {"version", "net/listeners/socks", "status/bootstrap-phase"}) {
    asio::co_spawn(
        io,
        [&tor, &answers, line = "GETINFO " + std::string(key)]() -> asio::awaitable<void> {
          const auto reply = co_await tor.command(line);
          answers.push_back(reply.value().lines.front().text);
        },
        asio::detached);
  }
  ASSERT_TRUE(run_until(io, [&] { return answers.size() == 3; }));
  EXPECT_THAT(answers, ElementsAre(StartsWith("version="), StartsWith("net/listeners/socks="),
                                   StartsWith("status/bootstrap-phase=")));
}

TEST_F(ControlClientTest, ASilentTorEndsTheConnectionAndAllThatWaits) {
  ControlOptions options{.endpoint = fake.endpoint()};
  options.command_timeout = 50ms;
  auto& tor = make_client(options);
  ASSERT_TRUE(run(io, tor.connect()).has_value());
  fake.behaviour.faults["GETINFO"] = Misbehaviour::silence;
  EXPECT_EQ(run(io, tor.command("GETINFO version")).error().code, Errc::timed_out);
  EXPECT_FALSE(tor.is_up());
}

TEST_F(ControlClientTest, AnAnswerThatNobodyAskedForEndsTheConnection) {
  auto& tor = connected();
  fake.send("250 OK\r\n");
  EXPECT_TRUE(run_until(io, [&] { return !tor.is_up(); }));
}

TEST_F(ControlClientTest, EventsReachTheirSubscribersOnly) {
  auto& tor = connected();
  std::vector<std::string> circuits;
  unsigned descriptors = 0;
  auto first =
      run(io, tor.subscribe(EventKind::circ,
                            {[&](const Event& event) { circuits.push_back(std::get<CircEvent>(event).id); }, {}}));
  auto second = run(io, tor.subscribe(EventKind::hs_desc, {[&](const Event&) { ++descriptors; }, {}}));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(fake.commands.back(), "SETEVENTS CIRC HS_DESC");
  // One that cannot be read and one that we do not know disturb nothing.
  fake.event("CIRC");
  fake.event("BW 1 2");
  fake.event("CIRC 4 LAUNCHED");
  fake.event("HS_DESC CREATED a UNKNOWN UNKNOWN d");
  ASSERT_TRUE(run_until(io, [&] { return descriptors == 1; }));
  EXPECT_THAT(circuits, ElementsAre("4"));
  first->reset();
  fake.event("CIRC 5 LAUNCHED");
  fake.event("HS_DESC CREATED a UNKNOWN UNKNOWN d");
  ASSERT_TRUE(run_until(io, [&] { return descriptors == 2; }));
  EXPECT_THAT(circuits, ElementsAre("4"));
}

TEST_F(ControlClientTest, AHandlerMayEndItsSubscriptionAndStopTheClient) {
  auto& tor = connected();
  Subscription subscription;
  unsigned seen = 0;
  auto made = run(io, tor.subscribe(EventKind::circ, {[&](const Event&) {
                                                        ++seen;
                                                        subscription.reset();
                                                        tor.stop();
                                                      },
                                                      {}}));
  subscription = std::move(*made);
  fake.event("CIRC 4 LAUNCHED");
  fake.event("CIRC 5 LAUNCHED");
  ASSERT_TRUE(run_until(io, [&] { return !tor.is_up(); }));
  io.poll();
  EXPECT_EQ(seen, 1U);
}

TEST_F(ControlClientTest, ReconnectsAndSubscribesAgainBeforeItSaysSo) {
  auto& tor = make_client();
  unsigned ups = 0;
  std::vector<Error> downs;
  unsigned lost = 0;
  unsigned events = 0;
  auto subscription =
      run(io, tor.subscribe(EventKind::hs_desc, {[&](const Event&) { ++events; }, [&](const Error&) { ++lost; }}));
  tor.start({[&] { ++ups; }, [&](const Error& error) { downs.push_back(error); }});
  ASSERT_TRUE(run_until(io, [&] { return ups == 1; }));
  EXPECT_EQ(fake.commands.back(), "SETEVENTS HS_DESC");
  fake.drop_all();
  ASSERT_TRUE(run_until(io, [&] { return ups == 2; }));
  EXPECT_EQ(fake.commands.back(), "SETEVENTS HS_DESC");
  EXPECT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs.front().code, Errc::closed);
  EXPECT_EQ(lost, 1U);
  EXPECT_EQ(tor.generation(), 2U);
  fake.event("HS_DESC CREATED a UNKNOWN UNKNOWN d");
  EXPECT_TRUE(run_until(io, [&] { return events == 1; }));
}

TEST_F(ControlClientTest, KeepsTryingWhileTorIsAwayAndTellsEachTry) {
  ControlOptions options{.endpoint = Endpoint::parse("unix:" + (directory.path() / "later").string()).value()};
  auto& tor = make_client(options);
  unsigned ups = 0;
  std::vector<Error> downs;
  tor.start({[&] { ++ups; }, [&](const Error& error) { downs.push_back(error); }});
  ASSERT_TRUE(run_until(io, [&] { return downs.size() >= 3; }));
  EXPECT_EQ(downs.back().code, Errc::unreachable);
  FakeControlPort late(io, (directory.path() / "later").string());
  late.behaviour.methods = {"NULL"};
  EXPECT_TRUE(run_until(io, [&] { return ups == 1; }));
}

TEST_F(ControlClientTest, StopEndsWhatWaitsAndCallsNoHook) {
  auto& tor = make_client();
  bool up = false;
  bool down = false;
  tor.start({[&] { up = true; }, [&](const Error&) { down = true; }});
  ASSERT_TRUE(run_until(io, [&] { return up; }));
  fake.behaviour.faults["GETINFO"] = Misbehaviour::silence;
  std::optional<Error> ended;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        const auto reply = co_await tor.command("GETINFO version");
        ended = reply.error();
      },
      asio::detached);
  ASSERT_TRUE(run_until(io, [&] { return fake.count("GETINFO") == 1; }));
  tor.stop();
  tor.stop();
  ASSERT_TRUE(run_until(io, [&] { return ended.has_value(); }));
  EXPECT_EQ(ended->code, Errc::cancelled);
  EXPECT_EQ(run(io, tor.command("GETINFO version")).error().code, Errc::cancelled);
  EXPECT_FALSE(down);
}

TEST_F(ControlClientTest, StopWhileItConnects) {
  fake.behaviour.faults["PROTOCOLINFO"] = Misbehaviour::silence;
  auto& tor = make_client();
  bool called = false;
  tor.start({[&] { called = true; }, [&](const Error&) { called = true; }});
  ASSERT_TRUE(run_until(io, [&] { return fake.count("PROTOCOLINFO") == 1; }));
  client.reset();
  io.poll();
  EXPECT_FALSE(called);
}

} // namespace
} // namespace sipveil::control
