#include "base/encoding.h"
#include "control/base64.h"
#include "control/operations.h"
#include "tests/unit/control/client_fixture.h"

#include <gmock/gmock.h>

namespace sipveil::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace sipveil::testing;

class OperationsTest : public ClientFixture {};

TEST_F(OperationsTest, AsksAndReads) {
  auto& tor = connected();
  EXPECT_EQ(run(io, version(tor)).value(), "0.4.9.11");
  EXPECT_EQ(run(io, bootstrap(tor)).value().text(), "Bootstrapped 100% (done): Done");
  const auto listeners = run(io, socks_listeners(tor)).value();
  ASSERT_EQ(listeners.size(), 2U);
  EXPECT_EQ(listeners[1].text(), "unix:/run/tor/socks");
  EXPECT_TRUE(run(io, take_ownership(tor)).has_value());
  EXPECT_EQ(fake.commands.back(), "TAKEOWNERSHIP");
}

TEST_F(OperationsTest, CircuitsInEitherForm) {
  auto& tor = connected();
  fake.behaviour.info["circuit-status"] = "";
  EXPECT_TRUE(run(io, circuits(tor)).value().empty());
  fake.behaviour.data_info["circuit-status"] =
      "3 BUILT $A~a,$B~b PURPOSE=GENERAL\r\n4 LAUNCHED PURPOSE=HS_CLIENT_REND\r\n";
  const auto two = run(io, circuits(tor)).value();
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].path.size(), 2U);
  EXPECT_EQ(two[1].status, CircuitStatus::launched);
}

TEST_F(OperationsTest, ClosesACircuitThatMayBeGone) {
  auto& tor = connected();
  fake.behaviour.circuits = {"7"};
  EXPECT_TRUE(run(io, close_circuit(tor, "7")).has_value());
  EXPECT_EQ(fake.commands.back(), "CLOSECIRCUIT 7 IfUnused");
  EXPECT_TRUE(fake.behaviour.circuits.empty());
  EXPECT_TRUE(run(io, close_circuit(tor, "7")).has_value()) << "552 Unknown circuit";
  fake.behaviour.faults["CLOSECIRCUIT"] = Misbehaviour::refuse;
  EXPECT_EQ(run(io, close_circuit(tor, "7")).error().code, Errc::refused);
}

TEST_F(OperationsTest, DetachedOnions) {
  auto& tor = connected();
  const auto one = OnionName::from_public_key({1});
  const auto two = OnionName::from_public_key({2});
  EXPECT_TRUE(run(io, detached_onions(tor)).value().empty());
  fake.behaviour.detached = {one.service_id(), two.service_id()};
  EXPECT_EQ(run(io, detached_onions(tor)).value().size(), 2U);
  EXPECT_TRUE(run(io, del_onion(tor, one)).has_value());
  EXPECT_EQ(run(io, detached_onions(tor)).value(), std::vector{two});
  EXPECT_TRUE(run(io, del_onion(tor, one)).has_value()) << "552 Unknown Onion Service id";
  fake.behaviour.faults["DEL_ONION"] = Misbehaviour::refuse;
  EXPECT_EQ(run(io, del_onion(tor, two)).error().code, Errc::refused);
}

TEST_F(OperationsTest, Options) {
  auto& tor = connected();
  fake.behaviour.options = {{"HiddenServiceSingleHopMode", "HiddenServiceSingleHopMode=1"}, {"Nickname", "Nickname"}};
  EXPECT_EQ(run(io, option(tor, "HiddenServiceSingleHopMode")).value(), "1");
  EXPECT_EQ(run(io, option(tor, "Nickname")).value(), "");
  EXPECT_EQ(run(io, option(tor, "NoSuch")).error().code, Errc::unsupported);
}

TEST_F(OperationsTest, Refusals) {
  auto& tor = connected();
  fake.behaviour.info.clear();
  EXPECT_EQ(run(io, version(tor)).error().code, Errc::unsupported);
  fake.behaviour.faults["TAKEOWNERSHIP"] = Misbehaviour::refuse;
  EXPECT_EQ(run(io, take_ownership(tor)).error().what, "tor refused TAKEOWNERSHIP: 551 Internal error");
  fake.behaviour.faults["GETINFO"] = Misbehaviour::garbage;
  EXPECT_EQ(run(io, version(tor)).error().code, Errc::malformed);
}

