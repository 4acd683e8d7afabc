#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string b32 = std::string(52, 'a') + ".b32.i2p";
const std::string other_b32 = "b" + std::string(51, 'a') + ".b32.i2p";
const std::string i2p_address = "i2p:" + b32;
const std::string with_i2p = minimal + "[i2p]\n"; // three lines
const std::string taking_calls = minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[i2p]\n[destination]\n"; // six

std::string peer(const std::string& name, const std::string& address, const std::string& more = "") {
  return "[[peer]]\nname = \"" + name + "\"\naddress = \"" + address + "\"\n" + more;
}

std::string route(const std::string& peers, const std::string& more = "") {
  return "[[route]]\ndomain = \"a\"\npeers = [" + peers + "]\n" + more;
}

TEST(I2p, Defaults) {
  const Config config = accepted(taking_calls);
  ASSERT_TRUE(config.i2p && config.destination);
  EXPECT_FALSE(config.i2p->spawn);
  EXPECT_EQ(config.i2p->sam->text(), "127.0.0.1:7656");
  EXPECT_EQ(config.i2p->sessions, 16U);
  for (const TunnelShape& tunnels : {config.i2p->tunnels, config.destination->tunnels}) {
    EXPECT_EQ(tunnels.length, 3U);
    EXPECT_EQ(tunnels.quantity, 3U);
  }
  EXPECT_TRUE(config.destination->allow.empty());
  EXPECT_FALSE(accepted(minimal).i2p);
}

TEST(I2p, EveryKey) {
  const Config config = accepted(with_i2p +
                                 "sam = \"unix:sam.sock\"\ntunnel_length = 0\ntunnel_quantity = 16\nsessions = 64\n"
                                 "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n"
                                 "[destination]\ntunnel_length = 7\ntunnel_quantity = 5\nallow = [\"" +
                                 b32 + "\", \"" + other_b32 + "\"]\n");
  EXPECT_EQ(config.i2p->sam->text(), "unix:/etc/sipveil/sam.sock");
  EXPECT_EQ(config.i2p->tunnels.length, 0U);
  EXPECT_EQ(config.i2p->tunnels.quantity, 16U);
  EXPECT_EQ(config.i2p->sessions, 64U);
  EXPECT_EQ(config.destination->tunnels.length, 7U);
  EXPECT_EQ(config.destination->tunnels.quantity, 5U);
  EXPECT_THAT(config.destination->allow, ElementsAre(*B32Name::parse(b32), *B32Name::parse(other_b32)));
}

TEST(I2p, ARouterOfOurOwnHasNoSamOfYours) {
  const Config config = accepted(with_i2p + "spawn = true\nbinary = \"i2pd-new\"\nextra_conf = \"more.conf\"\n");
  EXPECT_FALSE(config.i2p->sam);
  EXPECT_EQ(config.i2p->binary, "i2pd-new");
  EXPECT_EQ(config.i2p->extra_conf, "/etc/sipveil/more.conf");
  EXPECT_EQ(only_mistake(with_i2p + "spawn = true\nsam = \"127.0.0.1:7656\"\n").key, "i2p.sam");
  EXPECT_EQ(only_mistake(with_i2p + "extra_conf = \"more.conf\"\n").key, "i2p.extra_conf");
}

TEST(I2p, Ranges) {
  for (const char* wrong : {"tunnel_length = 8", "tunnel_length = -1", "tunnel_quantity = 2", "tunnel_quantity = 17",
                            "sessions = 0", "sessions = 65", "sam = \"localhost:7656\""}) {
    const Mistake mistake = only_mistake(with_i2p + wrong + "\n");
    EXPECT_EQ(mistake.line, 4U) << wrong;
    EXPECT_FALSE(mistake.mend.empty()) << wrong;
  }
  EXPECT_EQ(only_mistake(with_i2p + "sam_port = 1\n").key, "i2p.sam_port");
  EXPECT_EQ(only_mistake(with_i2p + "session = 1\n").mend, "Did you mean \"sessions\"?");
}

