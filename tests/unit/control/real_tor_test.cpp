// Against the tor that is installed, if one is. Every tor here has DisableNetwork 1: it contacts nobody.
#include "base/file.h"
#include "control/child_process.h"
#include "control/operations.h"
#include "control/tor_process.h"
#include "tests/unit/control/run.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <unistd.h>

namespace sipveil::control {
namespace {

using ::testing::HasSubstr;
using namespace sipveil::testing;

class RealTor : public ::testing::Test {
 protected:
  void SetUp() override {
    auto probe = ChildProcess::start(io.get_executor(), {"tor", "--version"}, directory.path() / "version");
    if (!probe) GTEST_SKIP() << "no tor is installed";
    ASSERT_TRUE(run(io, probe->wait()).has_value());
  }
  ~RealTor() override {
    client.reset();
    process.reset();
    io.restart();
    io.poll();
  }
  TorProcess& make(const std::string& more_torrc = "", std::optional<SingleHopService> service = {}) {
    const auto extra = directory.path() / "extra torrc";
    std::ofstream(extra) << "DisableNetwork 1\nGeoIPFile /dev/null\nGeoIPv6File /dev/null\n" << more_torrc;
    TorProcessOptions options;
    options.state_directory = directory.path() / "state dir";
    options.extra_torrc = extra;
    options.service = std::move(service);
    process = TorProcess::create(io.get_executor(), std::move(options)).value();
    process->on_exit([this](const Error& error) { exits.push_back(error); });
    return *process;
  }
  ControlClient& connect(ControlOptions options) {
    client = std::make_unique<ControlClient>(io.get_executor(), std::move(options));
    const auto connected = run(io, client->connect());
    EXPECT_TRUE(connected.has_value()) << connected.error().text();
    return *client;
  }
  std::string hash_of(const std::string& password) {
    auto child = ChildProcess::start(io.get_executor(), {"tor", "--quiet", "--hash-password", password},
                                     directory.path() / "hash");
    EXPECT_TRUE(run(io, child.value().wait()).has_value());
    return read_file(directory.path() / "hash", 1000).value();
  }

  TemporaryDirectory directory;
  asio::io_context io;
  std::unique_ptr<TorProcess> process;
  std::unique_ptr<ControlClient> client;
  std::vector<Error> exits;
};

TEST_F(RealTor, StartAuthenticateAskOwnStop) {
  auto& tor = make();
  const auto started = run(io, tor.start());
  ASSERT_TRUE(started.has_value()) << started.error().text();
  auto& control = connect(tor.control_options());
  EXPECT_EQ(control.auth_method(), AuthMethod::safecookie);
  EXPECT_THAT(run(io, version(control)).value(), HasSubstr("."));
  EXPECT_THAT(run(io, bootstrap(control)).value().text(), HasSubstr("Bootstrapped 0%"));
  EXPECT_TRUE(run(io, socks_listeners(control)).value().empty()) << "the network is disabled";
  EXPECT_TRUE(run(io, circuits(control)).value().empty());
  EXPECT_TRUE(run(io, take_ownership(control)).has_value());
  EXPECT_EQ(run(io, wait_bootstrapped(control, 20ms, {})).error().code, Errc::not_ready);
  const auto before = std::chrono::steady_clock::now();
  run(io, tor.stop());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 3s);
  EXPECT_FALSE(tor.running());
  EXPECT_TRUE(exits.empty()) << "it was asked to";
}

TEST_F(RealTor, TakesOurKeyAndGivesItTheAddressThatWeComputed) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  auto& control = connect(tor.control_options());
  const auto generated = OnionKey::generate().value();
  const auto auth = ClientAuthKey::generate().value();
  OnionRequest request{generated.key.clone(), 5060, Endpoint::parse("unix:/tmp/s").value(), {auth.public_key()}};
  EXPECT_EQ(run(io, add_onion(control, std::move(request))).value(), generated.name);
  OnionRequest again{generated.key.clone(), 5060, Endpoint::parse("127.0.0.1:1").value(), {}};
  EXPECT_EQ(run(io, add_onion(control, std::move(again))).error().code, Errc::address_in_use);
  EXPECT_TRUE(run(io, del_onion(control, generated.name)).has_value());

  const auto peer = OnionKey::generate().value().name;
  EXPECT_TRUE(run(io, onion_client_auth_add(control, peer, ClientAuthKey::generate().value())).has_value());
  EXPECT_TRUE(run(io, onion_client_auth_add(control, peer, ClientAuthKey::generate().value())).has_value());
  EXPECT_TRUE(run(io, onion_client_auth_remove(control, peer)).has_value());
  EXPECT_TRUE(run(io, onion_client_auth_remove(control, peer)).has_value());
}

