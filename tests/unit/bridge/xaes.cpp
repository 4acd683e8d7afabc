#include "bridge/hop/xaes.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

using Key = std::array<unsigned char, Xaes256Gcm::key_size>;
using Nonce = std::span<const unsigned char, Xaes256Gcm::nonce_size>;

Key key_of(unsigned char byte) {
  Key key;
  key.fill(byte);
  return key;
}

Nonce nonce_of(std::string_view text) {
  return as_bytes(text).first<Xaes256Gcm::nonce_size>();
}

const Nonce nonce = nonce_of("ABCDEFGHIJKLMNOPQRSTUVWX");

// The test vectors of the specification: the two cases of the most significant bit of L (subkey with and without 0x87).
TEST(Xaes256Gcm, VectorsOfTheSpecification) {
  const Xaes256Gcm first(key_of(1));
  EXPECT_EQ(hex_encode(first.seal(nonce, as_bytes("XAES-256-GCM"), {})),
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  const Xaes256Gcm second(key_of(3));
  EXPECT_EQ(hex_encode(second.seal(nonce, as_bytes("XAES-256-GCM"), as_bytes("c2sp.org/XAES-256-GCM"))),
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST(Xaes256Gcm, OpensWhatItSealedInAnyOrder) {
  const Xaes256Gcm cipher(key_of(9));
  const auto one = cipher.seal(nonce, as_bytes("one"), as_bytes("a"));
  const auto other_nonce = nonce_of("abcdefghijklmnopqrstuvwx");
  const auto two = cipher.seal(other_nonce, as_bytes("two"), as_bytes("b"));
  const auto empty = cipher.seal(nonce, {}, {});
  EXPECT_EQ(as_text(*cipher.open(other_nonce, two, as_bytes("b"))), "two");
  EXPECT_EQ(as_text(*cipher.open(nonce, one, as_bytes("a"))), "one");
  EXPECT_EQ(cipher.open(nonce, empty, {})->size(), 0U);
}

TEST(Xaes256Gcm, RefusesEveryChangedBit) {
  const Xaes256Gcm cipher(key_of(9));
  const auto sealed = cipher.seal(nonce, as_bytes("token"), as_bytes("call"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto bad = sealed;
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(cipher.open(nonce, bad, as_bytes("call"))) << bit;
  }
  for (std::size_t bit = 0; bit < nonce.size() * 8; ++bit) { // of both halves: the key's and GCM's
    std::array<unsigned char, Xaes256Gcm::nonce_size> bad{};
    std::copy(nonce.begin(), nonce.end(), bad.begin());
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(cipher.open(bad, sealed, as_bytes("call"))) << bit;
  }
}

TEST(Xaes256Gcm, RefusesWhatIsNotItsOwn) {
  const Xaes256Gcm cipher(key_of(9));
  const auto sealed = cipher.seal(nonce, as_bytes("token"), as_bytes("call"));
  EXPECT_FALSE(cipher.open(nonce, sealed, as_bytes("other call")));
  EXPECT_FALSE(cipher.open(nonce, sealed, {}));
  EXPECT_FALSE(Xaes256Gcm(key_of(8)).open(nonce, sealed, as_bytes("call")));
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(cipher.open(nonce, std::span(sealed).first(size), as_bytes("call"))) << size;
  EXPECT_TRUE(cipher.open(nonce, sealed, as_bytes("call"))) << "a refusal leaves no trace";
}

} // namespace
} // namespace sipveil::hop