TEST(Destination, NeedsARouterAndSomebodyToCall) {
  const Mistake without = only_mistake(minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[destination]\n");
  EXPECT_EQ(without.key, "destination");
  EXPECT_THAT(without.text, HasSubstr("[i2p]"));
  EXPECT_EQ(only_mistake(with_i2p + "[destination]\n").key, "inner.deliver_to");
}

TEST(Destination, AllowList) {
  EXPECT_EQ(only_mistake(taking_calls + "allow = []\n").key, "destination.allow");
  EXPECT_EQ(only_mistake(taking_calls + "allow = [\"" + b32 + "\", \"" + b32 + "\"]\n").key, "destination.allow[1]");
  EXPECT_EQ(only_mistake(taking_calls + "allow = [\"alice.i2p\"]\n").key, "destination.allow[0]");
  EXPECT_EQ(only_mistake(taking_calls + "allow = \"" + b32 + "\"\n").key, "destination.allow");
}

TEST(I2pPeer, GoesThroughTheRouterByDefault) {
  const Config config = accepted(with_i2p + peer("bob", i2p_address));
  EXPECT_EQ(config.peers.at(0).via, Via(ViaI2p{}));
  EXPECT_EQ(text(config.peers.at(0).via), "i2p");
  const std::string spelled = "via = \"i2p\"\ni2p_identity = \"transient\"\n";
  EXPECT_EQ(accepted(with_i2p + peer("bob", i2p_address, spelled)).peers.at(0).via, Via(ViaI2p{}));
  EXPECT_THAT(only_mistake(minimal + peer("bob", i2p_address)).text, HasSubstr("[i2p]"));
}

TEST(I2pPeer, NothingElseDialsIt) {
  const std::string both = with_i2p + "[tor]\n";
  for (const char* via : {"tor", "direct", "socks:127.0.0.1:4447"}) {
    const Mistake mistake = only_mistake(both + peer("bob", i2p_address, "via = \"" + std::string(via) + "\"\n"));
    EXPECT_EQ(mistake.line, 8U) << via;
    EXPECT_EQ(mistake.key, "peer[0].via") << via;
    EXPECT_THAT(mistake.mend, HasSubstr("\"i2p\"")) << via;
  }
}

TEST(I2pPeer, TheRouterDialsNothingElse) {
  for (const std::string& address :
       {"tor:" + onion + ":5060", std::string("tls:a.example:5061"), std::string("tcp:192.0.2.1:5060")})
    EXPECT_EQ(only_mistake(with_i2p + "[tor]\n" + peer("bob", address, "via = \"i2p\"\n")).key, "peer[0].via")
        << address;
}

TEST(I2pPeer, OwnDestination) {
  const std::string own = "i2p_identity = \"own\"\n";
  const Config config = accepted(taking_calls + peer("bob", i2p_address, own));
  EXPECT_EQ(config.peers.at(0).via, Via(ViaI2p{.own_destination = true}));
  EXPECT_THAT(only_mistake(with_i2p + peer("bob", i2p_address, own)).text, HasSubstr("[destination]"));
  EXPECT_EQ(only_mistake(with_i2p + peer("bob", i2p_address, "i2p_identity = \"ours\"\n")).key, "peer[0].i2p_identity");
  EXPECT_EQ(only_mistake(minimal + "[tor]\n" + peer("bob", "tor:" + onion + ":5060", own)).key, "peer[0].i2p_identity");
  // A wrong via is the only mistake: the key after it is known all the same.
  EXPECT_EQ(only_mistake(with_i2p + peer("bob", i2p_address, "via = \"direct\"\n" + own)).key, "peer[0].via");
  EXPECT_EQ(only_mistake(with_i2p + peer("bob", "i2p:x", own)).key, "peer[0].address");
}

TEST(HttpPeer, AnyProxy) {
  const Config config = accepted(minimal + peer("a", i2p_address, "via = \"http:127.0.0.1:4444\"\n") +
                                 peer("b", "tor:" + onion + ":5060", "via = \"http:unix:tunnel\"\n") +
                                 peer("c", "tls:a.example:5061", "via = \"http:[::1]:9080\"\n"));
  EXPECT_EQ(text(config.peers.at(0).via), "http:127.0.0.1:4444");
  EXPECT_EQ(text(config.peers.at(1).via), "http:unix:/etc/sipveil/tunnel");
  EXPECT_EQ(text(config.peers.at(2).via), "http:[::1]:9080");
  EXPECT_EQ(only_mistake(minimal + peer("a", i2p_address, "via = \"http:localhost:4444\"\n")).key, "peer[0].via");
}

TEST(HttpPeer, PlainTextThroughItsExitMustBeNamed) {
  const std::string via = "via = \"http:127.0.0.1:9080\"\n";
  for (const char* address : {"tcp:192.0.2.1:5060", "socks5:sip.example.org:5060"}) {
    EXPECT_EQ(only_mistake(minimal + peer("a", address, via)).key, "peer[0].address") << address;
    EXPECT_TRUE(accepted(minimal + peer("a", address, via + "plaintext_exit = true\n")).peers.at(0).plaintext_exit);
  }
  EXPECT_EQ(only_mistake(minimal + peer("a", i2p_address, via + "plaintext_exit = true\n")).key,
            "peer[0].plaintext_exit");
}

TEST(OneDestination, CannotBeACircuitOfEachCall) {
  const std::string http = peer("bob", i2p_address, "via = \"http:127.0.0.1:4444\"\n");
  const std::string own = peer("bob", i2p_address, "i2p_identity = \"own\"\n");
  for (const std::string& start : {taking_calls + http, taking_calls + own}) {
    for (const char* circuit : {"", "circuit = \"per-call\"\n", "circuit = \"per-identity\"\n"}) {
      const Mistake mistake = only_mistake(start + route("\"bob\"", circuit));
      EXPECT_EQ(mistake.key, "route[0].circuit");
      EXPECT_EQ(mistake.line, *circuit == '\0' ? 11U : 14U);
      EXPECT_THAT(mistake.text, HasSubstr("\"bob\""));
      EXPECT_THAT(mistake.mend, HasSubstr("per-peer"));
    }
    for (const char* circuit : {"per-peer", "shared"})
      EXPECT_EQ(accepted(start + route("\"bob\"", "circuit = \"" + std::string(circuit) + "\"\n")).routes.size(), 1U);
  }
  EXPECT_EQ(accepted(taking_calls + peer("bob", i2p_address) + route("\"bob\"")).routes.size(), 1U);
}

} // namespace
} // namespace sipveil::test
