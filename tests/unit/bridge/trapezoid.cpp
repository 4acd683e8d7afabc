// A whole call between two domains: two phones, two proxies, four bridges. What each part gets to see, and what
// becomes of the call when a bridge is killed.
#include "tests/unit/bridge/hop_script.h"
#include "tests/unit/bridge/sim_trapezoid.h"

#include <set>

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

enum class Ender { caller, callee };

/// With an onion service of Bob's, or by the link on which he registered.
class TrapezoidCall : public ::testing::TestWithParam<bool> {
 protected:
  void establish() {
    net_.register_bob();
    ASSERT_EQ(net_.bob.enrol_status, 200);
    net_.alice.call("sip:bob@bob.example");
    net_.run(5s);
    ASSERT_EQ(net_.alice.invite_status, 200);
    ASSERT_TRUE(net_.bob.acknowledged);
  }
  void hang_up(Ender ender) {
    SimPhone& first = ender == Ender::caller ? net_.alice : net_.bob;
    SimPhone& other = ender == Ender::caller ? net_.bob : net_.alice;
    first.hang_up();
    net_.run(10s);
    EXPECT_EQ(first.bye_status, 200);
    EXPECT_EQ(other.byes, 1U);
  }
  void expect_nothing_left() {
    net_.run(2h);
    for (SimBridge* bridge : {&net_.a, &net_.sidecar_a, &net_.sidecar_b, &net_.b}) {
      EXPECT_EQ(bridge->hop->exchanges(), 0U) << bridge->name;
      EXPECT_EQ(bridge->hop->calls(), 0U) << bridge->name;
    }
    EXPECT_EQ(net_.alice.timeouts + net_.bob.timeouts, 0U);
  }
  std::vector<SimBridge*> bridges() { return {&net_.a, &net_.sidecar_a, &net_.sidecar_b, &net_.b}; }

  Trapezoid net_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Callee, TrapezoidCall, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "AtAnOnion" : "ByItsLink"; });

TEST_P(TrapezoidCall, IsSetUpAndEndedByTheCaller) {
  establish();
  EXPECT_TRUE(net_.alice.rang);
  hang_up(Ender::caller);
  expect_nothing_left();
}

TEST_P(TrapezoidCall, IsEndedByTheCallee) {
  establish();
  hang_up(Ender::callee);
  expect_nothing_left();
}

TEST_P(TrapezoidCall, MayBeCancelled) {
  net_.register_bob();
  net_.bob.answers_after = 1min;
  net_.alice.call("sip:bob@bob.example");
  net_.run(2s);
  net_.alice.cancel();
  net_.run(2s);
  EXPECT_EQ(net_.alice.invite_status, 487);
  EXPECT_TRUE(net_.bob.cancelled);
  expect_nothing_left();
}

TEST_P(TrapezoidCall, RegistrationsShowEachPartOnlyItsOwn) {
  net_.register_bob();
  EXPECT_EQ(net_.bob.enrolled_as, "<sip:bob@10.4.0.1:5072>;expires=600");
  EXPECT_THAT(net_.proxy_b.location["bob"], MatchesRegex("sip:[a-z2-7]+@10.3.0.2:5060"));
  const std::string bound = net_.proxy_b.location["bob"];
  net_.register_bob();
  EXPECT_EQ(net_.proxy_b.location["bob"], bound) << "a refresh is the same binding";
  net_.b.kill();
  net_.sidecar_b.kill();
  net_.register_bob();
  EXPECT_EQ(net_.proxy_b.location["bob"], bound) << "after a restart too";
}

