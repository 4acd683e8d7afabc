#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Parse, DefaultsAreTheDocumentedOnes) {
  const Config config = accepted(minimal);
  EXPECT_EQ(config.role, Role::phone);
  ASSERT_EQ(config.inner.listen.size(), 1U);
  EXPECT_EQ(config.inner.listen[0].text(), "127.0.0.1:5060");
  EXPECT_FALSE(config.inner.deliver_to);
  EXPECT_EQ(config.inner.deliver_transport, InnerTransport::udp);
  EXPECT_FALSE(config.tor);
  EXPECT_FALSE(config.onion);
  EXPECT_THAT(config.tunnel.listen, IsEmpty());
  EXPECT_EQ(config.tunnel.keepalive, 10s);
  EXPECT_EQ(config.tunnel.dial_timeout, 30s);
  EXPECT_EQ(config.log.level, "info");
  EXPECT_FALSE(config.log.reveal_identities);
}

TEST(Parse, EmptySectionsHaveTheirDefaults) {
  const Config config =
      accepted(minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[tor]\n[onion]\n[tunnel]\n[log]\n");
  ASSERT_TRUE(config.tor);
  EXPECT_FALSE(config.tor->spawn);
  ASSERT_TRUE(config.tor->control);
  EXPECT_EQ(config.tor->control->text(), "127.0.0.1:9051");
  EXPECT_FALSE(config.tor->socks);
  ASSERT_TRUE(config.onion);
  EXPECT_EQ(config.onion->port, 5060);
  EXPECT_EQ(config.onion->listen.text(), "127.0.0.1:0");
  EXPECT_THAT(config.onion->clients, IsEmpty());
  EXPECT_FALSE(config.onion->single_hop);
}

TEST(Parse, ReadsEveryKey) {
  const Config config = accepted("role = \"proxy\"\nstate_dir = \"state\"\n"
                                 "[inner]\nlisten = [\"127.0.0.1:5070\", \"[::1]:5070\"]\n"
                                 "deliver_to = \"127.0.0.1:5060\"\ndeliver_transport = \"tcp\"\n"
                                 "[tor]\nspawn = false\nbinary = \"tor\"\ncontrol = \"unix:control\"\n"
                                 "socks = \"127.0.0.1:9999\"\npassword_file = \"secret\"\ncookie_file = \"../cookie\"\n"
                                 "[onion]\nport = 1\nlisten = \"unix:/run/onion\"\nclients = [\"" +
                                 std::string(52, 'A') +
                                 "\"]\n"
                                 "[tunnel]\nlisten = [\"127.0.0.1:6060\"]\nkeepalive = 600\ndial_timeout = 1\n"
                                 "[log]\nlevel = \"debug\"\nreveal_identities = true\n");
  EXPECT_EQ(config.role, Role::proxy);
  EXPECT_EQ(config.state_dir, "/etc/sipveil/state");
  ASSERT_EQ(config.inner.listen.size(), 2U);
  EXPECT_EQ(config.inner.listen[1].text(), "[::1]:5070");
  EXPECT_EQ(config.inner.deliver_to->text(), "127.0.0.1:5060");
  EXPECT_EQ(config.inner.deliver_transport, InnerTransport::tcp);
  EXPECT_EQ(config.tor->control->text(), "unix:/etc/sipveil/control");
  EXPECT_EQ(config.tor->socks->text(), "127.0.0.1:9999");
  EXPECT_EQ(config.tor->password_file, "/etc/sipveil/secret");
  EXPECT_EQ(config.tor->cookie_file, "/etc/cookie");
  EXPECT_EQ(config.onion->port, 1);
  EXPECT_EQ(config.onion->listen.text(), "unix:/run/onion");
  ASSERT_EQ(config.onion->clients.size(), 1U);
  EXPECT_EQ(config.onion->clients[0].text(), x25519_key);
  EXPECT_EQ(config.tunnel.listen[0].text(), "127.0.0.1:6060");
  EXPECT_EQ(config.tunnel.keepalive, 600s);
  EXPECT_EQ(config.tunnel.dial_timeout, 1s);
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_TRUE(config.log.reveal_identities);
}

TEST(Parse, AnOwnTorHasNoControlAddress) {
  const Config config = accepted(minimal + "[tor]\nspawn = true\ncontrol = \"127.0.0.1:9051\"\nbinary = \"bin/tor\"\n"
                                           "extra_torrc = \"lab.torrc\"\n");
  EXPECT_TRUE(config.tor->spawn);
  EXPECT_FALSE(config.tor->control);
  EXPECT_EQ(config.tor->binary, "/etc/sipveil/bin/tor");
  EXPECT_EQ(config.tor->extra_torrc, "/etc/sipveil/lab.torrc");
}

TEST(Parse, ReportsAllMistakesInTheOrderOfTheirLines) {
  const auto mistakes = refused("role = \"phon\"\nstate_dir = 3\n"
                                "[log]\nlevel = \"loud\"\n"
                                "[inner]\nlisten = [\"localhost:5060\", 5060]\n"
                                "[tunnel]\nkeepalive = 0\ndial_timeout = 32\nspeed = 1\n");
  EXPECT_THAT(places(mistakes),
              ElementsAre("1 role", "2 state_dir", "4 log.level", "6 inner.listen[1]", "6 inner.listen[0]",
                          "8 tunnel.keepalive", "9 tunnel.dial_timeout", "10 tunnel.speed"));
}

TEST(Parse, SuggestsTheKeyThatWasMeant) {
  const Mistake mistake =
      only_mistake(minimal + "[inner]\nlisten = [\"127.0.0.1:5060\"]\ndeliverto = \"127.0.0.1:1\"\n");
  EXPECT_EQ(mistake.line, 5U);
  EXPECT_EQ(mistake.key, "inner.deliverto");
  EXPECT_EQ(mistake.mend, "Did you mean \"deliver_to\"?");
}

TEST(Parse, ListsTheKnownKeysWhenNothingIsNear) {
  EXPECT_EQ(only_mistake(minimal + "[log]\nfile = \"x\"\n").mend, "Known here: level, reveal_identities.");
}

TEST(Parse, RoleIsRequired) {
  EXPECT_EQ(only_mistake("state_dir = \"/s\"\n").key, "role");
}

TEST(Parse, SyntaxErrorHasItsLine) {
  const Mistake mistake = only_mistake("role = \"phone\"\n[inner\nlisten = []\n");
  EXPECT_EQ(mistake.line, 2U);
  EXPECT_THAT(mistake.text, HasSubstr("]"));
}

TEST(Parse, HeadersThatTheLibraryAssertsAbout) {
  for (const char* header : {"[,x]", "[=]", "[[=", "[[[x]]]"})
    EXPECT_EQ(only_mistake(minimal + header + "\n").line, 3U) << header;
}

TEST(Parse, MoreThanAsciiInStringsAndComments) {
  const Config config = accepted("# \xc3\xa9\nrole = \"phone\" # \xc3\xa9\nstate_dir = \"/jos\xc3\xa9\"\n");
  EXPECT_EQ(config.state_dir, "/jos\xc3\xa9");
}

TEST(Parse, BoundsTheSize) {
  EXPECT_THAT(only_mistake(std::string(max_config_bytes + 1, '\n')).text, HasSubstr("larger than"));
  EXPECT_TRUE(
      std::holds_alternative<Config>(parse_text(minimal + std::string(max_config_bytes - minimal.size(), '\n'))));
}

TEST(Parse, WrongTypesAreNamedWithoutTheirValue) {
  const Mistake mistake = only_mistake(minimal + "[tor]\nspawn = \"hunter2\"\n");
  EXPECT_EQ(mistake.line_of("f"), "f:4: tor.spawn: must be true or false, not a string. Write it without quotes.");
}

TEST(Parse, BracketsOfSections) {
  EXPECT_THAT(only_mistake(minimal + "[[tor]]\n").mend, HasSubstr("[tor]"));
  EXPECT_THAT(only_mistake(minimal + "[peer]\nname = \"bob\"\n").mend, HasSubstr("[[peer]]"));
  EXPECT_THAT(only_mistake(minimal + "peer = [\"bob\"]\n").mend, HasSubstr("[[peer]]"));
  EXPECT_THAT(only_mistake(minimal + "[inner]\nlisten = \"127.0.0.1:5060\"\n").mend, HasSubstr("[\"...\"]"));
}

TEST(Parse, ListenAddresses) {
  EXPECT_EQ(only_mistake(minimal + "[inner]\nlisten = []\n").key, "inner.listen");
  EXPECT_EQ(only_mistake(minimal + "[inner]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n").key, "inner.listen[1]");
  EXPECT_EQ(only_mistake(minimal + "[inner]\nlisten = [\"127.0.0.1:0\"]\n").key, "inner.listen[0]");
  EXPECT_EQ(only_mistake(minimal + "[inner]\nlisten = [\"0.0.0.0:5060\"]\n").key, "inner.listen[0]");
  EXPECT_EQ(only_mistake(minimal + "[inner]\nlisten = [\"127.0.0.1:5060\", \"[::]:5060\"]\n").key, "inner.listen[1]");
  const std::string deliver = "deliver_to = \"127.0.0.1:5062\"\n";
  EXPECT_EQ(only_mistake(minimal + "[inner]\n" + deliver + "[tunnel]\nlisten = [\"127.0.0.1:5060\"]\n").key,
            "tunnel.listen");
}

TEST(Parse, WhatComesInMustHaveSomewhereToGo) {
  EXPECT_EQ(only_mistake(minimal + "[tor]\n[onion]\n").key, "inner.deliver_to");
  EXPECT_EQ(only_mistake(minimal + "[tunnel]\nlisten = [\"127.0.0.1:6060\"]\n").key, "inner.deliver_to");
  // A wrong one is one mistake, not two.
  EXPECT_EQ(only_mistake(minimal + "[inner]\ndeliver_to = \"x\"\n[tor]\n[onion]\n").line, 4U);
}

TEST(Parse, DoesNotDeliverToItself) {
  EXPECT_EQ(only_mistake(minimal + "[inner]\ndeliver_to = \"127.0.0.1:5060\"\n").key, "inner.deliver_to");
}

TEST(Parse, OnionNeedsTor) {
  EXPECT_EQ(only_mistake(minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[onion]\n").key, "onion");
}

TEST(Parse, NobodyIsShutOutByAnEmptyList) {
  const std::string inbound = minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[tor]\n[onion]\n";
  EXPECT_EQ(only_mistake(inbound + "clients = []\n").key, "onion.clients");
  const Mistake wrong = only_mistake(inbound + "clients = [\"hunter2\"]\n");
  EXPECT_EQ(wrong.key, "onion.clients[0]");
  EXPECT_THAT(wrong.line_of(""), ::testing::Not(HasSubstr("hunter2")));
}

TEST(Parse, SingleHopSaysWhatItGivesUp) {
  const std::string inbound = minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[onion]\nsingle_hop = ";
  EXPECT_TRUE(accepted(inbound + "\"not-anonymous\"\n[tor]\nspawn = true\n").onion->single_hop);
  for (const char* other : {"\"yes\"", "true", "\"Not-Anonymous\""}) {
    const Mistake mistake = only_mistake(inbound + other + "\n[tor]\nspawn = true\n");
    EXPECT_EQ(mistake.key, "onion.single_hop") << other;
    EXPECT_THAT(mistake.mend, HasSubstr("any caller")) << other;
  }
}

TEST(Parse, SingleHopNeedsATorOfOurs) {
  const std::string inbound =
      minimal + "[inner]\ndeliver_to = \"127.0.0.1:5062\"\n[onion]\nsingle_hop = \"not-anonymous\"\n";
  const Mistake running = only_mistake(inbound + "[tor]\n");
  EXPECT_EQ(running.line, 6U);
  EXPECT_EQ(running.key, "onion.single_hop");
  EXPECT_THAT(running.mend, HasSubstr("HiddenServiceSingleHopMode 1"));
  EXPECT_EQ(only_mistake(inbound).key, "onion");
}

TEST(Parse, ExtraTorrcIsForAnOwnTorOnly) {
  EXPECT_EQ(only_mistake(minimal + "[tor]\nextra_torrc = \"/x\"\n").key, "tor.extra_torrc");
  EXPECT_EQ(only_mistake(minimal + "[tor]\nspawn = 1\nextra_torrc = \"/x\"\n").key, "tor.spawn");
}

TEST(Parse, Paths) {
  EXPECT_THAT(only_mistake("role = \"phone\"\nstate_dir = \"~/x\"\n").text, HasSubstr("~"));
  EXPECT_EQ(only_mistake("role = \"phone\"\nstate_dir = \"\"\n").text, "is empty");
  EXPECT_THAT(only_mistake("role = \"phone\"\nstate_dir = \"a\\u0000b\"\n").text, HasSubstr("NUL"));
  EXPECT_EQ(only_mistake(minimal + "[tor]\ncontrol = \"unix:/" + std::string(200, 'x') + "\"\n").key, "tor.control");
}

TEST(Parse, StateDirComesFromTheEnvironment) {
  const Environment home("HOME", "/home/alice");
  {
    const Environment state("XDG_STATE_HOME", "/var/state");
    EXPECT_EQ(accepted("role = \"phone\"").state_dir, "/var/state/sipveil");
  }
  {
    const Environment state("XDG_STATE_HOME", "not/absolute");
    EXPECT_EQ(accepted("role = \"phone\"").state_dir, "/home/alice/.local/state/sipveil");
  }
  const Environment state("XDG_STATE_HOME", nullptr);
  const Environment homeless("HOME", nullptr);
  EXPECT_EQ(only_mistake("role = \"phone\"").key, "state_dir");
}

TEST(Parse, ControlCharactersDoNotReachTheTerminal) {
  const Mistake mistake = only_mistake(minimal + "\"\\u001b[31m\" = 1\n");
  EXPECT_EQ(mistake.key, "?[31m");
}

} // namespace
} // namespace sipveil::test
