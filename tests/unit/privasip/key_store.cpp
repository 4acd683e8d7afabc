#include "privasip/key_store.h"

#include "base/encoding.h"
#include "tests/unit/privasip/world.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace sipveil::privasip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using world::now;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A key directory that does not exist yet, gone afterwards.
class KeyStoreTest : public ::testing::Test {
 protected:
  KeyStoreTest() {
    std::string name = (fs::temp_directory_path() / "sipveil-keys-XXXXXX").string();
    parent_ = ::mkdtemp(name.data());
    dir_ = parent_ / "keys";
  }
  ~KeyStoreTest() override { fs::remove_all(parent_); }

  KeyStore store() const { return KeyStore(dir_); }
  PublicKey made(std::string_view name, KeyKind kind = KeyKind::x25519, bool rotate = false,
                 UnixSeconds at = now) const {
    auto key = store().generate(name, kind, rotate, 7200s, at);
    EXPECT_TRUE(key) << key.error().text();
    return *key;
  }
  fs::path own(const std::string& name, const PublicKey& key, const std::string& ending) const {
    return dir_ / "own" / (name + "." + hex_encode(key.id()) + "." + ending);
  }
  static unsigned mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path parent_, dir_;
};

TEST_F(KeyStoreTest, IsEmptyBeforeTheFirstKey) {
  EXPECT_TRUE(store().own(now)->empty());
  EXPECT_TRUE(store().published("a.example", now)->empty());
  EXPECT_TRUE(store().pinned_names()->empty());
  EXPECT_FALSE(fs::exists(dir_)) << "reading makes nothing";
}

TEST_F(KeyStoreTest, GeneratesTheDocumentedFiles) {
  const PublicKey key = made("a.example");
  EXPECT_EQ(mode_of(dir_), 0700U);
  EXPECT_EQ(mode_of(dir_ / "own"), 0700U);
  EXPECT_EQ(mode_of(own("a.example", key, "pem")), 0600U);
  EXPECT_EQ(content(own("a.example", key, "pub")), key.pem());
  EXPECT_FALSE(fs::exists(own("a.example", key, "retired")));
  const auto keys = store().own(now);
  ASSERT_TRUE(keys) << keys.error().text();
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ((*keys)[0].name, "a.example");
  EXPECT_EQ((*keys)[0].key.public_key().fingerprint(), key.fingerprint());
  EXPECT_FALSE((*keys)[0].retired_at);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "own"), fs::directory_iterator()), 2);
}

TEST_F(KeyStoreTest, OneCurrentKeyForEachAlgorithm) {
  made("a.example");
  const auto second = store().generate("a.example", KeyKind::x25519, false, 7200s, now);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::invalid);
  EXPECT_THAT(second.error().mend, HasSubstr("--rotate"));
  made("a.example", KeyKind::p256);
  made("bob@a.example");
  EXPECT_EQ(store().own(now)->size(), 3U);
  EXPECT_EQ(store().published("a.example", now)->size(), 2U);
}

TEST_F(KeyStoreTest, RotationLetsTheOldKeyOpenForAWhile) {
  const PublicKey old = made("a.example");
  const PublicKey fresh = made("a.example", KeyKind::x25519, true);
  EXPECT_EQ(content(own("a.example", old, "retired")), std::to_string(now + 7200) + "\n");
  const auto names = [&](UnixSeconds at) {
    std::vector<std::string> out;
    for (const OwnKey& key : *store().own(at))
      out.push_back(key.key.public_key().fingerprint());
    return out;
  };
  EXPECT_THAT(names(now + 7200), ::testing::UnorderedElementsAre(old.fingerprint(), fresh.fingerprint()));
  EXPECT_THAT(names(now + 7201), ElementsAre(fresh.fingerprint()));
  const auto published = store().published("a.example", now);
  ASSERT_EQ(published->size(), 1U) << "nobody is to seal for the old one";
  EXPECT_EQ(published->front().fingerprint(), fresh.fingerprint());
}

