#include "privasip/token.h"

#include "privasip/binding.h"
#include "privasip/sizes.h"

#include <gtest/gtest.h>

namespace sipveil::privasip {
namespace {

std::string text_of(Algorithm algorithm, std::size_t body, KeyId id = {1, 2, 3, 4}) {
  const Head head = token_head(algorithm, id);
  Bytes bytes(head.begin(), head.end());
  bytes.resize(head.size() + body, 0x5a);
  return base32_encode(bytes);
}

TEST(Token, IsTakenApart) {
  const auto token = Token::parse(text_of(Algorithm::ecies_x25519, 32 + 32 + 16));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->algorithm, Algorithm::ecies_x25519);
  EXPECT_EQ(token->key_id, (KeyId{1, 2, 3, 4}));
  EXPECT_EQ(hex_encode(token->head()), "7d4301020304");
  EXPECT_EQ(token->body().size(), 80U);
}

TEST(Token, BeginsWithPvWhateverItsAlgorithm) {
  for (const auto algorithm : {Algorithm::aes, Algorithm::rsa, Algorithm::ecies_x25519, Algorithm::ecies_p256})
    EXPECT_TRUE(text_of(algorithm, 100).starts_with("pv"));
}

TEST(Token, HasOneOfTheLengthsOfItsAlgorithm) {
  const auto lengths = [](Algorithm algorithm) {
    std::vector<std::size_t> out;
    for (std::size_t body = 0; body < 500; ++body)
      if (Token::parse(text_of(algorithm, body))) out.push_back(body);
    return out;
  };
  EXPECT_EQ(lengths(Algorithm::aes), (std::vector<std::size_t>{72, 104, 136, 168, 200, 232}));
  EXPECT_EQ(lengths(Algorithm::ecies_x25519), (std::vector<std::size_t>{80, 112, 144, 176, 208, 240}));
  EXPECT_EQ(lengths(Algorithm::ecies_p256), (std::vector<std::size_t>{81, 113, 145, 177, 209, 241}));
  EXPECT_EQ(lengths(Algorithm::rsa), (std::vector<std::size_t>{256, 384}));
}

TEST(Token, HasOneSpelling) {
  const std::string good = text_of(Algorithm::ecies_x25519, 80);
  ASSERT_TRUE(Token::parse(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string upper = good;
    if (upper[i] >= 'a') upper[i] = static_cast<char>(upper[i] - 'a' + 'A');
    EXPECT_TRUE(upper == good || !Token::parse(upper)) << i;
  }
  EXPECT_FALSE(Token::parse(good + "="));
  EXPECT_FALSE(Token::parse(good + "a"));
  EXPECT_FALSE(Token::parse(" " + good));
  std::string stray = good; // 86 bytes are 137.6 characters: the last has two spare bits
  stray.back() = static_cast<char>(stray.back() + 1);
  EXPECT_FALSE(Token::parse(stray)) << "bits beyond the last byte";
}

TEST(Token, IsNothingElse) {
  EXPECT_FALSE(Token::parse(""));
  EXPECT_FALSE(Token::parse("alice"));
  EXPECT_FALSE(Token::parse("pv"));
  EXPECT_FALSE(Token::parse("pvb" + std::string(700, 'a')));
  EXPECT_FALSE(Token::parse("pvq" + text_of(Algorithm::ecies_x25519, 80).substr(3))) << "no such algorithm";
  EXPECT_FALSE(Token::parse("pu" + text_of(Algorithm::ecies_x25519, 80).substr(2))) << "another version";
}

TEST(Token, IsKnownByItsLooks) {
  EXPECT_TRUE(looks_like_token(text_of(Algorithm::aes, 72)));
  EXPECT_EQ(text_of(Algorithm::aes, 72).size(), min_token_text);
  EXPECT_FALSE(looks_like_token(text_of(Algorithm::aes, 72).substr(0, min_token_text - 1)));
  EXPECT_FALSE(looks_like_token("pvalice"));
  EXPECT_FALSE(looks_like_token("PV" + text_of(Algorithm::aes, 72).substr(2)));
  EXPECT_FALSE(looks_like_token(text_of(Algorithm::aes, 72) + "@"));
}

TEST(Token, IsBoundToAllOfItsContext) {
  const Head head = token_head(Algorithm::aes, {});
  EXPECT_EQ(hex_encode(binding(head, {Sender::callee, Subject::referred, "ab"})),
            hex_encode(as_bytes("sipveil privasip 1")) + "7d4100000000" + "0203" + "00000002" + "6162");
}

TEST(Token, NamesAreThoseOfTheConfiguration) {
  EXPECT_EQ(name(Version::none), "none");
  EXPECT_EQ(name(Version::privasip_1), "privasip-1");
  EXPECT_EQ(name(Version::privasip_2), "privasip-2");
  EXPECT_EQ(name(Algorithm::aes), "aes");
  EXPECT_EQ(name(Algorithm::rsa), "rsa");
  EXPECT_EQ(name(Algorithm::ecies_x25519), "ecies-x25519");
  EXPECT_EQ(name(Algorithm::ecies_p256), "ecies-p256");
  EXPECT_EQ(name(KnownTo::nobody), "nobody");
  EXPECT_EQ(name(KnownTo::callee), "callee");
  EXPECT_EQ(name(KnownTo::home), "home");
  EXPECT_EQ(name(KnownTo::callee_home), "callee-home");
}

} // namespace
} // namespace sipveil::privasip
