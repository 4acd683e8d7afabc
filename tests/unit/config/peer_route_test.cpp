#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string peer(const std::string& name, const std::string& address, const std::string& more = "") {
  return "[[peer]]\nname = \"" + name + "\"\naddress = \"" + address + "\"\n" + more;
}

const std::string with_tor = minimal + "[tor]\n"; // three lines
const std::string tor_address = "tor:" + onion + ":5060";

TEST(Peer, GoesThroughTorByDefault) {
  for (const std::string& address : {tor_address, std::string("tls:sip.example.org:5061")}) {
    const Config config = accepted(with_tor + peer("bob", address));
    ASSERT_EQ(config.peers.size(), 1U) << address;
    EXPECT_EQ(config.peers[0].via, Via(ViaTor{})) << address;
    EXPECT_EQ(config.peers[0].address.text(), address);
    EXPECT_TRUE(config.peers[0].keepalive);
  }
}

TEST(Peer, PlainTcpMustSayHow) {
  const Mistake mistake = only_mistake(with_tor + peer("bob", "tcp:192.0.2.1:5060"));
  EXPECT_EQ(mistake.line, 4U);
  EXPECT_EQ(mistake.key, "peer[0].via");
  EXPECT_EQ(accepted(with_tor + peer("bob", "tcp:192.0.2.1:5060", "via = \"direct\"\n")).peers[0].via,
            Via(ViaDirect{}));
}

TEST(Peer, PlainTextThroughAnExitMustBeNamed) {
  const std::string socks = "via = \"socks:127.0.0.1:9150\"\n";
  const std::string tor = "via = \"tor\"\n";
  for (const auto& [address, via] : {std::pair<std::string, std::string>{"tcp:192.0.2.1:5060", tor},
                                     {"tcp:sip.example.org:5060", socks},
                                     {"socks5:sip.example.org:5060", ""},
                                     {"socks5:sip.example.org:5060", socks}}) {
    const Mistake mistake = only_mistake(with_tor + peer("bob", address, via));
    EXPECT_EQ(mistake.line, 6U) << address;
    EXPECT_EQ(mistake.key, "peer[0].address") << address;
    EXPECT_THAT(mistake.mend, HasSubstr("tls:")) << address;
    const PeerConfig named = accepted(with_tor + peer("bob", address, via + "plaintext_exit = true\n")).peers.at(0);
    EXPECT_TRUE(named.plaintext_exit) << address;
    EXPECT_FALSE(std::holds_alternative<ViaDirect>(named.via)) << address;
    EXPECT_EQ(only_mistake(with_tor + peer("bob", address, via + "plaintext_exit = false\n")).key,
              "peer[0].plaintext_exit");
  }
}

TEST(Peer, WhatNoExitReadsIsNoPlaintextExit) {
  const std::string wanted = "plaintext_exit = true\n";
  for (const std::string& other : {peer("bob", tor_address, wanted), peer("bob", "tls:a.example:5061", wanted),
                                   peer("bob", "tcp:192.0.2.1:5060", "via = \"direct\"\n" + wanted)})
    EXPECT_EQ(only_mistake(with_tor + other).key, "peer[0].plaintext_exit") << other;
  EXPECT_FALSE(accepted(with_tor + peer("bob", tor_address, "plaintext_exit = false\n")).peers.at(0).plaintext_exit);
}

TEST(Peer, AnotherSocksPort) {
  const Config config = accepted(minimal + peer("bob", tor_address, "via = \"socks:127.0.0.1:9150\"\n") +
                                 peer("eve", tor_address, "via = \"socks:unix:orbot\"\nkeepalive = false\n"));
  EXPECT_EQ(text(config.peers[0].via), "socks:127.0.0.1:9150");
  EXPECT_EQ(text(config.peers[1].via), "socks:unix:/etc/sipveil/orbot");
  EXPECT_FALSE(config.peers[1].keepalive);
  EXPECT_EQ(only_mistake(minimal + peer("bob", tor_address, "via = \"socks:localhost:9150\"\n")).key, "peer[0].via");
}

