// Which calls share a link and a credential. RFC 1929's user name and password are what tor isolates circuits by.
#include "tests/unit/bridge/hop_script.h"

#include <set>

namespace sipveil::hop::test {
namespace {

const Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()};
const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};

Request invite_of(unsigned number) {
  const std::string n = std::to_string(number);
  return {.via = "SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bKcall" + n, .call_id = "call-" + n};
}

/// A call that stands: its 200 was acknowledged.
LinkId establish(Script& hop) {
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(ack.text());
  hop.forget();
  return link;
}

TEST(HopCircuits, PerCallNoLinkAndNoCredentialServesTwoCalls) {
  Script hop(one_peer());
  constexpr unsigned calls = 3 * Links::max_dialling;
  for (unsigned call = 0; call < calls; ++call)
    hop.phone(invite_of(call).text());
  EXPECT_EQ(hop.book.dials.size(), Links::max_dialling) << "the others wait for their turn";
  std::set<std::string> credentials;
  for (unsigned call = 0; call < calls; ++call) {
    const auto dial = hop.dialled();
    credentials.insert(dial.isolation->password);
    EXPECT_EQ(hop.to_link(dial.link).message.call_id(), wire("call-" + std::to_string(call)));
    hop.up(dial.link);
    EXPECT_TRUE(hop.link_hears_nothing(dial.link));
  }
  EXPECT_EQ(credentials.size(), calls);
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopCircuits, PerCallOneCallStaysOnItsLink) {
  Script hop;
  const LinkId link = establish(hop);
  for (const char* method : {"INFO", "UPDATE", "INVITE", "BYE"}) {
    hop.phone(Request{.method = method,
                      .via = std::string("SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK") + method,
                      .to = to_bob(),
                      .cseq = 9}
                  .text());
    EXPECT_EQ(hop.to_link(link).method(), method);
  }
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopCircuits, AnInviteRepeatedWithCredentialsGoesToThePeerThatAskedForThem) {
  Config config = sample_config();
  for (RouteTarget& target : config.routes[0].peers)
    target.priority = 1;
  for (int round = 0; round < 20; ++round) { // the draw is random: 1 in 2^20 not to see a mistake
    Script hop(config);
    const LinkId link = hop.invite_over_link();
    hop.peer(link, reply(hop.invite, 407));
    hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
    hop.forget();
    hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKagain", .cseq = 2}.text());
    EXPECT_EQ(hop.to_link(link).method(), "INVITE");
    EXPECT_TRUE(hop.book.dials.empty());
  }
}

