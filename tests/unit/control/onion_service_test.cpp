#include "control/onion_service.h"
#include "tests/unit/control/client_fixture.h"

#include <gmock/gmock.h>

namespace sipveil::control {
namespace {

using ::testing::HasSubstr;
using namespace sipveil::testing;

class OnionServiceTest : public ClientFixture {
 protected:
  OnionServiceTest() {
    auto generated = OnionKey::generate().value();
    name = generated.name;
    key = std::move(generated.key);
    fake.behaviour.service_id = name->service_id();
    fake.behaviour.after_add_onion = {"HS_DESC CREATED {} UNKNOWN UNKNOWN d", "HS_DESC UPLOAD {} UNKNOWN $A~a d"};
  }
  OnionService& make(ControlClient& tor, Duration timeout = 10s, const char* target = "127.0.0.1:5062") {
    OnionOptions options{.target = Endpoint::parse(target).value()};
    options.timeout = timeout;
    options.state_directory = directory.path();
    service = std::make_unique<OnionService>(tor, key->clone(), std::move(options));
    return *service;
  }
  /// Starts `publish` and leaves its outcome in `outcome`.
  void publish() {
    outcome.reset();
    asio::co_spawn(
        io, [this]() -> asio::awaitable<void> { outcome.emplace(co_await service->publish()); }, asio::detached);
  }
  bool publish_ends() {
    return run_until(io, [this] { return outcome.has_value(); });
  }
  /// A process before this one published its service with this target, and was killed.
  void predecessor(const char* target = "127.0.0.1:5062") {
    auto uploaded = fake.behaviour.after_add_onion;
    uploaded.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
    std::swap(fake.behaviour.after_add_onion, uploaded);
    make(connected(), 10s, target);
    publish();
    ASSERT_TRUE(publish_ends());
    ASSERT_TRUE(outcome->has_value());
    service.reset();
    std::swap(fake.behaviour.after_add_onion, uploaded);
    fake.commands.clear();
  }
  void hs_desc(const std::string& action, const std::string& rest) {
    fake.event("HS_DESC " + action + " " + name->service_id() + " UNKNOWN " + rest);
  }
  ~OnionServiceTest() override { service.reset(); }

  std::optional<OnionKey> key;
  std::optional<OnionName> name;
  std::unique_ptr<OnionService> service;
  std::optional<Result<OnionName>> outcome;
};

TEST_F(OnionServiceTest, PublishedWhenEveryUploadIsAnswered) {
  make(connected());
  publish();
  ASSERT_TRUE(run_until(io, [&] { return fake.count("ADD_ONION") == 1; }));
  hs_desc("UPLOAD", "$B~b d");
  hs_desc("UPLOADED", "$A~a");
  // By the time of this answer the events before it have been taken.
  ASSERT_TRUE(run(io, client->command("GETINFO version")).has_value());
  EXPECT_FALSE(outcome.has_value());
  EXPECT_FALSE(service->published());
  hs_desc("UPLOADED", "$B~b");
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->value(), *name);
  EXPECT_TRUE(service->published());
  EXPECT_EQ(service->name(), name);
}

TEST_F(OnionServiceTest, EventsInOneReadWithTheAnswerCount) {
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
}

TEST_F(OnionServiceTest, AddedAgainWithTheSameKeyToATorThatIsBack) {
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  auto& tor = make_client();
  make(tor);
  unsigned ups = 0;
  tor.start({[&] {
               ++ups;
               publish();
             },
             {}});
  ASSERT_TRUE(publish_ends());
  fake.behaviour.detached.clear(); // it was killed and is back
  fake.drop_all();
  ASSERT_TRUE(run_until(io, [&] { return ups == 2; }));
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
  std::vector<std::string> added;
  for (const auto& command : fake.commands)
    if (command.starts_with("ADD_ONION ")) added.push_back(command);
  ASSERT_EQ(added.size(), 2U);
  EXPECT_EQ(added[0], added[1]);
  EXPECT_THAT(added[0], HasSubstr(std::string(key->text().reveal())));
}

TEST_F(OnionServiceTest, LateThenWaitedForWithoutASecondAdd) {
  make(connected(), 30ms);
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->error().code, Errc::timed_out);
  EXPECT_EQ(outcome->error().where, Fault::overlay);
  EXPECT_THAT(outcome->error().what, HasSubstr("0 directories took its descriptor, 0 refused it, 1 did not answer"));
  publish();
  hs_desc("UPLOADED", "$A~a");
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
  EXPECT_EQ(fake.count("ADD_ONION"), 1U);
}

TEST_F(OnionServiceTest, AllUploadsRefused) {
  fake.behaviour.after_add_onion.push_back("HS_DESC FAILED {} UNKNOWN $A~a REASON=UPLOAD_REJECTED");
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->error().code, Errc::refused);
  EXPECT_THAT(outcome->error().what, HasSubstr("1 refused it"));
  EXPECT_EQ(fake.commands.back(), "DEL_ONION " + name->service_id());
  fake.behaviour.after_add_onion.back() = "HS_DESC UPLOADED {} UNKNOWN $A~a";
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
  EXPECT_EQ(fake.count("ADD_ONION"), 2U) << "added anew, since tor would not upload again for an hour";
}