/// Call-ID and tags, and everything else by which a message could be known again.
std::set<std::string> identifiers_in(const std::vector<std::string>& messages) {
  std::set<std::string> found;
  for (const std::string& bytes : messages) {
    const auto message = parsed(bytes);
    for (const std::string_view id : {message.call_id(), message.from_tag(), message.to_tag()})
      if (!id.empty()) found.insert(std::string(id));
    for (const std::string& via : message.vias())
      found.insert(via.substr(via.find("branch=")));
    for (const auto& routes : {message.record_routes(), message.routes()})
      for (const std::string& route : routes)
        if (route.find(";sv=") != std::string::npos) found.insert(route.substr(route.find(";sv=")));
    for (const std::string& contact : message.contacts())
      if (const auto uri = sip::Uri::from_name_addr(contact)) found.insert(uri->user);
  }
  return found;
}

TEST_P(TrapezoidCall, NoTwoPartsOfTheWayHoldAnIdentifierInCommon) {
  establish();
  net_.alice.send_info();
  net_.run(1s);
  hang_up(Ender::callee);
  const std::pair<const char*, std::set<std::string>> parts[] = {{"proxy A", identifiers_in(net_.proxy_a.log)},
                                                                 {"proxy B", identifiers_in(net_.proxy_b.log)},
                                                                 {"the wire", identifiers_in(net_.wires)},
                                                                 {"Alice", {"call-of-alice", "alice", "z9hG4bKalice"}},
                                                                 {"Bob", {"registration-of-bob", "bob"}}};
  EXPECT_GT(parts[0].second.size(), 10U);
  for (const auto& [name, one] : parts)
    for (const auto& [other_name, other] : parts) {
      if (std::string_view(name) >= other_name) continue;
      std::vector<std::string> common;
      std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(common));
      EXPECT_THAT(common, IsEmpty()) << name << " and " << other_name;
    }
}

TEST_P(TrapezoidCall, TheProxiesMeetTheirOwnRoutesInTheDialog) {
  establish();
  hang_up(Ender::caller);
  for (SimProxy* proxy : {&net_.proxy_a, &net_.proxy_b}) {
    unsigned byes = 0;
    for (const std::string& bytes : proxy->log) {
      const auto message = parsed(bytes);
      if (!bytes.starts_with("BYE")) continue;
      ++byes;
      ASSERT_EQ(message.routes().size(), 2U) << "its own, and then the bridge's";
      EXPECT_THAT(message.routes(), ElementsAre(MatchesRegex("<sip:10.[23].0.1:5060;lr>"),
                                                MatchesRegex("<sip:10.[23].0.2:5060;lr;sv=[a-z2-7]+>")));
    }
    EXPECT_EQ(byes, 1U);
  }
}

TEST_P(TrapezoidCall, OutlivesTheDeathOfAnyBridgeWhoeverEndsIt) {
  for (std::size_t killed = 0; killed < 4; ++killed)
    for (const Ender ender : {Ender::caller, Ender::callee}) {
      Trapezoid net(GetParam());
      SimBridge* const victim = std::vector<SimBridge*>{&net.a, &net.sidecar_a, &net.sidecar_b, &net.b}[killed];
      SCOPED_TRACE(victim->name + (ender == Ender::caller ? ", ended by the caller" : ", ended by the callee"));
      net.register_bob();
      net.alice.call("sip:bob@bob.example");
      net.run(5s);
      ASSERT_TRUE(net.bob.acknowledged);
      victim->kill();
      net.run(5s); // the neighbours dial again
      SimPhone& first = ender == Ender::caller ? net.alice : net.bob;
      SimPhone& other = ender == Ender::caller ? net.bob : net.alice;
      first.send_info();
      net.run(2s);
      first.hang_up();
      net.run(10s);
      EXPECT_EQ(first.bye_status, 200);
      EXPECT_EQ(other.byes, 1U);
      EXPECT_EQ(net.alice.timeouts + net.bob.timeouts, 0U);
    }
}

TEST_P(TrapezoidCall, OutlivesTheDeathOfAllOfThem) {
  establish();
  for (SimBridge* bridge : bridges())
    bridge->kill();
  net_.run(5s); // both ends' bridges dial again
  hang_up(Ender::caller);
  expect_nothing_left();
}

} // namespace
} // namespace sipveil::hop::test