TEST_F(KeyStoreTest, RotationLeavesOtherKeysAlone) {
  const PublicKey other_kind = made("a.example", KeyKind::p256);
  const PublicKey other_name = made("b.example");
  const PublicKey first = made("a.example");
  const PublicKey second = made("a.example", KeyKind::x25519, true, now + 1);
  made("a.example", KeyKind::x25519, true, now + 100);
  EXPECT_FALSE(fs::exists(own("a.example", other_kind, "retired")));
  EXPECT_FALSE(fs::exists(own("b.example", other_name, "retired")));
  EXPECT_EQ(content(own("a.example", first, "retired")), std::to_string(now + 1 + 7200) + "\n") << "once is enough";
  EXPECT_EQ(content(own("a.example", second, "retired")), std::to_string(now + 100 + 7200) + "\n");
}

TEST_F(KeyStoreTest, PublishesTheNewestFirst) {
  const PublicKey elder = made("a.example", KeyKind::x25519);
  const PublicKey younger = made("a.example", KeyKind::p256);
  fs::last_write_time(own("a.example", elder, "pem"), fs::file_time_type::clock::now() - 1h);
  EXPECT_EQ(store().published("a.example", now)->front().fingerprint(), younger.fingerprint());
  fs::last_write_time(own("a.example", younger, "pem"), fs::file_time_type::clock::now() - 2h);
  EXPECT_EQ(store().published("a.example", now)->front().fingerprint(), elder.fingerprint());
}

TEST_F(KeyStoreTest, AKeyThatOthersMayReadIsAnError) {
  const PublicKey key = made("a.example");
  ::chmod(own("a.example", key, "pem").c_str(), 0640);
  const auto keys = store().own(now);
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().mend, HasSubstr("chmod 600"));
}

TEST_F(KeyStoreTest, DamagedFilesAreErrorsWithTheirPath) {
  const PublicKey key = made("a.example");
  const fs::path pem = own("a.example", key, "pem");
  const auto fails_with = [&](std::string_view what) {
    const auto keys = store().own(now);
    return !keys && keys.error().what.find(what) != std::string::npos &&
           keys.error().what.find(dir_.string()) != std::string::npos;
  };
  std::ofstream(own("a.example", key, "retired")) << "tomorrow\n";
  EXPECT_TRUE(fails_with("Unix time"));
  fs::remove(own("a.example", key, "retired"));
  const fs::path wrong = dir_ / "own" / "a.example.00000000.pem";
  fs::rename(pem, wrong);
  EXPECT_TRUE(fails_with("another key"));
  fs::rename(wrong, dir_ / "own" / "key.pem");
  EXPECT_TRUE(fails_with("not named"));
  fs::rename(dir_ / "own" / "key.pem", pem);
  EXPECT_TRUE(store().own(now));
  std::ofstream(dir_ / "own" / "notes.txt") << "not a key\n";
  EXPECT_TRUE(store().own(now));
  std::ofstream(pem) << "damaged\n";
  EXPECT_TRUE(fails_with("private key"));
}

TEST_F(KeyStoreTest, NamesCannotLeaveTheDirectory) {
  for (const std::string& bad :
       {std::string(), std::string("../evil"), std::string("a/b"), std::string("a..b"), std::string(".hidden"),
        std::string("-option"), std::string("A.example"), std::string("a example"), std::string("a@b@c"),
        std::string("a\0b", 3), std::string("a%2fb"), std::string(129, 'a')}) {
    const auto invalid = [](const auto& result) { return !result && result.error().code == Errc::invalid; };
    EXPECT_TRUE(invalid(store().generate(bad, KeyKind::x25519, false, 0s, now))) << bad;
    EXPECT_TRUE(invalid(store().published(bad, now))) << bad;
    EXPECT_TRUE(invalid(store().pinned(bad))) << bad;
    EXPECT_TRUE(invalid(store().pin(bad, {world::public_key(KeyKind::x25519)}, {}))) << bad;
  }
  EXPECT_FALSE(fs::exists(dir_));
  made(std::string(128, 'a'));
  made("bob_x+1-2@b.example");
}