TEST_F(OnionServiceTest, APredecessorThatIsJustLeavingIsWaitedFor) {
  fake.behaviour.collisions = 1;
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
  EXPECT_EQ(fake.count("ADD_ONION"), 2U);
}

TEST_F(OnionServiceTest, AKeyInUseElsewhere) {
  predecessor();
  fake.behaviour.detached = {OnionName::from_public_key({1}).service_id(),
                             OnionName::from_public_key({2}).service_id()};
  fake.behaviour.collisions = 1000;
  make(connected(), 300ms);
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->error().code, Errc::address_in_use);
  EXPECT_THAT(outcome->error().mend, HasSubstr("Stop the other program"));
  EXPECT_EQ(fake.count("DEL_ONION"), 0U) << "it is not ours to take away";
}

TEST_F(OnionServiceTest, ThePredecessorsServiceIsKeptAsItStands) {
  predecessor();
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->value(), *name);
  EXPECT_TRUE(service->published());
  EXPECT_TRUE(service->kept());
  EXPECT_EQ(service->name(), name);
  EXPECT_EQ(fake.count("ADD_ONION"), 1U);
  EXPECT_EQ(fake.count("DEL_ONION"), 0U);
}

TEST_F(OnionServiceTest, KeptThroughALossOfTheControlConnection) {
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  auto& tor = make_client();
  make(tor);
  unsigned ups = 0;
  tor.start({[&] {
               ++ups;
               publish();
             },
             {}});
  ASSERT_TRUE(publish_ends());
  EXPECT_FALSE(service->kept());
  fake.behaviour.after_add_onion.clear(); // no upload would be answered any more
  fake.drop_all();
  ASSERT_TRUE(run_until(io, [&] { return !service->published(); }));
  ASSERT_TRUE(run_until(io, [&] { return ups == 2; }));
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value());
  EXPECT_TRUE(service->published());
  EXPECT_TRUE(service->kept());
  EXPECT_EQ(fake.count("DEL_ONION"), 0U);
}

TEST_F(OnionServiceTest, ADetachedServiceThatIsNotWhatWeWantIsReplaced) {
  const auto record = directory.path() / "onion_target";
  for (const bool other_target : {true, false}) {
    fake.behaviour.detached.clear();
    predecessor(other_target ? "127.0.0.1:5063" : "127.0.0.1:5062");
    if (!other_target) std::filesystem::remove(record);
    make(connected());
    publish();
    ASSERT_TRUE(run_until(io, [&] { return service->name().has_value(); }));
    EXPECT_FALSE(service->published());
    EXPECT_FALSE(std::filesystem::exists(record)) << "nothing is known to be published now";
    hs_desc("UPLOADED", "$A~a");
    ASSERT_TRUE(publish_ends());
    EXPECT_TRUE(outcome->has_value());
    EXPECT_FALSE(service->kept());
    EXPECT_EQ(fake.count("DEL_ONION"), 1U);
    EXPECT_EQ(fake.count("ADD_ONION"), 2U);
    EXPECT_TRUE(std::filesystem::exists(record));
  }
}

TEST_F(OnionServiceTest, TheRecordGoesBeforeAnythingElseIsInTor) {
  const auto record = directory.path() / "onion_target";
  predecessor("127.0.0.1:5063");
  make(connected());
  fake.behaviour.faults["ADD_ONION"] = Misbehaviour::close; // tor may have carried it out
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_FALSE(std::filesystem::exists(record));
}

TEST_F(OnionServiceTest, TheRecordOfATorThatWasStartedAnewIsWorthNothing) {
  predecessor();
  fake.behaviour.detached.clear();
  make(connected());
  publish();
  ASSERT_TRUE(run_until(io, [&] { return service->name().has_value(); }));
  EXPECT_FALSE(service->published());
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "onion_target"));
}

TEST_F(OnionServiceTest, OnePublishedOnlyInPartIsNotTakenForPublished) {
  make(connected());
  publish();
  ASSERT_TRUE(run_until(io, [&] { return service->name().has_value(); }));
  client->stop();
  ASSERT_TRUE(publish_ends());
  make(connected());
  publish();
  ASSERT_TRUE(run_until(io, [&] { return fake.count("ADD_ONION") == 3; }));
  ASSERT_TRUE(run(io, client->command("GETINFO version")).has_value());
  EXPECT_FALSE(outcome.has_value());
  EXPECT_FALSE(service->published());
}

TEST_F(OnionServiceTest, ATorThatDoesNotTellItsDetachedOnes) {
  predecessor();
  make(connected(), 300ms);
  fake.behaviour.faults["GETINFO"] = Misbehaviour::refuse;
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_EQ(outcome->error().code, Errc::address_in_use);
}

struct Injection {
  const char* command;
  Misbehaviour fault;
  Errc expected;
};

class PublishFailure : public OnionServiceTest, public ::testing::WithParamInterface<Injection> {};

