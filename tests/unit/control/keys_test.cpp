#include "base/encoding.h"
#include "base/file.h"
#include "control/base64.h"
#include "control/client_auth.h"
#include "control/credential_files.h"
#include "control/onion_key.h"
#include "tests/unit/control/run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace sipveil::control {
namespace {

using testing::TemporaryDirectory;

void write_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), mode);
}

TEST(Base64, VectorsOfRfc4648) {
  for (const auto& [plain, coded] : {std::pair{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64_encode(as_bytes(plain)).reveal(), coded);
    EXPECT_EQ(base64_decode(coded).value().reveal(), plain);
  }
  for (const auto* text : {"", "Zg=", "Zg", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9-", "Zm9v----", "Zg==Zm9v", "Zm=v"})
    EXPECT_FALSE(base64_decode(text).has_value()) << text;
}

TEST(OnionKey, FormOfTor) {
  const auto generated = OnionKey::generate().value();
  const auto text = generated.key.text();
  ASSERT_TRUE(text.reveal().starts_with("ED25519-V3:"));
  const auto bytes = base64_decode(text.reveal().substr(11)).value();
  ASSERT_EQ(bytes.size(), 64U);
  EXPECT_EQ(bytes.bytes()[0] & 7, 0);
  EXPECT_EQ(bytes.bytes()[31] & 0xc0, 0x40);
  EXPECT_EQ(OnionKey::parse(std::string(text.reveal()) + "\n").value().text().reveal(), text.reveal());
  EXPECT_NE(OnionKey::generate().value().name, generated.name);
}

TEST(OnionKey, ItsAddressIsOneOfTwo) {
  for (int i = 0; i < 20; ++i) {
    const auto generated = OnionKey::generate().value();
    const auto names = generated.key.possible_names().value();
    EXPECT_NE(names[0], names[1]);
    EXPECT_TRUE(generated.name == names[0] || generated.name == names[1]);
  }
}

TEST(OnionKey, MadeOnceThenKept) {
  const TemporaryDirectory directory;
  const auto state = directory.path() / "state";
  const auto first = load_or_create_onion_key(state).value();
  const auto second = load_or_create_onion_key(state).value();
  EXPECT_EQ(first.text().reveal(), second.text().reveal());
  EXPECT_EQ(read_secret_file(onion_key_file(state)).value().reveal(), first.text().reveal());
  struct stat status {};
  ASSERT_EQ(::stat(onion_key_file(state).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(OnionKey, AnUnusableFileIsNeverReplaced) {
  const TemporaryDirectory directory;
  const auto file = onion_key_file(directory.path());
  const auto good = std::string(OnionKey::generate().value().key.text().reveal());
  const std::vector<std::pair<std::string, mode_t>> cases{
      {"", 0600}, {"ED25519-V3:AAAA", 0600}, {"RSA1024:" + good, 0600}, {good + "A", 0600}, {good, 0644}};
  for (const auto& [text, mode] : cases) {
    write_file(file, text, mode);
    const auto key = load_or_create_onion_key(directory.path());
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().where, Fault::configuration);
    EXPECT_NE(key.error().what.find(file.string()), std::string::npos) << key.error().text();
    EXPECT_FALSE(key.error().mend.empty());
    EXPECT_EQ(read_file(file, 4096).value(), text);
  }
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_FALSE(load_or_create_onion_key(directory.path()).has_value());
  std::filesystem::remove(file);
  std::filesystem::create_symlink(directory.path() / "gone", file);
  EXPECT_FALSE(load_or_create_onion_key(directory.path()).has_value()) << "a dangling link is a lost key";
}

TEST(ClientAuth, KeysOfRfc7748) {
  // RFC 7748 section 6.1, the keys of Alice.
  const auto secret = hex_decode("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto public_half = hex_decode("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto key = ClientAuthKey::parse(base32_encode(*secret)).value();
  EXPECT_EQ(key.public_key().text(), base32_encode(*public_half));
}

TEST(ClientAuth, TextFormsAndRoundTrip) {
  const auto key = ClientAuthKey::generate().value();
  EXPECT_EQ(key.text().size(), 52U);
  EXPECT_EQ(key.public_key().text().size(), 52U);
  EXPECT_EQ(key.base64().size(), 44U);
  const auto again = ClientAuthKey::parse(std::string(key.text().reveal()) + "\r\n").value();
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(again.base64().reveal(), key.base64().reveal());
  EXPECT_EQ(ClientPublicKey::parse(key.public_key().text()).value(), key.public_key());
  for (const auto& text : {std::string(), std::string(51, 'a'), std::string(52, '1'), std::string(53, 'a')}) {
    EXPECT_EQ(ClientPublicKey::parse(text).error().code, Errc::invalid) << text;
    EXPECT_EQ(ClientAuthKey::parse(text).error().where, Fault::configuration) << text;
  }
}

TEST(CredentialFiles, Password) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "password";
  write_file(file, "secret word\n", 0600);
  EXPECT_EQ(read_password(file).value().reveal(), "secret word");
  write_file(file, "\n", 0600);
  EXPECT_EQ(read_password(file).error().where, Fault::configuration);
  write_file(file, "secret word\n", 0640);
  EXPECT_EQ(read_password(file).error().where, Fault::configuration);
  EXPECT_EQ(read_password(directory.path() / "none").error().where, Fault::configuration);
}

TEST(CredentialFiles, Cookie) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "cookie";
  write_file(file, std::string(32, 'c'), 0640);
  EXPECT_EQ(read_cookie(file).value().size(), 32U);
  write_file(file, std::string(33, 'c'), 0640);
  EXPECT_EQ(read_cookie(file).error().code, Errc::too_large);
  EXPECT_EQ(read_cookie(directory.path() / "none").error().code, Errc::io);
  const auto pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_cookie(pipe).error().code, Errc::io) << "must not wait for a writer";
}

} // namespace
} // namespace sipveil::control