TEST(Peer, WithoutTor) {
  EXPECT_THAT(only_mistake(minimal + peer("bob", tor_address)).text, HasSubstr("[tor]"));
  EXPECT_THAT(only_mistake(minimal + peer("bob", "tls:a.example:5061")).text, HasSubstr("[tor]"));
  EXPECT_EQ(accepted(minimal + peer("bob", "tls:a.example:5061", "via = \"direct\"\n")).peers.size(), 1U);
}

TEST(Peer, OverlayAddressesAreNeverDialledDirectly) {
  EXPECT_THAT(only_mistake(with_tor + peer("bob", tor_address, "via = \"direct\"\n")).text, HasSubstr("directly"));
  EXPECT_THAT(only_mistake(with_tor + peer("bob", "socks5:a.example:5060", "via = \"direct\"\n")).text,
              HasSubstr("SOCKS"));
}

TEST(Peer, WrongChecksumOfAnOnionName) {
  std::string wrong = tor_address;
  wrong[10] = wrong[10] == 'b' ? 'c' : 'b';
  const Mistake mistake = only_mistake(with_tor + peer("bob", wrong));
  EXPECT_EQ(mistake.line, 6U);
  EXPECT_THAT(mistake.text, HasSubstr("checksum"));
}

TEST(Peer, Names) {
  EXPECT_EQ(only_mistake(with_tor + peer("bob smith", tor_address)).key, "peer[0].name");
  EXPECT_EQ(only_mistake(with_tor + peer("", tor_address)).key, "peer[0].name");
  EXPECT_EQ(only_mistake(with_tor + peer(std::string(65, 'x'), tor_address)).key, "peer[0].name");
  const Mistake twice = only_mistake(with_tor + peer("bob", tor_address) + peer("bob", tor_address));
  EXPECT_EQ(twice.key, "peer[1].name");
  EXPECT_THAT(twice.text, HasSubstr("line 5"));
}

TEST(Peer, MissingKeysAndWrongOnesTogether) {
  EXPECT_THAT(places(refused(with_tor + "[[peer]]\nvia = \"tr\"\nport = 5060\n")),
              ElementsAre("4 peer[0].name", "4 peer[0].address", "5 peer[0].via", "6 peer[0].port"));
  EXPECT_EQ(only_mistake(with_tor + "[[peer]]\nname = \"bob\"\ntls_ca_file = \"ca\"\nplaintext_exit = true\n").key,
            "peer[0].address");
  EXPECT_EQ(only_mistake(with_tor + peer("bob", tor_address, "via = 1\n")).key, "peer[0].via");
}

TEST(Peer, AuthoritiesAreForTlsOnly) {
  EXPECT_EQ(accepted(with_tor + peer("bob", "tls:a.example:1", "tls_ca_file = \"ca.pem\"\n")).peers[0].tls_ca_file,
            std::filesystem::path("/etc/sipveil/ca.pem"));
  EXPECT_EQ(only_mistake(with_tor + peer("bob", tor_address, "tls_ca_file = \"ca.pem\"\n")).key, "peer[0].tls_ca_file");
}

TEST(Peer, ClientKeyNeedsAnOnionAddressAndOurTor) {
  EXPECT_EQ(accepted(with_tor + peer("bob", tor_address, "client_key_file = \"key\"\n")).peers[0].client_key_file,
            "/etc/sipveil/key");
  EXPECT_EQ(only_mistake(with_tor + peer("bob", "tls:a.example:1", "client_key_file = \"key\"\n")).key,
            "peer[0].client_key_file");
  EXPECT_EQ(
      only_mistake(with_tor + peer("bob", tor_address, "via = \"socks:[::1]:1\"\nclient_key_file = \"key\"\n")).key,
      "peer[0].client_key_file");
}

