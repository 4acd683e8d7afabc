#include "bridge/config/key_names.h"
#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using privasip::Algorithm;
using privasip::KnownTo;
using privasip::Version;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The least of a proxy: three lines.
const std::string proxy = "role = \"proxy\"\nstate_dir = \"/state\"\n[identity]\n";
const std::string domains = "domains = [\"a.example\"]\n";
const std::string peer_a = "[[peer]]\nname = \"a\"\naddress = \"tcp:127.0.0.1:5070\"\nvia = \"direct\"\n";
const std::string alice = "[[account]]\naor = \"alice@a.example\"\n";

TEST(Identity, IsAbsentByDefault) {
  const Config config = accepted(minimal);
  EXPECT_FALSE(config.identity);
  EXPECT_THAT(config.accounts, IsEmpty());
  EXPECT_THAT(names_to_pin(config), IsEmpty());
}

TEST(Identity, DefaultsAreTheDocumentedOnes) {
  const Config config = accepted(minimal + "[identity]\n");
  ASSERT_TRUE(config.identity);
  EXPECT_EQ(config.identity->scheme, Version::privasip_2);
  EXPECT_EQ(config.identity->algorithm, Algorithm::ecies_x25519);
  EXPECT_EQ(config.identity->caller_known_to, KnownTo::home);
  EXPECT_FALSE(config.identity->hide_domain);
  EXPECT_EQ(config.identity->keys_dir, "/state/keys");
  EXPECT_EQ(config.identity->replay_window, 600s);
  EXPECT_FALSE(config.identity->pseudonyms);
}

TEST(Identity, ReadsEveryKeyOfAProxy) {
  const Config config = accepted(proxy + "scheme = \"privasip-1\"\nalgorithm = \"aes\"\ncaller_known_to = \"home\"\n"
                                         "hide_domain = true\nkeys_dir = \"keys\"\nview = \"pseudonym\"\n"
                                         "domains = [\"A.Example\", \"b.example\"]\nsubscribers_file = \"s\"\n"
                                         "replay_window = 60\n");
  ASSERT_TRUE(config.identity);
  EXPECT_EQ(config.identity->scheme, Version::privasip_1);
  EXPECT_EQ(config.identity->algorithm, Algorithm::aes);
  EXPECT_TRUE(config.identity->hide_domain);
  EXPECT_EQ(config.identity->keys_dir, "/etc/sipveil/keys");
  EXPECT_TRUE(config.identity->pseudonyms);
  EXPECT_THAT(config.identity->domains, ElementsAre("a.example", "b.example"));
  EXPECT_EQ(config.identity->subscribers_file, "/etc/sipveil/s");
  EXPECT_EQ(config.identity->replay_window, 60s);
}

TEST(Identity, SpellsWordsAsPrivasipDoes) {
  for (const Version version : {Version::none, Version::privasip_1, Version::privasip_2}) {
    const std::string line = "scheme = \"" + std::string(privasip::name(version)) + "\"\n";
    EXPECT_EQ(accepted(minimal + "[identity]\n" + line).identity->scheme, version);
  }
  for (const Algorithm algorithm : {Algorithm::rsa, Algorithm::ecies_x25519, Algorithm::ecies_p256}) {
    const std::string line = "algorithm = \"" + std::string(privasip::name(algorithm)) + "\"\n";
    EXPECT_EQ(accepted(minimal + "[identity]\n" + line).identity->algorithm, algorithm);
  }
  EXPECT_EQ(privasip::name(Algorithm::aes), "aes");
  for (const KnownTo known_to : {KnownTo::nobody, KnownTo::callee, KnownTo::home, KnownTo::callee_home}) {
    const std::string line = "caller_known_to = \"" + std::string(privasip::name(known_to)) + "\"\n";
    EXPECT_EQ(accepted(minimal + "[identity]\n" + line).identity->caller_known_to, known_to);
    EXPECT_EQ(accepted(minimal + "[identity]\n" + alice + line).accounts[0].caller_known_to, known_to);
  }
}

