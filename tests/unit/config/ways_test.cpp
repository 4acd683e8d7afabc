// One callee reached in several ways: same_as and race.
#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::HasSubstr;

const std::string i2p_address = "i2p:" + std::string(52, 'a') + ".b32.i2p";
const std::string both = minimal + "[tor]\n[i2p]\n"; // four lines

std::string peer(const std::string& name, const std::string& address, const std::string& same_as = "") {
  return "[[peer]]\nname = \"" + name + "\"\naddress = \"" + address + "\"\n" +
         (same_as.empty() ? "" : "same_as = \"" + same_as + "\"\n");
}

const std::string bob = peer("bob", "tor:" + onion + ":5060"); // three lines

TEST(SameAs, NamesAnotherPeer) {
  const Config config = accepted(both + bob + peer("bob-i2p", i2p_address, "bob"));
  EXPECT_EQ(config.peers.at(0).same_as, "");
  EXPECT_EQ(config.peers.at(1).same_as, "bob");
}

TEST(SameAs, WhateverTheirOrder) {
  const Config config = accepted(both + peer("bob-i2p", i2p_address, "bob") + bob);
  EXPECT_EQ(config.peers.at(0).same_as, "bob");
  EXPECT_EQ(config.peers.at(1).same_as, "");
}

TEST(SameAs, MustExist) {
  const Mistake mistake = only_mistake(both + bob + peer("bob-i2p", i2p_address, "bobb"));
  EXPECT_EQ(mistake.line, 11U);
  EXPECT_EQ(mistake.key, "peer[1].same_as");
  EXPECT_EQ(mistake.mend, "Did you mean \"bob\"?");
}

TEST(SameAs, NeverItselfAndNoChains) {
  EXPECT_THAT(only_mistake(both + peer("bob", i2p_address, "bob")).text, HasSubstr("own name"));
  const std::string chain = bob + peer("b", i2p_address, "bob") + peer("c", "tor:" + other_onion + ":5060", "b");
  const Mistake mistake = only_mistake(both + chain);
  EXPECT_EQ(mistake.key, "peer[2].same_as");
  EXPECT_THAT(mistake.text, HasSubstr("\"bob\""));
  EXPECT_EQ(refused(both + peer("a", "tor:" + onion + ":5060", "b") + peer("b", i2p_address, "a")).size(), 2U);
}

TEST(SameAs, IsKnownOfAPeerThatIsWrongOtherwise) {
  EXPECT_EQ(only_mistake(both + bob + peer("b", "i2p:x", "bob")).key, "peer[1].address");
  EXPECT_EQ(only_mistake(both + peer("bob", "tor:x:1") + peer("b", i2p_address, "bob")).key, "peer[0].address");
}

std::string raced(const std::string& peers, const std::string& more = "") {
  return both + bob + peer("b", i2p_address, "bob") + peer("d", "tls:a.example:5061") + "via = \"direct\"\n" +
         "[[route]]\ndomain = \"a\"\nrace = true\npeers = [" + peers + "]\n" + more;
}

TEST(Race, BetweenEquals) {
  EXPECT_TRUE(accepted(raced("\"bob\", \"b\"")).routes.at(0).race);
  EXPECT_TRUE(accepted(raced("\"bob\", {peer = \"b\"}, {peer = \"d\", priority = 2}")).routes.at(0).race);
  EXPECT_FALSE(accepted(both + bob + "[[route]]\ndomain = \"a\"\npeers = [\"bob\"]\nrace = false\n").routes.at(0).race);
}

TEST(Race, NeedsTwoOfTheLowestPriority) {
  for (const char* peers :
       {"\"bob\"", "\"bob\", {peer = \"b\", priority = 2}", "{peer = \"b\", priority = 0}, \"bob\""}) {
    const Mistake mistake = only_mistake(raced(peers));
    EXPECT_EQ(mistake.key, "route[0].race") << peers;
    EXPECT_EQ(mistake.line, 18U) << peers;
  }
}

TEST(Race, NeedsLinksOpenedAhead) {
  EXPECT_THAT(only_mistake(raced("\"bob\", \"b\", \"d\"")).text, HasSubstr("\"d\""));
  EXPECT_EQ(only_mistake(raced("\"bob\", \"b\"", "circuit = \"shared\"\n")).key, "route[0].race");
  EXPECT_THAT(only_mistake(raced("\"bob\", \"b\"", "[standby]\nmax = 0\n")).text, HasSubstr("max is 0"));
}

} // namespace
} // namespace sipveil::test