TEST_F(KeyStoreTest, PinsAtFirstSight) {
  const PublicKey key = world::public_key(KeyKind::x25519);
  const auto none = store().pinned("b.example");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::unknown_peer);
  EXPECT_THAT(none.error().mend, HasSubstr("keys fetch b.example"));
  EXPECT_EQ(*store().pin("b.example", {key}, {}), KeyStore::Pin::first);
  EXPECT_EQ(*store().pin("b.example", {key}, {}), KeyStore::Pin::unchanged);
  EXPECT_EQ(*store().pin("b.example", {key, key}, {}), KeyStore::Pin::unchanged) << "the same keys";
  EXPECT_EQ(store().pinned("b.example")->front().fingerprint(), key.fingerprint());
}

TEST_F(KeyStoreTest, AChangedKeyWaitsForConsent) {
  const PublicKey before = world::public_key(KeyKind::x25519);
  const PublicKey after = world::public_key(KeyKind::x25519, 1);
  const PublicKey third = world::public_key(KeyKind::p256);
  ASSERT_TRUE(store().pin("b.example", {before}, {}));
  EXPECT_EQ(*store().pin("b.example", {after}, {}), KeyStore::Pin::changed);
  EXPECT_EQ(*store().pin("b.example", {after}, {before.fingerprint()}), KeyStore::Pin::changed);
  EXPECT_EQ(*store().pin("b.example", {after, third}, {after.fingerprint()}), KeyStore::Pin::changed) << "each of them";
  EXPECT_EQ(store().pinned("b.example")->front().fingerprint(), before.fingerprint()) << "nothing was written";
  EXPECT_EQ(*store().pin("b.example", {after}, {after.fingerprint()}), KeyStore::Pin::replaced);
  EXPECT_EQ(store().pinned("b.example")->front().fingerprint(), after.fingerprint());
  EXPECT_EQ(*store().pin("b.example", {after, third}, {third.fingerprint()}), KeyStore::Pin::replaced)
      << "one was pinned already";
}

TEST_F(KeyStoreTest, AKeyThatGoesNeedsConsentAsWell) {
  const PublicKey one = world::public_key(KeyKind::x25519);
  const PublicKey two = world::public_key(KeyKind::p256);
  ASSERT_TRUE(store().pin("b.example", {one, two}, {}));
  EXPECT_EQ(*store().pin("b.example", {one}, {}), KeyStore::Pin::changed);
  EXPECT_EQ(*store().pin("b.example", {one}, {one.fingerprint()}), KeyStore::Pin::replaced);
}

TEST_F(KeyStoreTest, PinsOnlyWhatCanBeReadAgain) {
  EXPECT_FALSE(store().pin("b.example", {}, {}));
  EXPECT_FALSE(store().pin("b.example", std::vector(17, world::public_key(KeyKind::x25519)), {}));
  EXPECT_FALSE(fs::exists(dir_ / "peers" / "b.example.pem"));
}

TEST_F(KeyStoreTest, NamesThePinned) {
  const PublicKey key = world::public_key(KeyKind::x25519);
  for (const char* name : {"b.example", "a", "a.example", "bob@a.example"})
    ASSERT_TRUE(store().pin(name, {key}, {}));
  std::ofstream(dir_ / "peers" / "README") << "\n";
  EXPECT_THAT(*store().pinned_names(), ElementsAre("a", "a.example", "b.example", "bob@a.example"));
  std::ofstream(dir_ / "peers" / "a.pem") << "damaged\n";
  const auto damaged = store().pinned("a");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::malformed);
  EXPECT_THAT(damaged.error().what, HasSubstr("peers/a.pem"));
}

TEST_F(KeyStoreTest, PseudonymKeyIsMadeOnce) {
  const auto first = store().pseudonym_key();
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(mode_of(dir_ / "pseudonym.key"), 0600U);
  EXPECT_EQ(store().pseudonym_key()->reveal(), first->reveal());
  ::chmod((dir_ / "pseudonym.key").c_str(), 0644);
  EXPECT_FALSE(store().pseudonym_key());
  ::chmod((dir_ / "pseudonym.key").c_str(), 0600);
  std::ofstream(dir_ / "pseudonym.key") << "short";
  EXPECT_EQ(store().pseudonym_key().error().code, Errc::malformed);
}

TEST_F(KeyStoreTest, OverlapIsNotNegative) {
  EXPECT_FALSE(store().generate("a.example", KeyKind::x25519, true, -1s, now));
}

} // namespace
} // namespace sipveil::privasip