TEST(Identity, UnknownWordsHaveSuggestions) {
  EXPECT_EQ(only_mistake(minimal + "[identity]\nscheme = \"privasip2\"\n").mend, "Did you mean \"privasip-2\"?");
  EXPECT_EQ(only_mistake(minimal + "[identity]\nalgorithm = \"ecies-x2519\"\n").mend, "Did you mean \"ecies-x25519\"?");
  EXPECT_EQ(only_mistake(minimal + "[identity]\ncaller_known_to = \"hone\"\n").mend, "Did you mean \"home\"?");
  EXPECT_EQ(only_mistake(proxy + domains + "view = \"reel\"\n").mend, "Did you mean \"real\"?");
  EXPECT_EQ(only_mistake(minimal + "[identity]\nshceme = \"none\"\n").mend, "Did you mean \"scheme\"?");
}

TEST(Identity, AesHidesNoCallee) {
  const auto aes = [](const std::string& scheme) {
    return minimal + "[identity]\n" + scheme + "algorithm = \"aes\"\n" + alice + "password_file = \"p\"\n";
  };
  EXPECT_EQ(places({only_mistake(aes("scheme = \"privasip-2\"\n"))}), std::vector<std::string>{"5 identity.algorithm"});
  EXPECT_EQ(places({only_mistake(aes(""))}), std::vector<std::string>{"4 identity.algorithm"});
  EXPECT_EQ(accepted(aes("scheme = \"privasip-1\"\n")).identity->algorithm, Algorithm::aes);
  EXPECT_EQ(only_mistake(aes("scheme = \"privasip-9\"\n")).key, "identity.scheme") << "which is not the default";
}

TEST(Identity, AesIsForHomeAlone) {
  const std::string aes = minimal + "[identity]\nscheme = \"privasip-1\"\nalgorithm = \"aes\"\n";
  const std::string account = alice + "password_file = \"p\"\n";
  for (const std::string known_to : {"nobody", "callee", "callee-home"}) {
    const std::string line = "caller_known_to = \"" + known_to + "\"\n";
    EXPECT_EQ(places({only_mistake(aes + line + account)}), std::vector<std::string>{"6 identity.caller_known_to"});
    EXPECT_EQ(places({only_mistake(aes + account + line)}), std::vector<std::string>{"9 account[0].caller_known_to"});
  }
}

TEST(Identity, AesNeedsWhatBothEndsShare) {
  const std::string aes = "scheme = \"privasip-1\"\nalgorithm = \"aes\"\n";
  EXPECT_EQ(places({only_mistake(minimal + "[identity]\n" + aes + alice)}),
            std::vector<std::string>{"6 account[0].password_file"});
  EXPECT_EQ(places({only_mistake(minimal + "[identity]\n" + aes)}), std::vector<std::string>{"3 identity"});
  EXPECT_EQ(places({only_mistake(proxy + aes + domains)}), std::vector<std::string>{"3 identity.subscribers_file"});
}

TEST(Identity, KeysOfAProxyAreNotForPhones) {
  const auto mistakes = refused(minimal + "[identity]\nview = \"real\"\n" + domains + "subscribers_file = \"s\"\n");
  EXPECT_THAT(places(mistakes), ElementsAre("4 identity.view", "5 identity.domains", "6 identity.subscribers_file"));
  for (const Mistake& mistake : mistakes)
    EXPECT_THAT(mistake.text, HasSubstr("role = \"proxy\""));
}

TEST(Identity, AWrongRoleIsTheOnlyMistake) {
  const std::string text = "role = \"prxy\"\nstate_dir = \"/state\"\n[identity]\nview = \"real\"\n" + domains + alice;
  EXPECT_EQ(only_mistake(text).key, "role");
}

TEST(Identity, AProxyNamesItsDomains) {
  EXPECT_EQ(places({only_mistake(proxy)}), std::vector<std::string>{"3 identity.domains"});
  EXPECT_THAT(only_mistake(proxy + "domains = []\n").text, HasSubstr("empty"));
  EXPECT_THAT(only_mistake(proxy + "domains = [\"a.example\", \"A.EXAMPLE\"]\n").text, HasSubstr("twice"));
  EXPECT_EQ(only_mistake(proxy + "domains = [\"*\"]\n").key, "identity.domains[0]");
  EXPECT_THAT(only_mistake(proxy + "domains = [\"[2001:db8::7]\"]\n").text, HasSubstr("cannot have a key"));
}

