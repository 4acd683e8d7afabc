#include "bridge/config/password.h"
#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Six lines.
const std::string phone = minimal + "[[peer]]\nname = \"a\"\naddress = \"tcp:127.0.0.1:5070\"\nvia = \"direct\"\n";
const std::string alice = "[[account]]\naor = \"alice@a.example\"\n";

std::string alice_before_peer() {
  return minimal + alice + "home = \"a\"\n" + phone.substr(minimal.size());
}

TEST(Account, DefaultsAreTheDocumentedOnes) {
  const Config config = accepted(phone + alice);
  ASSERT_EQ(config.accounts.size(), 1U);
  const AccountConfig& account = config.accounts[0];
  EXPECT_EQ(account.user, "alice");
  EXPECT_EQ(account.host, "a.example");
  EXPECT_FALSE(account.home);
  EXPECT_FALSE(account.password_file);
  EXPECT_EQ(account.login, "alice");
  EXPECT_FALSE(account.caller_known_to);
}

TEST(Account, ReadsEveryKey) {
  const Config config =
      accepted(phone + "[identity]\n[[account]]\naor = \"Alice%40x@A.Example\"\nhome = \"a\"\npassword_file = \"p\"\n"
                       "login = \"a l\"\ncaller_known_to = \"callee\"\n");
  ASSERT_EQ(config.accounts.size(), 1U);
  const AccountConfig& account = config.accounts[0];
  EXPECT_EQ(account.user, "Alice%40x");
  EXPECT_EQ(account.host, "a.example");
  EXPECT_EQ(account.home, "a");
  EXPECT_EQ(account.password_file, "/etc/sipveil/p");
  EXPECT_EQ(account.login, "a l");
  EXPECT_EQ(account.caller_known_to, privasip::KnownTo::callee);
}

TEST(Account, IsFoundByUserAsWrittenAndHostInAnyCase) {
  const Config config = accepted(phone + alice + "[[account]]\naor = \"Alice@a.example\"\nlogin = \"x\"\n");
  EXPECT_EQ(config.find_account("alice", "A.EXAMPLE"), &config.accounts[0]);
  EXPECT_EQ(config.find_account("Alice", "a.example"), &config.accounts[1]);
  EXPECT_EQ(config.find_account("ALICE", "a.example"), nullptr);
  EXPECT_EQ(config.find_account("alice", "b.example"), nullptr);
}

TEST(Account, NeedsAnAddressOfRecord) {
  EXPECT_EQ(places({only_mistake(phone + "[[account]]\n")}), std::vector<std::string>{"7 account[0].aor"});
  for (const std::string aor :
       {"alice", "@a.example", "sip:alice@a.example", "al ice@a.example", "alice@a.example:5060", "alice@*",
        "alice@b@a.example", "al%4@a.example", "al%4x@a.example", "alice@"})
    EXPECT_EQ(only_mistake(phone + "[[account]]\naor = \"" + aor + "\"\n").key, "account[0].aor") << aor;
  EXPECT_EQ(only_mistake(phone + "[[account]]\naor = \"" + std::string(97, 'a') + "@a.example\"\n").key,
            "account[0].aor");
  EXPECT_EQ(accepted(phone + "[[account]]\naor = \"" + std::string(96, 'a') + "@a.example\"\n").accounts.size(), 1U);
}

TEST(Account, OneForEachAddressOfRecord) {
  const Mistake mistake = only_mistake(phone + alice + "[[account]]\naor = \"alice@A.example\"\n");
  EXPECT_EQ(mistake.line, 10U);
  EXPECT_EQ(mistake.key, "account[1].aor");
  EXPECT_THAT(mistake.text, HasSubstr("line 8"));
}

TEST(Account, HomeIsAPeer) {
  const std::string office =
      minimal + "[[peer]]\nname = \"office\"\naddress = \"tcp:127.0.0.1:5070\"\nvia = \"direct\"\n";
  const Mistake mistake = only_mistake(office + alice + "home = \"offce\"\n");
  EXPECT_EQ(mistake.line, 9U);
  EXPECT_EQ(mistake.key, "account[0].home");
  EXPECT_EQ(mistake.mend, "Did you mean \"office\"?");
  EXPECT_EQ(accepted(alice_before_peer()).accounts[0].home, "a") << "wherever the file has the peers";
}

TEST(Account, IsNotForProxies) {
  const Mistake mistake = only_mistake("role = \"proxy\"\nstate_dir = \"/state\"\n" + alice);
  EXPECT_EQ(mistake.line, 3U);
  EXPECT_EQ(mistake.key, "account");
  EXPECT_EQ(only_mistake("role = \"proxy\"\nstate_dir = \"/state\"\n" + alice + "caller_known_to = \"home\"\n").key,
            "account")
      << "its keys are not judged";
}

TEST(Account, ClassesNeedAnIdentitySection) {
  const Mistake mistake = only_mistake(phone + alice + "caller_known_to = \"nobody\"\n");
  EXPECT_EQ(mistake.line, 9U);
  EXPECT_EQ(mistake.key, "account[0].caller_known_to");
}

TEST(Account, LoginIsQuotable) {
  for (const std::string login : {"", "a\\\"b", "a\\\\b", "a\\nb"})
    EXPECT_EQ(only_mistake(phone + alice + "login = \"" + login + "\"\n").key, "account[0].login") << login;
}

TEST(PasswordFile, ModeAndContentAreChecked) {
  const Directory directory;
  const auto mistake_of = [&](std::string_view content, mode_t mode) {
    directory.write("p", content, mode);
    const auto result = load(directory.write("sipveil.toml", phone + alice + "password_file = \"p\"\n"));
    const auto* mistakes = std::get_if<std::vector<Mistake>>(&result);
    return mistakes == nullptr ? Mistake{} : mistakes->front();
  };
  EXPECT_EQ(mistake_of("hunter2\n", 0600), Mistake{});
  EXPECT_THAT(mistake_of("hunter2\n", 0640).text, HasSubstr("0640"));
  EXPECT_EQ(mistake_of("hunter2\n", 0640).line, 9U);
  EXPECT_EQ(mistake_of("", 0600).key, "account[0].password_file");
  EXPECT_THAT(mistake_of("hunter2\nhunter3\n", 0600).line_of(""), Not(HasSubstr("hunter")));
}

TEST(PasswordFile, ALineEndIsNoPartOfThePassword) {
  const Directory directory;
  for (const std::string content : {"hunter 2", "hunter 2\n", "hunter 2\r\n"}) {
    const auto password = read_password(directory.write("p", content));
    ASSERT_TRUE(password);
    EXPECT_EQ(password->reveal(), "hunter 2");
  }
  for (const std::string_view content : {std::string_view(""), std::string_view("\n"), std::string_view("a\n\n"),
                                         std::string_view("a\rb"), std::string_view("a\0b", 3)})
    EXPECT_FALSE(read_password(directory.write("p", content)));
}

} // namespace
} // namespace sipveil::test
