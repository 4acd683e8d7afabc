#include "privasip/key_state.h"
#include "privasip/rsa_oaep.h"
#include "tests/unit/privasip/world.h"

#include <openssl/rsa.h>

namespace sipveil::privasip {
namespace {

TEST(RsaOaep, TakesAsMuchAsItsKeyAllows) {
  const PrivateKey key = world::private_key(KeyKind::rsa_2048);
  EVP_PKEY* raw = key.state().key.get();
  const Bytes label{1, 2, 3};
  const Bytes largest(190, 'x');
  const auto sealed = rsa_seal(raw, label, largest);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), 256U);
  const auto opened = rsa_open(raw, label, *sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), std::string(190, 'x'));
  EXPECT_FALSE(rsa_seal(raw, label, Bytes(191, 'x')));
  EXPECT_FALSE(rsa_open(raw, Bytes{1, 2, 4}, *sealed));
  EXPECT_FALSE(rsa_open(raw, {}, *sealed));
  EXPECT_FALSE(rsa_open(raw, label, std::span(*sealed).first(255)));
  EXPECT_FALSE(rsa_open(raw, label, Bytes(256, 0xff))) << "not below the modulus";
}

/// Another program's ciphertext, by OpenSSL's older calls for each parameter.
Bytes by_hand(EVP_PKEY* key, const EVP_MD* hash, const EVP_MD* mask_hash, std::string_view label,
              std::string_view plaintext) {
  const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), mask_hash), 1);
  void* copy = OPENSSL_memdup(label.data(), label.size());
  EXPECT_EQ(EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), copy, static_cast<int>(label.size())), 1);
  Bytes out(256);
  std::size_t size = out.size();
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), out.data(), &size, as_bytes(plaintext).data(), plaintext.size()), 1);
  return out;
}

TEST(RsaOaep, OpensWhatAnotherProgramSealed) {
  const PrivateKey key = world::private_key(KeyKind::rsa_2048);
  EVP_PKEY* raw = key.state().key.get();
  const auto opened = rsa_open(raw, as_bytes("label"), by_hand(raw, EVP_sha256(), EVP_sha256(), "label", "hello"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "hello");
  EXPECT_FALSE(rsa_open(raw, as_bytes("label"), by_hand(raw, EVP_sha1(), EVP_sha256(), "label", "hello")));
  EXPECT_FALSE(rsa_open(raw, as_bytes("label"), by_hand(raw, EVP_sha256(), EVP_sha1(), "label", "hello")));
}

// A whole token written from README.md alone: the format is what is documented, not what our own sealer does.
TEST(RsaOaep, OpensATokenMadeByHand) {
  const PrivateKey key = world::private_key(KeyKind::rsa_2048);
  const KeyId& id = key.public_key().id();
  const std::string head = "}B" + std::string(id.begin(), id.end()); // 0x7d 0x42
  const std::string label = "sipveil privasip 1" + head + "\x01\x01" + std::string("\0\0\0\4", 4) + "call";
  const std::string plaintext = std::string("\x10\x65\x53\xf1\x00\x05", 6) + "alice";
  const Bytes body = by_hand(key.state().key.get(), EVP_sha256(), EVP_sha256(), label, plaintext);
  Bytes token(head.begin(), head.end());
  token.insert(token.end(), body.begin(), body.end());
  Opener opener(world::keys(world::own_key(KeyKind::rsa_2048, "a.example")), {});
  const auto opened = opener.open(base32_encode(token), {Sender::caller, Subject::caller, "call"}, world::now);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->identity.user, "alice");
  EXPECT_EQ(opened->issued, 0x6553f100);
  EXPECT_EQ(opened->key_name, "a.example");
}

} // namespace
} // namespace sipveil::privasip