TEST_P(PublishFailure, IsToldAndMendedByTheNextCall) {
  const auto& injection = GetParam();
  ControlOptions options{.endpoint = fake.endpoint()};
  options.command_timeout = 50ms;
  auto& tor = make_client(options);
  ASSERT_TRUE(run(io, tor.connect()).has_value());
  make(tor, 300ms);
  fake.behaviour.faults[injection.command] = injection.fault;
  publish();
  ASSERT_TRUE(publish_ends());
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(outcome->error().code, injection.expected) << outcome->error().text();

  fake.behaviour.faults.clear();
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  if (!tor.is_up()) {
    ASSERT_TRUE(run(io, tor.connect()).has_value());
  }
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(outcome->has_value()) << outcome->error().text();
}

INSTANTIATE_TEST_SUITE_P(Steps, PublishFailure,
                         ::testing::Values(Injection{"SETEVENTS", Misbehaviour::close, Errc::closed},
                                           Injection{"SETEVENTS", Misbehaviour::garbage, Errc::malformed},
                                           Injection{"SETEVENTS", Misbehaviour::refuse, Errc::refused},
                                           Injection{"SETEVENTS", Misbehaviour::silence, Errc::timed_out},
                                           Injection{"ADD_ONION", Misbehaviour::close, Errc::closed},
                                           Injection{"ADD_ONION", Misbehaviour::garbage, Errc::malformed},
                                           Injection{"ADD_ONION", Misbehaviour::refuse, Errc::refused},
                                           Injection{"ADD_ONION", Misbehaviour::silence, Errc::timed_out}));

TEST_F(OnionServiceTest, LossAndStopEndTheWait) {
  for (const bool stop : {false, true}) {
    auto& tor = connected();
    make(tor);
    publish();
    const auto before = fake.count("ADD_ONION");
    ASSERT_TRUE(run_until(io, [&] { return service->name().has_value(); }));
    EXPECT_GT(fake.count("ADD_ONION"), before);
    if (stop) {
      tor.stop();
    } else {
      fake.drop_all();
    }
    ASSERT_TRUE(publish_ends());
    EXPECT_EQ(outcome->error().code, stop ? Errc::cancelled : Errc::closed);
    EXPECT_FALSE(service->published());
    service.reset();
  }
}

TEST_F(OnionServiceTest, Withdrawn) {
  fake.behaviour.after_add_onion.push_back("HS_DESC UPLOADED {} UNKNOWN $A~a");
  make(connected());
  EXPECT_TRUE(run(io, service->withdraw()).has_value()) << "nothing to withdraw";
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(run(io, service->withdraw()).has_value());
  EXPECT_EQ(fake.commands.back(), "DEL_ONION " + name->service_id());
  EXPECT_FALSE(service->published());
  EXPECT_TRUE(fake.behaviour.detached.empty());
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "onion_target"));
}

TEST_F(OnionServiceTest, WithoutAControlConnectionItStaysAndIsKeptLater) {
  predecessor();
  client->stop();
  make(*client);
  EXPECT_EQ(run(io, service->withdraw()).error().code, Errc::not_ready);
  EXPECT_EQ(fake.behaviour.detached.size(), 1U);
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  EXPECT_TRUE(service->kept());
}

TEST_F(OnionServiceTest, WithdrawnBeforeItWasTakenOn) {
  predecessor();
  make(connected());
  EXPECT_TRUE(run(io, service->withdraw()).has_value());
  EXPECT_TRUE(fake.behaviour.detached.empty());
}

TEST_F(OnionServiceTest, WithdrawnWhileItIsPublished) {
  for (const bool asked : {true, false}) {
    make(connected());
    publish();
    const auto before = fake.count("ADD_ONION");
    if (asked)
      ASSERT_TRUE(run_until(io, [&] { return fake.count("ADD_ONION") > before; })) << "not answered yet";
    else
      ASSERT_TRUE(run_until(io, [&] { return service->name().has_value(); }));
    EXPECT_TRUE(run(io, service->withdraw()).has_value());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->error().code, Errc::cancelled);
    EXPECT_TRUE(fake.behaviour.detached.empty());
    EXPECT_EQ(fake.commands.back(), "DEL_ONION " + name->service_id());
    service.reset();
  }
}

TEST_F(OnionServiceTest, ATorThatDoesNotAnswerIsLeftWithTheService) {
  predecessor();
  make(connected());
  publish();
  ASSERT_TRUE(publish_ends());
  fake.behaviour.faults["DEL_ONION"] = Misbehaviour::silence;
  std::optional<Result<void>> withdrawn;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { withdrawn.emplace(co_await service->withdraw()); }, asio::detached);
  ASSERT_TRUE(run_until(io, [&] { return fake.count("DEL_ONION") == 1; }));
  client->stop();
  ASSERT_TRUE(run_until(io, [&] { return withdrawn.has_value(); }));
  EXPECT_EQ(withdrawn->error().code, Errc::cancelled);
}

} // namespace
} // namespace sipveil::control
