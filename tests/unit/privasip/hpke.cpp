// RFC 9180, against the vectors of its appendix A (A.1: X25519, A.3: P-256, both with AES-128-GCM) and of the vector
// file published with it (kem 32 and 16, kdf 1, aead 2: AES-256-GCM, as our tokens use it).
#include "privasip/hpke.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace sipveil::privasip::hpke {
namespace {

struct Vector {
  const char* name;
  Suite suite;
  const char *ikm_e, *enc, *ikm_r, *pk_r, *sk_r;
  const char *shared_secret, *key, *base_nonce; ///< nullptr: not compared
  struct Message {
    unsigned sequence;
    const char* ciphertext;
  };
  std::vector<Message> messages;
};

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
  return out << vector.name;
}

Bytes bytes(std::string_view hex) {
  return *hex_decode(hex);
}

const Bytes info = bytes("4f6465206f6e2061204772656369616e2055726e");
const Bytes plaintext = bytes("4265617574792069732074727574682c20747275746820626561757479");

Bytes additional(unsigned sequence) {
  const std::string text = "Count-" + std::to_string(sequence);
  return {text.begin(), text.end()};
}

const Vector vectors[] = {
    {"A1_X25519_Aes128Gcm",
     {Kem::x25519, Aead::aes_128_gcm},
     "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
     "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
     "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
     "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
     "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
     "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
     "4531685d41d65f03dc48f6b8302c05b0",
     "56d890e5accaaf011cff4b7d",
     {{0, "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"},
      {1, "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84"},
      {2, "498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180"},
      {4, "583bd32bc67a5994bb8ceaca813d369bca7b2a42408cddef5e22f880b631215a09fc0012bc69fccaa251c0246d"},
      {255, "7175db9717964058640a3a11fb9007941a5d1757fda1a6935c805c21af32505bf106deefec4a49ac38d71c9e0a"},
      {256, "957f9800542b0b8891badb026d79cc54597cb2d225b54c00c5238c25d05c30e3fbeda97d2e0e1aba483a2df9f2"}}},
    {"A3_P256_Aes128Gcm",
     {Kem::p256, Aead::aes_128_gcm},
     "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
     "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bf"
     "cb9382657222d18c4",
     "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550",
     "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d1"
     "28aafd68a2ce72ea0",
     "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
     "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8",
     "868c066ef58aae6dc589b6cfdd18f97e",
     "4e0bc5018beba4bf004cca59",
     {{0, "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"},
      {1, "fa6f037b47fc21826b610172ca9637e82d6e5801eb31cbd3748271affd4ecb06646e0329cbdf3c3cd655b28e82"},
      {2, "895cabfac50ce6c6eb02ffe6c048bf53b7f7be9a91fc559402cbc5b8dcaeb52b2ccc93e466c28fb55fed7a7fec"},
      {4, "8787491ee8df99bc99a246c4b3216d3d57ab5076e18fa27133f520703bc70ec999dd36ce042e44f0c3169a6a8f"},
      {255, "2ad71c85bf3f45c6eca301426289854b31448bcf8a8ccb1deef3ebd87f60848aa53c538c30a4dac71d619ee2cd"},
      {256, "10f179686aa2caec1758c8e554513f16472bd0a11e2a907dde0b212cbe87d74f367f8ffe5e41cd3e9962a6afb2"}}},
    {"Published_X25519_Aes256Gcm",
     {Kem::x25519, Aead::aes_256_gcm},
     "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
     "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
     "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
     "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
     "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
     nullptr,
     nullptr,
     nullptr,
     {{0, "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a"}}},
    {"Published_P256_Aes256Gcm",
     {Kem::p256, Aead::aes_256_gcm},
     "a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24efb7ae0ace1f31887a8cd6c",
     "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff537"
     "0d331a4f1f7d5a4e0",
     "a0ce15d49e28bd47a18a97e147582d814b08cbe00109fed5ec27d1b4e9f6f5e3",
     "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c02"
     "1238f9e2073d2356c",
     "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2",
     "48893fecd82f7c3456af6a42d8f56325d21e08c10fa81299986aaff54cde7b49",
     "ee16802a936d5f544771131900ee6973d0551de9e852ece2ef34bf0d5f9e1d1d",
     "9bc50980832a7b4b58c40161",
     {{0, "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f"}}},
};