TEST(Identity, TheReplayWindowIsBounded) {
  EXPECT_EQ(only_mistake(minimal + "[identity]\nreplay_window = 59\n").key, "identity.replay_window");
  EXPECT_EQ(only_mistake(minimal + "[identity]\nreplay_window = 86401\n").key, "identity.replay_window");
  EXPECT_EQ(accepted(minimal + "[identity]\nreplay_window = 86400\n").identity->replay_window, 24h);
}

TEST(SubscribersFile, IsReadForItsMistakes) {
  const Directory directory;
  const auto mistake_of = [&](std::string_view content, mode_t mode) {
    directory.write("s", content, mode);
    const auto result = load(directory.write("sipveil.toml", proxy + domains +
                                                                 "scheme = \"privasip-1\"\nalgorithm = \"aes\"\n"
                                                                 "subscribers_file = \"s\"\n"));
    const auto* mistakes = std::get_if<std::vector<Mistake>>(&result);
    return mistakes == nullptr ? Mistake{} : mistakes->front();
  };
  const std::string ha1 = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(mistake_of("alice:a.example:" + ha1 + "\n", 0600), Mistake{});
  EXPECT_THAT(mistake_of("alice:a.example:" + ha1 + "\n", 0644).text, HasSubstr("0644"));
  const Mistake wrong = mistake_of("# ours\nalice:a.example:hunter2\n", 0600);
  EXPECT_EQ(wrong.key, "identity.subscribers_file");
  EXPECT_THAT(wrong.text, HasSubstr("line 2"));
  EXPECT_THAT(wrong.line_of(""), ::testing::Not(HasSubstr("hunter2")));
  // More than any key file may hold.
  std::string many;
  for (int i = 0; i < 2'000; ++i)
    many += "user" + std::to_string(i) + ":a.example:" + ha1 + "\n";
  EXPECT_EQ(mistake_of(many, 0600), Mistake{});
  EXPECT_EQ(mistake_of("", 0600), Mistake{});
}

TEST(KeyNames, ArePinnedForHomesAndCallees) {
  const std::string route = peer_a + "[[route]]\ndomain = \"b.example\"\npeers = [\"a\"]\n"
                                     "[[route]]\ndomain = \"*\"\npeers = [\"a\"]\n";
  const auto pinned = [&](const std::string& identity, const std::string& account) {
    return names_to_pin(accepted(minimal + route + "[identity]\n" + identity + account));
  };
  EXPECT_THAT(pinned("", alice), ElementsAre("a.example", "b.example"));
  EXPECT_THAT(pinned("", alice + "caller_known_to = \"nobody\"\n"), ElementsAre("b.example"));
  EXPECT_THAT(pinned("scheme = \"privasip-1\"\n", alice), ElementsAre("a.example"));
  EXPECT_THAT(pinned("scheme = \"privasip-1\"\ncaller_known_to = \"callee-home\"\n", alice), ElementsAre("b.example"));
  EXPECT_THAT(pinned("scheme = \"privasip-1\"\n", alice + "caller_known_to = \"callee-home\"\n"),
              ElementsAre("b.example"));
  EXPECT_THAT(pinned("scheme = \"privasip-1\"\ncaller_known_to = \"callee-home\"\n", ""), ElementsAre("b.example"));
  EXPECT_THAT(pinned("scheme = \"none\"\n", alice), IsEmpty());
  EXPECT_THAT(pinned("scheme = \"privasip-1\"\nalgorithm = \"aes\"\n", alice + "password_file = \"p\"\n"), IsEmpty());
}

TEST(KeyNames, AProxyOwnsThoseOfItsDomains) {
  const std::string route = peer_a + "[[route]]\ndomain = \"a.example\"\npeers = [\"a\"]\n"
                                     "[[route]]\ndomain = \"b.example\"\npeers = [\"a\"]\n";
  const Config config = accepted(proxy + "domains = [\"c.example\", \"a.example\"]\n" + route);
  EXPECT_THAT(names_to_own(config), ElementsAre("a.example", "c.example"));
  EXPECT_THAT(names_to_pin(config), ElementsAre("b.example"));
  EXPECT_THAT(names_to_own(accepted(proxy + domains + "scheme = \"none\"\n")), IsEmpty());
}

} // namespace
} // namespace sipveil::test
