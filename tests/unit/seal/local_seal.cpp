#include "bridge/seal/local_seal.h"

#include "base/random.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace sipveil {
namespace {

constexpr std::array purposes{Purpose::outer_id,    Purpose::inner_id,     Purpose::contact,
                              Purpose::far_contact, Purpose::registration, Purpose::beside,
                              Purpose::route,       Purpose::kept,         Purpose::session};

SecretBytes key_of(unsigned char byte) {
  const std::vector<unsigned char> bytes(32, byte);
  return SecretBytes(std::span<const unsigned char>(bytes));
}

/// RFC 5297 as OpenSSL has it, with the key that LocalSeal derives from its master: the MAC's half, then the cipher's.
Bytes reference(std::span<const unsigned char> master, const std::vector<Bytes>& associated, const Bytes& plain) {
  Bytes key;
  for (const std::string_view label : {"sipveil local seal 1 mac", "sipveil local seal 1 ctr"}) {
    unsigned char half[32];
    EXPECT_NE(HMAC(EVP_sha256(), master.data(), static_cast<int>(master.size()), as_bytes(label).data(), label.size(),
                   half, nullptr),
              nullptr);
    key.insert(key.end(), half, half + sizeof half);
  }
  const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr), EVP_CIPHER_free);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  EXPECT_EQ(EVP_CIPHER_get_key_length(cipher.get()), 64);
  EXPECT_EQ(EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), nullptr, nullptr), 1);
  int size = 0;
  for (const Bytes& data : associated)
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), nullptr, &size, data.data(), static_cast<int>(data.size())), 1);
  Bytes sealed(16 + plain.size());
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), sealed.data() + 16, &size, plain.data(), static_cast<int>(plain.size())),
            1);
  EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), sealed.data() + 16 + size, &size), 1);
  EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, sealed.data()), 1);
  return sealed;
}

/// The plaintext of `seal`, as its header describes it.
Bytes framed(unsigned char form, std::span<const unsigned char> content) {
  Bytes plain{form, static_cast<unsigned char>(content.size() >> 8U), static_cast<unsigned char>(content.size())};
  plain.insert(plain.end(), content.begin(), content.end());
  plain.resize((plain.size() + 15) / 16 * 16);
  return plain;
}

Bytes bytes_of(std::string_view text) {
  return {as_bytes(text).begin(), as_bytes(text).end()};
}

Bytes byte_of(Purpose purpose) {
  return {static_cast<unsigned char>(purpose)};
}

TEST(LocalSeal, IsAes256SivToTheByte) {
  for (const unsigned master : {0x00U, 0x07U, 0xffU}) {
    const SecretBytes key = key_of(static_cast<unsigned char>(master));
    const LocalSeal seal(key);
    for (const Purpose purpose : purposes)
      for (const unsigned size : {0U, 1U, 12U, 13U, 14U, 28U, 29U, 30U, 100U, 512U}) {
        const std::string text(size, '-');
        EXPECT_EQ(*base32_decode(*seal.seal(purpose, text)),
                  reference(key.bytes(), {byte_of(purpose)}, framed(0, as_bytes(text))))
            << size;
      }
  }
}

TEST(LocalSeal, OfBytesHasTheCallersAssociatedDataBehindThePurpose) {
  const SecretBytes key = key_of(9);
  const LocalSeal seal(key);
  Bytes plain(96);
  fill_random(plain);
  for (const std::string_view associated : {"", "c", "exactly-16-bytes", "call-1@example.org-and-more"}) {
    const Bytes sealed = seal.seal_bytes(Purpose::route, plain, associated);
    if (!associated.empty()) { // OpenSSL passes over an empty string, which RFC 5297 counts
      EXPECT_EQ(sealed, reference(key.bytes(), {byte_of(Purpose::route), bytes_of(associated)}, plain)) << associated;
    }
    EXPECT_EQ(seal.open_bytes(Purpose::route, sealed, associated), plain);
    EXPECT_FALSE(seal.open_bytes(Purpose::route, sealed, std::string(associated) + "x"));
    EXPECT_FALSE(seal.open_bytes(Purpose::session, sealed, associated));
  }
}

TEST(LocalSeal, TakesAndGivesWholeBlocksOnly) {
  const LocalSeal seal(key_of(9));
  const Bytes sealed = seal.seal_bytes(Purpose::route, Bytes(32, 1), "c");
  EXPECT_EQ(sealed.size(), 48U);
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(seal.open_bytes(Purpose::route, std::span(sealed).first(size), "c")) << size;
  Bytes longer = sealed;
  longer.resize(64);
  EXPECT_FALSE(seal.open_bytes(Purpose::route, longer, "c"));
}

TEST(LocalSeal, OpensWhatItSealedForItsPurposeAndKeyAlone) {
  const LocalSeal seal(key_of(1));
  const LocalSeal same(key_of(1));
  const LocalSeal other(key_of(2));
  for (const std::string& text : {std::string(), std::string("a"), std::string("call-1@192.0.2.1"),
                                  std::string("\0\xff\r\n", 4), std::string(LocalSeal::max_text, '~')}) {
    const std::string sealed = *seal.seal(Purpose::contact, text);
    EXPECT_EQ(seal.seal(Purpose::contact, text), sealed) << "the same today and tomorrow";
    EXPECT_EQ(same.open(Purpose::contact, sealed), text) << "after a restart, or at another instance";
    EXPECT_FALSE(other.open(Purpose::contact, sealed));
    for (const Purpose purpose : purposes)
      EXPECT_EQ(seal.open(purpose, sealed).has_value(), purpose == Purpose::contact);
  }
}

