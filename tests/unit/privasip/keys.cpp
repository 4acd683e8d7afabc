#include "privasip/keys.h"

#include "privasip/key_state.h"
#include "tests/unit/privasip/world.h"

#include <openssl/pem.h>

namespace sipveil::privasip {
namespace {

std::string pem_text(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_PUBKEY(bio.get(), key), 1);
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(Keys, OfEveryKindComeBackFromTheirPem) {
  for (const KeyKind kind : world::all_kinds) {
    const PrivateKey made = world::private_key(kind);
    EXPECT_EQ(made.public_key().kind(), kind);
    EXPECT_TRUE(made.pem().reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto again = PrivateKey::from_pem(made.pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key().fingerprint(), made.public_key().fingerprint());
    const auto published = PublicKey::from_pem(made.public_key().pem());
    ASSERT_TRUE(published) << published.error().text();
    EXPECT_EQ(published->fingerprint(), made.public_key().fingerprint());
    EXPECT_EQ(published->kind(), kind);
    EXPECT_EQ(published->id(), made.public_key().id());
    EXPECT_EQ(published->pem(), made.public_key().pem());
  }
}

TEST(Keys, TellTheirAlgorithm) {
  EXPECT_EQ(world::public_key(KeyKind::x25519).algorithm(), Algorithm::ecies_x25519);
  EXPECT_EQ(world::public_key(KeyKind::p256).algorithm(), Algorithm::ecies_p256);
  EXPECT_EQ(world::public_key(KeyKind::rsa_2048).algorithm(), Algorithm::rsa);
  EXPECT_EQ(world::public_key(KeyKind::rsa_3072).algorithm(), Algorithm::rsa);
  EXPECT_EQ(name(KeyKind::x25519), "ecies-x25519");
  EXPECT_EQ(name(KeyKind::p256), "ecies-p256");
  EXPECT_EQ(name(KeyKind::rsa_2048), "rsa-2048");
  EXPECT_EQ(name(KeyKind::rsa_3072), "rsa-3072");
}

// The recipient's key of RFC 9180 appendix A.1 as SubjectPublicKeyInfo (RFC 8410 section 4); digest by sha256sum.
TEST(Keys, FingerprintIsTheDigestOfTheDer) {
  const auto der =
      *hex_decode("302a300506032b656e0321003948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  const unsigned char* at = der.data();
  const Key raw(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  const auto key = PublicKey::from_pem(pem_text(raw.get()));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->fingerprint(), hex_encode(sha256({der})));
  EXPECT_EQ(hex_encode(key->id()), key->fingerprint().substr(0, 8));
}

TEST(Keys, PublicPartDoesNotCarryTheSecret) {
  const PublicKey key = PrivateKey::generate(KeyKind::x25519)->public_key();
  std::array<unsigned char, 32> secret{};
  std::size_t size = secret.size();
  EXPECT_NE(EVP_PKEY_get_raw_private_key(key.state().key.get(), secret.data(), &size), 1);
}

TEST(Keys, OfOtherKindsAreUnsupported) {
  const auto refused = [](Key key) {
    EXPECT_TRUE(key);
    const auto read = PublicKey::from_pem(pem_text(key.get()));
    return !read && read.error().code == Errc::unsupported;
  };
  EXPECT_TRUE(refused(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
  EXPECT_TRUE(refused(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"))));
  EXPECT_TRUE(refused(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1"))));
  EXPECT_TRUE(refused(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}))));
  EXPECT_TRUE(refused(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2056}))));
}

/// SubjectPublicKeyInfo of a P-256 key with this point.
std::string p256_pem(const std::string& point_hex) {
  const auto rest = "301306072a8648ce3d020106082a8648ce3d030107" + std::string("03");
  const auto bits = point_hex.size() / 2 + 1;
  const auto der = *hex_decode("30" + hex_encode(std::array{static_cast<unsigned char>(0x15 + 2 + bits)}) + rest +
                               hex_encode(std::array{static_cast<unsigned char>(bits)}) + "00" + point_hex);
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio(bio.get(), "PUBLIC KEY", "", der.data(), static_cast<long>(der.size()));
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(Keys, APointOffTheCurveIsUnsupported) {
  const PublicKey good = world::public_key(KeyKind::p256);
  const Bytes point = good.state().serialized;
  ASSERT_TRUE(PublicKey::from_pem(p256_pem(hex_encode(point)))) << "the helper writes what we read";
  Bytes bad = point;
  bad[64] ^= 1U;
  const auto off = PublicKey::from_pem(p256_pem(hex_encode(bad)));
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().code, Errc::unsupported);
  const auto compressed = PublicKey::from_pem(p256_pem(hex_encode(hpke::compress(std::span(point).first<65>()))));
  ASSERT_FALSE(compressed) << "a second spelling would have a second fingerprint";
  EXPECT_EQ(compressed.error().code, Errc::unsupported);
}

TEST(Keys, WhatIsNoPublicKeyIsMalformed) {
  const std::string good = world::public_key(KeyKind::x25519).pem();
  const auto code = [](std::string_view text) {
    const auto key = PublicKey::from_pem(text);
    return key ? std::string("read") : std::string(name(key.error().code));
  };
  const std::string malformed(name(Errc::malformed));
  EXPECT_EQ(code(good), "read");
  EXPECT_EQ(code(""), malformed);
  EXPECT_EQ(code("no key"), malformed);
  EXPECT_EQ(code(good + good), malformed) << "two";
  EXPECT_EQ(code(good.substr(0, good.size() / 2)), malformed) << "cut";
  EXPECT_EQ(code(world::private_key(KeyKind::x25519).pem().reveal()), malformed) << "a private key";
  std::string foreign = good;
  foreign[40] = '!';
  EXPECT_EQ(code(foreign), malformed);
  EXPECT_EQ(code(std::string(70'000, 'x')), std::string(name(Errc::too_large)));
}

TEST(Keys, ManyInOneFile) {
  const std::string one = world::public_key(KeyKind::x25519).pem();
  const std::string two = world::public_key(KeyKind::p256).pem();
  const auto keys = PublicKey::all_from_pem("# of a.example\n" + one + "\nsince May:\n" + two);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[1].kind(), KeyKind::p256);
  std::string many;
  for (int i = 0; i < 16; ++i)
    many += one;
  EXPECT_TRUE(PublicKey::all_from_pem(many));
  const auto too_many = PublicKey::all_from_pem(many + one);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, Errc::too_large);
}

TEST(Keys, WhatIsNoPrivateKeyIsMalformed) {
  const auto refused = [](std::string_view text) {
    const auto key = PrivateKey::from_pem(SecretBytes(text));
    return !key && key.error().code == Errc::malformed;
  };
  const auto good = world::private_key(KeyKind::p256).pem();
  EXPECT_FALSE(refused(good.reveal()));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(world::public_key(KeyKind::p256).pem()));
  EXPECT_TRUE(refused(std::string(good.reveal()) + std::string(good.reveal())));
  EXPECT_TRUE(refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
}

TEST(Keys, LeaveNoErrorsBehindForTls) {
  ASSERT_FALSE(PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  ASSERT_FALSE(PublicKey::from_pem("nothing"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

} // namespace
} // namespace sipveil::privasip