class HpkeVector : public ::testing::TestWithParam<Vector> {
 protected:
  const Vector& vector_ = GetParam();
  Kem kem_ = vector_.suite.kem;
};

Bytes secret_of(const KeyPair& pair, Kem kem) {
  Bytes out(32);
  std::size_t size = out.size();
  if (kem == Kem::x25519) {
    EXPECT_EQ(EVP_PKEY_get_raw_private_key(pair.key.get(), out.data(), &size), 1);
    return out;
  }
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(pair.key.get(), "priv", &number), 1);
  EXPECT_EQ(BN_bn2binpad(number, out.data(), 32), 32);
  BN_clear_free(number);
  return out;
}

TEST_P(HpkeVector, DerivesTheKeyPairs) {
  const auto ephemeral = derive_key_pair(kem_, bytes(vector_.ikm_e));
  const auto recipient = derive_key_pair(kem_, bytes(vector_.ikm_r));
  ASSERT_TRUE(ephemeral && recipient);
  EXPECT_EQ(hex_encode(ephemeral->serialized), vector_.enc);
  EXPECT_EQ(hex_encode(recipient->serialized), vector_.pk_r);
  EXPECT_EQ(hex_encode(secret_of(*recipient, kem_)), vector_.sk_r);
}

TEST_P(HpkeVector, EncapsulatesAndDecapsulates) {
  const auto recipient = derive_key_pair(kem_, bytes(vector_.ikm_r));
  ASSERT_TRUE(recipient);
  const Key known = deserialize(kem_, bytes(vector_.pk_r));
  ASSERT_TRUE(known);
  const auto sent = encapsulate(kem_, known.get(), bytes(vector_.pk_r), bytes(vector_.ikm_e));
  ASSERT_TRUE(sent);
  EXPECT_EQ(hex_encode(sent->enc), vector_.enc);
  const auto received = decapsulate(kem_, sent->enc, recipient->key.get(), recipient->serialized);
  ASSERT_TRUE(received);
  EXPECT_EQ(hex_encode(received->bytes()), hex_encode(sent->shared_secret.bytes()));
  if (vector_.shared_secret != nullptr) {
    EXPECT_EQ(hex_encode(received->bytes()), vector_.shared_secret);
  }
}

TEST_P(HpkeVector, SchedulesKeysAndSealsEachMessage) {
  const auto recipient = derive_key_pair(kem_, bytes(vector_.ikm_r));
  const auto shared = decapsulate(kem_, bytes(vector_.enc), recipient->key.get(), recipient->serialized);
  ASSERT_TRUE(shared);
  const Schedule schedule = key_schedule(vector_.suite, *shared, info);
  if (vector_.key != nullptr) {
    EXPECT_EQ(hex_encode(schedule.key_bytes()), vector_.key);
    EXPECT_EQ(hex_encode(schedule.base_nonce), vector_.base_nonce);
  }
  for (const auto& [sequence, ciphertext] : vector_.messages) {
    const auto sealed = gcm_seal(schedule.key_bytes(), nonce_at(schedule, sequence), additional(sequence), plaintext);
    EXPECT_EQ(hex_encode(sealed), ciphertext) << sequence;
  }
}

TEST_P(HpkeVector, SealsAndOpensInOneShot) {
  const auto recipient = derive_key_pair(kem_, bytes(vector_.ikm_r));
  const auto sealed = seal(vector_.suite, recipient->key.get(), recipient->serialized, info, additional(0), plaintext,
                           bytes(vector_.ikm_e));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(hex_encode(sealed->enc), vector_.enc);
  EXPECT_EQ(hex_encode(sealed->ciphertext), vector_.messages[0].ciphertext);
  Bytes opened(plaintext.size());
  const auto opens = [&](const Bytes& with_info, const Bytes& with_additional) {
    return open(vector_.suite, sealed->enc, recipient->key.get(), recipient->serialized, with_info, with_additional,
                sealed->ciphertext, opened);
  };
  EXPECT_TRUE(opens(info, additional(0)));
  EXPECT_EQ(opened, plaintext);
  EXPECT_FALSE(opens(info, additional(1)));
  EXPECT_EQ(opened, Bytes(plaintext.size())) << "what is not authentic is not handed out";
  EXPECT_FALSE(opens({}, additional(0)));
}