TEST_F(OperationsTest, ClientAuthorization) {
  auto& tor = connected();
  const auto onion = OnionName::from_public_key({1});
  auto key = ClientAuthKey::generate().value();
  const auto base64 = std::string(key.base64().reveal());
  EXPECT_TRUE(run(io, onion_client_auth_add(tor, onion, std::move(key))).has_value()) << "252 is a success";
  EXPECT_EQ(fake.commands.back(), "ONION_CLIENT_AUTH_ADD " + onion.service_id() + " x25519:" + base64);
  EXPECT_TRUE(run(io, onion_client_auth_remove(tor, onion)).has_value()) << "251 is a success";
  fake.behaviour.faults["ONION_CLIENT_AUTH_ADD"] = Misbehaviour::refuse;
  const auto refused = run(io, onion_client_auth_add(tor, onion, ClientAuthKey::generate().value()));
  EXPECT_EQ(refused.error().code, Errc::refused);
}

TEST_F(OperationsTest, WaitsForTheBootstrapAndShowsEachPhase) {
  fake.behaviour.info["status/bootstrap-phase"] =
      "NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY=\"Asking for relay descriptors\"";
  auto& tor = connected();
  std::vector<std::string> shown;
  std::optional<Result<void>> outcome;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        std::function<void(const BootstrapPhase&)> show = [&](const BootstrapPhase& phase) {
          shown.push_back(phase.text());
        };
        outcome = co_await wait_bootstrapped(tor, 10s, std::move(show));
      },
      asio::detached);
  ASSERT_TRUE(run_until(io, [&] { return shown.size() == 1; }));
  fake.event("STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=40 TAG=late SUMMARY=\"Late\"");
  fake.event("STATUS_CLIENT NOTICE CIRCUIT_ESTABLISHED");
  fake.event("STATUS_CLIENT WARN BOOTSTRAP PROGRESS=80 TAG=ap_conn SUMMARY=\"Connecting\" WARNING=\"No route\"");
  fake.event("STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\"");
  ASSERT_TRUE(run_until(io, [&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->has_value());
  EXPECT_THAT(shown, ElementsAre("Bootstrapped 45% (requesting_descriptors): Asking for relay descriptors",
                                 "Bootstrapped 80% (ap_conn): Connecting. Hindered: No route",
                                 "Bootstrapped 100% (done): Done"));
}

TEST_F(OperationsTest, BootstrapThatDoesNotEnd) {
  fake.behaviour.info["status/bootstrap-phase"] = "NOTICE BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"Connecting\"";
  auto& tor = connected();
  const auto late = run(io, wait_bootstrapped(tor, 30ms, {}));
  EXPECT_EQ(late.error().code, Errc::not_ready);
  EXPECT_THAT(late.error().what, HasSubstr("Bootstrapped 5% (conn): Connecting"));
}

TEST_F(OperationsTest, BootstrapEndsWithTheConnection) {
  fake.behaviour.info["status/bootstrap-phase"] = "NOTICE BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"Connecting\"";
  for (const bool stop : {false, true}) {
    auto& tor = connected();
    bool shown = false;
    std::optional<Result<void>> outcome;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          std::function<void(const BootstrapPhase&)> show = [&](const BootstrapPhase&) { shown = true; };
          outcome = co_await wait_bootstrapped(tor, 10s, std::move(show));
        },
        asio::detached);
    ASSERT_TRUE(run_until(io, [&] { return shown; }));
    if (stop) {
      tor.stop();
    } else {
      fake.drop_all();
    }
    ASSERT_TRUE(run_until(io, [&] { return outcome.has_value(); }));
    EXPECT_EQ(outcome->error().code, stop ? Errc::cancelled : Errc::closed);
  }
}

} // namespace
} // namespace sipveil::control
