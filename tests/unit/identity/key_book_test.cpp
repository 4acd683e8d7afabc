// Which keys a running bridge has, and when it looks again.
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

const SecretBytes& master() {
  static const SecretBytes bytes(std::string(32, 'm'));
  return bytes;
}

std::string fingerprint(const std::string& name, KeyKind kind) {
  return privasip::PrivateKey::from_pem(private_pem(name, kind))->public_key().fingerprint();
}

TEST(KeyBook, KnowsPinnedKeysByNameAndAlgorithm) {
  const Folder folder;
  auto book = KeyBook::load(phone_a(folder), master(), clock_now);
  ASSERT_TRUE(book);
  const auto* key = book->recipient("a.example", Algorithm::ecies_x25519, {});
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->fingerprint(), fingerprint("a.example", KeyKind::x25519));
  EXPECT_EQ(book->recipient("a.example", Algorithm::ecies_p256, {}), nullptr);
  EXPECT_EQ(book->recipient("c.example", Algorithm::ecies_x25519, {}), nullptr);
}

TEST(KeyBook, NamesThatAreNoFilesAreJustUnknown) {
  const Folder folder;
  auto book = KeyBook::load(phone_a(folder), master(), clock_now);
  for (const std::string name : {"", "..", "../own/a.example", "/etc/passwd", "A.example", "a%2f@b.example", "x@y@z"})
    EXPECT_EQ(book->recipient(name, Algorithm::ecies_x25519, {}), nullptr) << name;
}

TEST(KeyBook, FindsAKeyThatWasFetchedMeanwhile) {
  const Folder folder;
  auto book = KeyBook::load(phone_a(folder), master(), clock_now);
  const TimePoint start{};
  const auto known = [&](Duration after) {
    return book->recipient("c.example", Algorithm::ecies_x25519, start + after) != nullptr;
  };
  EXPECT_FALSE(known(0s));
  folder.pin("c.example", KeyKind::x25519);
  EXPECT_FALSE(known(KeyBook::missing_after));
  EXPECT_TRUE(known(KeyBook::missing_after + 1ms));
  std::filesystem::remove(folder.path() / "peers" / "c.example.pem");
  EXPECT_TRUE(known(KeyBook::missing_after + KeyBook::reread_after));
  EXPECT_FALSE(known(KeyBook::missing_after + KeyBook::reread_after + 1s));
}

TEST(KeyBook, SealsToItsOwnDomainAndPublishesIt) {
  const Folder folder;
  auto book = KeyBook::load(sidecar(folder, "a.example"), master(), clock_now);
  ASSERT_TRUE(book);
  ASSERT_NE(book->recipient("a.example", Algorithm::ecies_x25519, {}), nullptr);
  ASSERT_EQ(book->published("a.example").size(), 1U);
  EXPECT_EQ(book->published("a.example")[0].fingerprint(), fingerprint("a.example", KeyKind::x25519));
  EXPECT_TRUE(book->published("b.example").empty());
}

TEST(KeyBook, AnAccountWithAPasswordSharesAKeyWithItsHome) {
  const Folder folder;
  Config config = phone_a(folder, Version::privasip_1, Algorithm::aes);
  config.accounts.push_back(
      {.user = "poor", .host = "a.example", .home = {}, .password_file = {}, .login = "poor", .caller_known_to = {}});
  auto book = KeyBook::load(config, master(), clock_now);
  ASSERT_TRUE(book);
  EXPECT_NE(book->shared_key(config.accounts[0]), nullptr);
  ASSERT_NE(book->password(config.accounts[0]), nullptr);
  EXPECT_EQ(book->password(config.accounts[0])->reveal(), password);
  EXPECT_EQ(book->shared_key(config.accounts[1]), nullptr);
  EXPECT_EQ(book->password(config.accounts[1]), nullptr);
}

TEST(KeyBook, WithoutIdentityItKnowsPasswordsAlone) {
  const Folder folder;
  Config config = phone_a(folder);
  config.identity.reset();
  auto book = KeyBook::load(config, master(), clock_now);
  ASSERT_TRUE(book);
  EXPECT_NE(book->password(config.accounts[0]), nullptr);
  EXPECT_EQ(book->recipient("a.example", Algorithm::ecies_x25519, {}), nullptr);
}

TEST(KeyBook, UnreadableFilesAreErrors) {
  const Folder folder;
  Config config = phone_a(folder);
  config.accounts[0].password_file = folder.path() / "nowhere";
  EXPECT_FALSE(KeyBook::load(config, master(), clock_now));
  config = sidecar(folder, "a.example", Algorithm::aes);
  config.identity->subscribers_file = folder.secret("bad", "no line of a subscriber\n");
  EXPECT_FALSE(KeyBook::load(config, master(), clock_now));
  const Folder open;
  config = sidecar(open, "a.example");
  for (const auto& file : std::filesystem::directory_iterator(open.path() / "own"))
    std::filesystem::permissions(file.path(), std::filesystem::perms(0644));
  EXPECT_FALSE(KeyBook::load(config, master(), clock_now));
}

} // namespace
} // namespace sipveil::identity::test