TEST(Route, ReadsNamesAndTables) {
  const Config config = accepted(with_tor +
                                 "[[route]]\ndomain = \"Bob.Example\"\n"
                                 "peers = [\"bob\", {peer = \"eve\", priority = 0, weight = 65535}]\n"
                                 "circuit = \"per-identity\"\n"
                                 "[[route]]\ndomain = \"*\"\npeers = [\"eve\"]\n" +
                                 peer("bob", tor_address) + peer("eve", "tor:" + other_onion + ":5061"));
  ASSERT_EQ(config.routes.size(), 2U);
  const RouteConfig& route = config.routes[0];
  EXPECT_EQ(route.domain, "bob.example");
  EXPECT_EQ(route.circuit, CircuitPolicy::per_identity);
  ASSERT_EQ(route.peers.size(), 2U);
  EXPECT_EQ(route.peers[0].peer, "bob");
  EXPECT_EQ(route.peers[0].priority, 1);
  EXPECT_EQ(route.peers[0].weight, 1);
  EXPECT_EQ(route.peers[1].priority, 0);
  EXPECT_EQ(route.peers[1].weight, 65535);
  EXPECT_EQ(config.routes[1].circuit, CircuitPolicy::per_call);
  ASSERT_NE(config.find_peer("eve"), nullptr);
  EXPECT_EQ(config.find_peer("eve")->address.text(), "tor:" + other_onion + ":5061");
  EXPECT_EQ(config.find_peer("nobody"), nullptr);
}

std::string route(const std::string& domain, const std::string& peers) {
  return with_tor + peer("bob", tor_address) + "[[route]]\ndomain = \"" + domain + "\"\npeers = " + peers + "\n";
}

TEST(Route, Domains) {
  EXPECT_EQ(accepted(route("192.0.2.1", "[\"bob\"]")).routes[0].domain, "192.0.2.1");
  EXPECT_EQ(accepted(route("[2001:DB8::1]", "[\"bob\"]")).routes[0].domain, "[2001:db8::1]");
  EXPECT_EQ(accepted(route(onion, "[\"bob\"]")).routes[0].domain, onion);
  for (const char* wrong :
       {"", "bob.example:5060", "sip:bob.example", "alice@bob.example", "*.example", "x.onion", "a b"})
    EXPECT_EQ(only_mistake(route(wrong, "[\"bob\"]")).key, "route[0].domain") << wrong;
}

TEST(Route, OneForADomain) {
  const Mistake twice =
      only_mistake(route("bob.example", "[\"bob\"]") + "[[route]]\ndomain = \"BOB.example\"\npeers = [\"bob\"]\n");
  EXPECT_EQ(twice.key, "route[1].domain");
  EXPECT_THAT(twice.text, HasSubstr("line 8"));
}

TEST(Route, Peers) {
  EXPECT_EQ(only_mistake(route("a", "[]")).key, "route[0].peers");
  EXPECT_EQ(only_mistake(route("a", "[\"bobb\"]")).mend, "Did you mean \"bob\"?");
  EXPECT_EQ(only_mistake(route("a", "[\"nobody\"]")).mend, "Add a [[peer]] of this name.");
  EXPECT_EQ(only_mistake(route("a", "[\"bob\", \"bob\"]")).key, "route[0].peers[1]");
  EXPECT_EQ(only_mistake(route("a", "[1]")).key, "route[0].peers[0]");
  EXPECT_EQ(only_mistake(route("a", "\"bob\"")).key, "route[0].peers");
  EXPECT_EQ(only_mistake(route("a", "[{peer = \"bob\", weight = 0}]")).key, "route[0].peers[0].weight");
  EXPECT_EQ(only_mistake(route("a", "[{priority = 1}]")).key, "route[0].peers[0].peer");
  EXPECT_EQ(only_mistake(with_tor + peer("bob", tor_address) + "[[route]]\ndomain = \"a\"\n").key, "route[0].peers");
}

TEST(Route, AWrongPeerIsNotASecondMistake) {
  EXPECT_EQ(only_mistake(with_tor + peer("bob", "tor:x:5060") + "[[route]]\ndomain = \"a\"\npeers = [\"bob\"]\n").key,
            "peer[0].address");
}

TEST(Route, CircuitPolicies) {
  const auto policy = [](const std::string& word) {
    return accepted(route("a", "[\"bob\"]") + "circuit = \"" + word + "\"\n").routes[0].circuit;
  };
  EXPECT_EQ(policy("per-call"), CircuitPolicy::per_call);
  EXPECT_EQ(policy("per-identity"), CircuitPolicy::per_identity);
  EXPECT_EQ(policy("per-peer"), CircuitPolicy::per_peer);
  EXPECT_EQ(policy("shared"), CircuitPolicy::shared);
  EXPECT_EQ(only_mistake(route("a", "[\"bob\"]") + "circuit = \"per_call\"\n").mend, "Did you mean \"per-call\"?");
}

} // namespace
} // namespace sipveil::test