TEST(HopCircuits, TwoPeersOfOneCallIdAreTwoLinksAndBothAreClosed) {
  Script hop;
  const LinkId bob = hop.invite_over_link();
  hop.phone(Request{.uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKcarol"}.text());
  const LinkId carol = hop.dialled().link;
  EXPECT_NE(bob, carol);
  hop.up(carol);
  const auto second = hop.to_link(carol).message;
  hop.peer(bob, reply(hop.invite, 486));
  hop.peer(carol, reply(second, 486));
  hop.wait(40s);
  EXPECT_TRUE(hop.closed(bob));
  EXPECT_TRUE(hop.closed(carol));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCircuits, ARouteThatSharesDoesNotMakeAnotherOfTheSameCallIdShare) {
  Config config = sample_config();
  config.routes[1].circuit = CircuitPolicy::per_peer;
  for (const unsigned number : {1U, 2U}) {
    Script hop(config);
    hop.phone(invite_of(number).text());
    const auto bob = hop.dialled();
    Request to_carol = invite_of(number);
    to_carol.uri = "sip:carol@carol.example";
    to_carol.via += "-carol";
    hop.phone(to_carol.text());
    const auto carol = hop.dialled();
    hop.down(bob.link, failure(Errc::offline, Fault::overlay));
    const auto second = hop.dialled();
    EXPECT_EQ(second.peer, "bob-2");
    hop.up(second.link);
    hop.up(carol.link);
    hop.peer(second.link, reply(hop.to_link(second.link).message, 486));
    hop.peer(carol.link, reply(hop.to_link(carol.link).message, 486));
    hop.wait(40s);
    EXPECT_TRUE(hop.nothing_left());
    EXPECT_TRUE(hop.closed(second.link)) << "of this call alone";
    EXPECT_FALSE(hop.closed(carol.link));
    hop.forget();
    hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKanother", .call_id = "another"}.text());
    hop.down(hop.dialled().link, failure(Errc::offline, Fault::overlay));
    EXPECT_NE(hop.dialled().isolation->password, second.isolation->password);
  }
}

TEST(HopCircuits, ACallIdWithTwoPeersHasALinkToEachAndKeepsThem) {
  Script hop;
  const LinkId bob = hop.invite_over_link();
  hop.peer(bob, reply(hop.invite, 200));
  const std::string route = hop.to_phone().message.record_routes()[0];
  hop.phone(ack.text());
  hop.forget();
  hop.phone(Request{.uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKcarol"}.text());
  EXPECT_EQ(hop.dialled().peer, "carol");
  Request info = bye;
  info.method = "INFO";
  info.extra = "Route: " + route + "\r\n";
  hop.forget();
  hop.phone(info.text());
  EXPECT_EQ(hop.to_link(bob).method(), "INFO");
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopCircuits, OneOfThemMayGoDownWithoutTheOther) {
  Script hop;
  const LinkId bob = hop.invite_over_link();
  hop.phone(Request{.uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKcarol"}.text());
  const LinkId carol = hop.dialled().link;
  hop.up(carol);
  hop.forget();
  hop.down(bob);
  const auto again = hop.dialled();
  EXPECT_EQ(again.peer, "bob") << "its INVITE is repeated";
  EXPECT_EQ(hop.to_link(again.link).message.request_uri(), "sip:bob@bob.example");
  EXPECT_TRUE(hop.silent());
  hop.phone(Request{
      .method = "CANCEL", .uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKcarol"}
                .text());
  EXPECT_EQ(hop.to_link(carol).method(), "CANCEL");
  hop.phone(
      Request{.uri = "sip:carol@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKagain", .cseq = 2}
          .text());
  EXPECT_EQ(hop.to_link(carol).method(), "INVITE");
  EXPECT_TRUE(hop.book.dials.empty());
}

struct Sharing {
  CircuitPolicy circuit;
  bool other_peer;     ///< does a call of the same user to another peer use the same credential?
  bool other_identity; ///< does a call of another user to the same peer use the same link?
};
class HopSharing : public ::testing::TestWithParam<Sharing> {};

TEST_P(HopSharing, SharesWhatThePolicySaysAndNoMore) {
  Config config = sample_config();
  config.peers[1].same_as = "bob"; // so that what is said to one goes along with the dial
  for (RouteConfig& route : config.routes)
    route.circuit = GetParam().circuit;
  Script hop(config);
  hop.phone(invite_of(1).text());
  const auto first = hop.dialled();
  hop.phone(invite_of(2).text());
  EXPECT_TRUE(hop.book.dials.empty()) << "the same user to the same peer";
  EXPECT_EQ(hop.book.links[first.link].size(), 2U);

  Request to_carol = invite_of(3);
  to_carol.uri = "sip:carol@carol.example";
  hop.phone(to_carol.text());
  const auto second = hop.dialled();
  EXPECT_NE(second.link, first.link);
  EXPECT_EQ(second.isolation->password == first.isolation->password, GetParam().other_peer);

  Request of_dave = invite_of(4);
  of_dave.from = "<sip:dave@alice.example>;tag=d";
  hop.phone(of_dave.text());
  EXPECT_EQ(hop.book.dials.empty(), GetParam().other_identity);

  hop.down(first.link);
  EXPECT_EQ(hop.dialled().peer, GetParam().other_identity ? "bob-2" : "bob");
}

INSTANTIATE_TEST_SUITE_P(Policies, HopSharing,
                         ::testing::Values(Sharing{CircuitPolicy::per_identity, true, false},
                                           Sharing{CircuitPolicy::per_peer, false, true},
                                           Sharing{CircuitPolicy::shared, true, true}));

TEST(HopCircuits, ASharedLinkOutlivesItsCallsAndServesTheNext) {
  Config config = sample_config();
  config.routes[0].circuit = CircuitPolicy::per_peer;
  Script hop(config);
  const LinkId link = establish(hop);
  hop.phone(bye.text());
  hop.peer(link, reply(hop.to_link(link).message, 200));
  hop.wait(60s);
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_FALSE(hop.closed(link));
  hop.forget();
  hop.phone(invite_of(2).text());
  EXPECT_EQ(hop.to_link(link).method(), "INVITE");
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopCircuits, WhenASharedLinkIsLostEveryCallOnItIsTakenAlongToTheNext) {
  Config config = sample_config();
  config.routes[0].circuit = CircuitPolicy::per_identity;
  Script hop(config);
  LinkId link = 0;
  for (const unsigned number : {1U, 2U, 3U}) {
    hop.phone(invite_of(number).text());
    if (number == 1) {
      link = hop.dialled().link;
      hop.up(link);
    }
    hop.peer(link, reply(hop.to_link(link).message, 200));
    Request confirmed = ack;
    confirmed.call_id = "call-" + std::to_string(number);
    if (number < 3) hop.phone(confirmed.text()); // the last one's is still on its way
    hop.forget();
  }
  hop.down(link);
  hop.wait(500ms);
  const LinkId fresh = hop.dialled().link;
  EXPECT_TRUE(hop.book.dials.empty());
  std::set<std::string> taken_along{std::string(hop.to_link(fresh).message.call_id()),
                                    std::string(hop.to_link(fresh).message.call_id())};
  EXPECT_EQ(taken_along, (std::set<std::string>{wire("call-1"), wire("call-2")}));
  hop.up(fresh);
  hop.forget();
  hop.wait(1min);
  EXPECT_TRUE(hop.link_hears_nothing(fresh));
  EXPECT_TRUE(hop.book.dials.empty());
  hop.down(fresh);
  hop.book.dials.clear();
  for (int i = 0; i < 60; ++i) { // the peer does not come back
    hop.wait(1min);
    while (!hop.book.dials.empty())
      hop.down(hop.dialled().link, failure(Errc::offline, Fault::overlay));
  }
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopCircuits, ADialogKeepsThePolicyOfItsRoute) { // though another route to the same peer has another one
  Config config = sample_config();
  config.routes[1].peers = {{"bob", 1, 1}};
  config.routes[0].circuit = CircuitPolicy::shared;
  Script hop(config);
  const LinkId link = hop.invite_over_link({.uri = "sip:carol@carol.example"});
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(ack.text());
  EXPECT_EQ(hop.to_link(link).method(), "ACK");
  hop.phone(bye.text());
  EXPECT_EQ(hop.to_link(link).method(), "BYE");
  EXPECT_TRUE(hop.book.dials.empty());
}

TEST(HopCircuits, ADirectPeerHasNoCredential) {
  Config config = sample_config();
  config.peers[0].address = *PeerAddress::parse("tcp:192.0.2.1:5060");
  config.peers[0].via = ViaDirect{};
  for (const CircuitPolicy policy : {CircuitPolicy::per_call, CircuitPolicy::shared}) {
    config.routes[0].circuit = policy;
    Script hop(config);
    hop.phone(Request{}.text());
    EXPECT_FALSE(hop.dialled().isolation);
  }
}

} // namespace
} // namespace sipveil::hop::test