INSTANTIATE_TEST_SUITE_P(Rfc9180, HpkeVector, ::testing::ValuesIn(vectors),
                         [](const auto& tested) { return std::string(tested.param.name); });

// RFC 7748 section 6.1: the points of small order, whose product with any key is zero, and spellings of the same.
TEST(Hpke, RefusesX25519PointsOfSmallOrder) {
  const auto own = derive_key_pair(Kem::x25519, Bytes(32, 1));
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_FALSE(decapsulate(Kem::x25519, bytes(point), own->key.get(), own->serialized)) << point;
    const Key recipient = deserialize(Kem::x25519, bytes(point));
    if (recipient) {
      EXPECT_FALSE(encapsulate(Kem::x25519, recipient.get(), bytes(point), Bytes(32, 2))) << point;
    }
  }
}

TEST(Hpke, RefusesP256PointsOffTheCurve) {
  const auto own = derive_key_pair(Kem::p256, Bytes(32, 1));
  const auto refused = [&](const Bytes& point) {
    return !deserialize(Kem::p256, point) && !decapsulate(Kem::p256, point, own->key.get(), own->serialized);
  };
  EXPECT_FALSE(refused(own->serialized));
  for (const std::size_t at : {std::size_t{1}, std::size_t{32}, std::size_t{33}, std::size_t{64}}) {
    Bytes bad = own->serialized;
    bad[at] ^= 1U;
    EXPECT_TRUE(refused(bad)) << at;
  }
  Bytes hybrid = own->serialized;
  hybrid[0] = (hybrid[64] & 1U) != 0 ? 7 : 6;
  EXPECT_TRUE(refused(hybrid)) << "one form only";
  EXPECT_TRUE(refused({0})) << "the point at infinity";
  EXPECT_TRUE(refused(Bytes(65)));
  EXPECT_TRUE(refused({}));
  Bytes beyond(65, 0xff); // coordinates that are not below the prime
  beyond[0] = 4;
  EXPECT_TRUE(refused(beyond));
}

TEST(Hpke, CompressesPointsAndExpandsThem) {
  unsigned odd = 0;
  for (unsigned char i = 0; i < 16; ++i) {
    const auto pair = derive_key_pair(Kem::p256, Bytes(32, i));
    const auto small = compress(std::span(pair->serialized).first<65>());
    odd += small[0] == 3 ? 1U : 0U;
    EXPECT_EQ(expand(small), pair->serialized);
  }
  EXPECT_GT(odd, 0U) << "both signs were tried";
  EXPECT_LT(odd, 16U);
  std::array<unsigned char, compressed_size> bad{};
  bad[0] = 2;
  bad[32] = 5;
  unsigned refused = 0;
  for (unsigned char x = 0; x < 32; ++x) { // about every other x is on the curve
    bad[32] = x;
    refused += expand(bad) ? 0U : 1U;
  }
  EXPECT_GT(refused, 4U);
  EXPECT_LT(refused, 28U);
  bad[0] = 4;
  EXPECT_FALSE(expand(bad));
  bad[0] = 0;
  EXPECT_FALSE(expand(bad));
}

// RFC 5869 appendix A.1: more than one block of output, which HPKE here never asks for and AES tokens do.
TEST(Hkdf, VectorsOfTheRfc) {
  const auto key = hkdf_extract(bytes("000102030405060708090a0b0c"), {Bytes(22, 0x0b)});
  EXPECT_EQ(hex_encode(key.bytes()), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  Bytes out(42);
  hkdf_expand(key.bytes(), {bytes("f0f1f2f3"), bytes("f4f5f6f7f8f9")}, out);
  EXPECT_EQ(hex_encode(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

} // namespace
} // namespace sipveil::privasip::hpke