TEST(LocalSeal, ReadsAsLowerCaseBase32AndHidesLengthsByBlocks) {
  const LocalSeal seal(key_of(1));
  std::set<std::size_t> sizes;
  for (std::size_t size = 0; size <= 13; ++size) {
    const std::string sealed = *seal.seal(Purpose::outer_id, std::string(size, 'x'));
    EXPECT_EQ(sealed.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
    sizes.insert(sealed.size());
  }
  EXPECT_EQ(sizes, std::set<std::size_t>{52}); // base32 of 32 bytes
}

TEST(LocalSeal, ATextThatWasSealedAlreadyGrowsByItsBlocksAndDoesNotDouble) {
  const SecretBytes key = key_of(1);
  const LocalSeal seal(key);
  std::string text = "call-1@192.0.2.1";
  std::vector<std::string> chain{text};
  for (int bridges = 0; bridges < 8; ++bridges) { // as many bridges behind one another
    const std::string next = *seal.seal(Purpose::inner_id, text);
    if (bridges > 0) {
      EXPECT_LE(next.size(), text.size() + 55) << "an IV, three bytes and what fills the block";
    }
    EXPECT_EQ(seal.open(Purpose::inner_id, next), text);
    text = next;
    chain.push_back(text);
  }
  EXPECT_EQ(*base32_decode(chain[2]),
            reference(key.bytes(), {byte_of(Purpose::inner_id)}, framed(1, *base32_decode(chain[1]))));
}

TEST(LocalSeal, WhatOnlyLooksLikeBase32ComesBackAsItWas) {
  const LocalSeal seal(key_of(1));
  const std::string good = base32_encode(Bytes(40, 0xa5));
  std::string upper = good;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
  for (const std::string& text : {good, upper, good + "a", good.substr(1), good.substr(0, good.size() - 1) + "1",
                                  std::string(33, 'z'), std::string(34, 'a'), std::string(31, 'a')})
    EXPECT_EQ(seal.open(Purpose::outer_id, *seal.seal(Purpose::outer_id, text)), text) << text;
}

TEST(LocalSeal, RefusesTextsThatAreTooLong) {
  const LocalSeal seal(key_of(1));
  EXPECT_TRUE(seal.seal(Purpose::contact, std::string(LocalSeal::max_text, '-')));
  EXPECT_FALSE(seal.seal(Purpose::contact, std::string(LocalSeal::max_text + 14, '-')));
  EXPECT_FALSE(seal.seal(Purpose::contact, std::string(100'000, 'a')));
  EXPECT_FALSE(seal.open(Purpose::contact, std::string(100'000, 'a')));
  EXPECT_FALSE(seal.open(Purpose::contact, std::string(LocalSeal::max_text * 4 + 1, 'a')));
}

TEST(LocalSeal, EveryTextThatItSealsItOpens) {
  const LocalSeal seal(key_of(1));
  for (std::size_t size = 0; size <= LocalSeal::max_text + 20; ++size)
    for (const char c : {'-', 'a'}) {
      const std::string text(size, c);
      if (const auto sealed = seal.seal(Purpose::contact, text)) {
        EXPECT_EQ(seal.open(Purpose::contact, *sealed), text) << size << c;
      }
    }
}

TEST(LocalSeal, RefusesAnyBitChangedAnyCutAndWhatIsForeign) {
  const LocalSeal seal(key_of(1));
  const std::string sealed = *seal.seal(Purpose::outer_id, "call-1@192.0.2.1");
  const Bytes bytes = *base32_decode(sealed);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes bad = bytes;
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(seal.open(Purpose::outer_id, base32_encode(bad))) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(seal.open(Purpose::outer_id, std::string_view(sealed).substr(0, size)));
  for (const std::string& foreign : {std::string(), std::string("call-1@192.0.2.1"), std::string(52, 'a'),
                                     sealed + "aa", std::string(1000, 'a'), sealed.substr(0, 51) + "!"})
    EXPECT_FALSE(seal.open(Purpose::outer_id, foreign)) << foreign;
}

TEST(LocalSeal, AnUpperCaseSpellingOpensToo) { // proxies may compare and write user parts in any case
  const LocalSeal seal(key_of(1));
  std::string sealed = *seal.seal(Purpose::registration, "sip:x@anonymous.invalid");
  std::transform(sealed.begin(), sealed.end(), sealed.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(seal.open(Purpose::registration, sealed), "sip:x@anonymous.invalid");
}

TEST(LocalSeal, NumbersAreSteadyAndOfTheirKey) {
  const LocalSeal seal(key_of(1));
  const LocalSeal other(key_of(2));
  EXPECT_EQ(seal.number("call-1"), LocalSeal(key_of(1)).number("call-1"));
  EXPECT_NE(seal.number("call-1"), seal.number("call-2"));
  EXPECT_NE(seal.number("call-1"), other.number("call-1"));
  EXPECT_NE(seal.number(""), seal.number(std::string(10'000, 'x'))) << "of texts of any length";
}

TEST(LocalSealDeathTest, NeedsAWholeKey) {
  EXPECT_DEATH(LocalSeal(SecretBytes(std::size_t{16})), "");
}

} // namespace
} // namespace sipveil
