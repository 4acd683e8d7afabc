#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string peer_with_key = "[tor]\n[[peer]]\nname = \"bob\"\naddress = \"tor:" + onion +
                                  ":5060\"\nclient_key_file = \"key\"\n"; // the key is in line 7 of the file

/// The only mistake of a file.
Mistake refused_file(const std::filesystem::path& file) {
  auto result = load(file);
  auto* mistakes = std::get_if<std::vector<Mistake>>(&result);
  if (mistakes == nullptr || mistakes->size() != 1) {
    ADD_FAILURE() << "expected one mistake";
    return {};
  }
  return mistakes->front();
}

TEST(KeyFile, IsFoundBesideTheConfiguration) {
  const Directory directory;
  directory.write("key", x25519_key + "\n");
  const auto result = load(directory.write("sipveil.toml", minimal + peer_with_key));
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  EXPECT_EQ(std::get<Config>(result).peers[0].client_key_file, directory.path() / "key");
}

TEST(KeyFile, Missing) {
  const Directory directory;
  const Mistake mistake = refused_file(directory.write("sipveil.toml", minimal + peer_with_key));
  EXPECT_EQ(mistake.line, 7U);
  EXPECT_EQ(mistake.key, "peer[0].client_key_file");
  EXPECT_THAT(mistake.text, HasSubstr("No such file"));
  EXPECT_THAT(mistake.mend, HasSubstr(directory.path().string()));
}

TEST(KeyFile, ReadableByOthers) {
  const Directory directory;
  const auto key = directory.write("key", x25519_key, 0640);
  const Mistake mistake = refused_file(directory.write("sipveil.toml", minimal + peer_with_key));
  EXPECT_EQ(mistake.line, 7U);
  EXPECT_THAT(mistake.text, HasSubstr("0640"));
  EXPECT_EQ(mistake.mend, "Run: chmod 600 " + key.string());
}

TEST(KeyFile, PasswordReadableByOthers) {
  const Directory directory;
  directory.write("password", "hunter2", 0640);
  const Mistake mistake =
      refused_file(directory.write("sipveil.toml", minimal + "[tor]\npassword_file = \"password\"\n"));
  EXPECT_EQ(mistake.key, "tor.password_file");
  EXPECT_THAT(mistake.text, HasSubstr("0640"));
}

TEST(KeyFile, IsNotAKey) {
  const Directory directory;
  directory.write("key", "hunter2");
  const Mistake mistake = refused_file(directory.write("sipveil.toml", minimal + peer_with_key));
  EXPECT_EQ(mistake.line, 7U);
  EXPECT_THAT(mistake.line_of(""), Not(HasSubstr("hunter2")));
}

TEST(KeyFile, IsADirectory) {
  const Directory directory;
  std::filesystem::create_directory(directory.path() / "key");
  EXPECT_THAT(refused_file(directory.write("sipveil.toml", minimal + peer_with_key)).text, HasSubstr("regular"));
}

TEST(KeyFile, ASecretInThePlaceOfThePathIsNotRepeated) {
  const Directory directory;
  const std::string secret = "b" + x25519_key.substr(1);
  const Mistake key = refused_file(
      directory.write("sipveil.toml", minimal + "[tor]\n[[peer]]\nname = \"bob\"\naddress = \"tor:" + onion +
                                          ":5060\"\nclient_key_file = \"" + secret + "\"\n"));
  EXPECT_THAT(key.text, HasSubstr("instead of the path"));
  EXPECT_THAT(key.line_of(""), Not(HasSubstr(secret)));
  const Mistake password =
      refused_file(directory.write("sipveil.toml", minimal + "[tor]\npassword_file = \"hunter2\"\n"));
  EXPECT_EQ(password.key, "tor.password_file");
  EXPECT_THAT(password.line_of(""), Not(HasSubstr("hunter2")));
}

TEST(KeyFile, TheTorrcMustExistAndTheCookieNeedNot) {
  const Directory directory;
  EXPECT_EQ(refused_file(directory.write("sipveil.toml", minimal + "[tor]\nspawn = true\nextra_torrc = \"rc\"\n")).key,
            "tor.extra_torrc");
  EXPECT_TRUE(std::holds_alternative<Config>(
      load(directory.write("sipveil.toml", minimal + "[tor]\ncookie_file = \"cookie\"\n"))));
}

TEST(Load, MissingFile) {
  const Directory directory;
  const Mistake mistake = refused_file(directory.path() / "sipveil.toml");
  EXPECT_EQ(mistake.line, 0U);
  EXPECT_THAT(mistake.text, HasSubstr("No such file"));
}

TEST(Load, TooLarge) {
  const Directory directory;
  EXPECT_THAT(refused_file(directory.write("sipveil.toml", std::string(max_config_bytes + 1, '#'))).text,
              HasSubstr("larger"));
}

} // namespace
} // namespace sipveil::test