TEST_F(RealTor, KeepsOurServicesWhenTheConnectionEnds) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  const auto one = OnionKey::generate().value();
  const auto two = OnionKey::generate().value();
  EXPECT_TRUE(run(io, detached_onions(connect(tor.control_options()))).value().empty());
  for (const auto* added : {&one, &two}) {
    OnionRequest request{added->key.clone(), 5060, Endpoint::parse("127.0.0.1:1").value(), {}};
    EXPECT_EQ(run(io, add_onion(*client, std::move(request))).value(), added->name);
  }
  // Another connection, of another process as far as tor knows.
  auto& later = connect(tor.control_options());
  EXPECT_EQ(run(io, detached_onions(later)).value().size(), 2U);
  EXPECT_TRUE(run(io, del_onion(later, two.name)).has_value());
  EXPECT_TRUE(run(io, del_onion(later, two.name)).has_value()) << "it is gone already";
  EXPECT_EQ(run(io, detached_onions(later)).value(), std::vector{one.name});
}

TEST_F(RealTor, RunsASingleHopServiceUnderTheSameName) {
  const auto generated = OnionKey::generate().value();
  const auto target = Endpoint::parse("unix:/tmp/a b").value();
  const auto auth = ClientAuthKey::generate().value();
  auto& tor = make("", SingleHopService{generated.key.clone(), 5060, target, {auth.public_key()}});
  const auto started = run(io, tor.start());
  ASSERT_TRUE(started.has_value()) << started.error().text();
  auto& control = connect(tor.control_options());
  EXPECT_EQ(run(io, option(control, "HiddenServiceSingleHopMode")).value(), "1");
  EXPECT_EQ(run(io, option(control, "NoSuchOption")).error().code, Errc::unsupported);
  EXPECT_EQ(read_service_name(tor.layout().service).value(), generated.name);
  EXPECT_EQ(last_complaints(read_file(tor.layout().log, 1'000'000).value()).find("auth"), std::string::npos)
      << "a client's file that tor cannot read";
  run(io, tor.stop());
  EXPECT_TRUE(run(io, tor.start()).has_value()) << "over the files of before";
}

TEST_F(RealTor, ACircuitThatIsNotThereIsNoError) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  EXPECT_TRUE(run(io, close_circuit(connect(tor.control_options()), "123456")).has_value());
}

TEST_F(RealTor, EndsWithTheConnectionThatOwnsIt) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  auto& control = connect(tor.control_options());
  ASSERT_TRUE(run(io, take_ownership(control)).has_value());
  control.stop();
  ASSERT_TRUE(run_until(io, [&] { return !tor.running(); }));
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_THAT(exits.front().what, HasSubstr("tor ended"));
  EXPECT_TRUE(run(io, tor.start()).has_value()) << "and can be started again";
}

TEST_F(RealTor, StartsOverTheSocketsOfAKilledOne) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  ::kill(tor.pid(), SIGKILL);
  ASSERT_TRUE(run_until(io, [&] { return exits.size() == 1; }));
  EXPECT_THAT(exits.front().what, HasSubstr("signal 9"));
  EXPECT_TRUE(std::filesystem::exists(tor.layout().control.path())) << "the stale socket";
  ASSERT_TRUE(run(io, tor.start()).has_value());
  EXPECT_THAT(run(io, version(connect(tor.control_options()))).value(), HasSubstr("."));
}

TEST_F(RealTor, SaysWhyItDoesNotStart) {
  auto& tor = make("NoSuchOption 1\n");
  const auto error = run(io, tor.start()).error();
  EXPECT_THAT(error.what, HasSubstr("Unknown option 'NoSuchOption'"));
}

TEST_F(RealTor, HashedPassword) {
  auto& tor = make("HashedControlPassword " + hash_of("open \"sesame\""));
  ASSERT_TRUE(run(io, tor.start()).has_value());
  const auto file = directory.path() / "password";
  auto options = tor.control_options();
  options.password_file = file;
  // Without a cookie that can be read, the password is what is left.
  options.cookie_file = directory.path() / "none";
  ASSERT_TRUE(write_secret_file(file, SecretBytes(std::string_view("open \"sesame\"\n"))).has_value());
  EXPECT_EQ(connect(options).auth_method(), AuthMethod::hashed_password);
  ASSERT_TRUE(write_secret_file(file, SecretBytes(std::string_view("wrong"))).has_value());
  ControlClient second(io.get_executor(), options);
  EXPECT_THAT(run(io, second.connect()).error().what, HasSubstr("refused our password"));
}

TEST_F(RealTor, ACookieOfAnotherTor) {
  auto& tor = make();
  ASSERT_TRUE(run(io, tor.start()).has_value());
  auto options = tor.control_options();
  options.cookie_file = directory.path() / "cookie";
  ASSERT_TRUE(write_secret_file(*options.cookie_file, SecretBytes(std::size_t{32})).has_value());
  ControlClient other(io.get_executor(), options);
  EXPECT_THAT(run(io, other.connect()).error().what, HasSubstr("does not know the cookie"));
}

} // namespace
} // namespace sipveil::control
