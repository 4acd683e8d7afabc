#include "privasip/token.h"

#include "privasip/binding.h"
#include "privasip/sizes.h"

#include <algorithm>

namespace sipveil::privasip {
namespace {

constexpr unsigned char magic = 0x7d;
constexpr unsigned char algorithm_base = 0x40;

bool is_base32(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

std::optional<Algorithm> algorithm_of(unsigned char byte) {
  for (const auto algorithm : {Algorithm::aes, Algorithm::rsa, Algorithm::ecies_x25519, Algorithm::ecies_p256})
    if (byte == algorithm_base + static_cast<unsigned>(algorithm)) return algorithm;
  return std::nullopt;
}

/// A token of this algorithm can have a body of this many bytes.
bool possible(Algorithm algorithm, std::size_t size) {
  if (algorithm == Algorithm::rsa) return size == 2048 / 8 || size == 3072 / 8;
  const std::size_t around = prefix_size(algorithm) + tag_size;
  return size > around && size <= around + max_padded && (size - around) % padding_block == 0;
}

} // namespace

bool looks_like_token(std::string_view user) {
  return user.starts_with("pv") && user.size() >= min_token_text && user.size() <= max_token_text &&
         std::all_of(user.begin(), user.end(), is_base32);
}

std::optional<Token> Token::parse(std::string_view text) {
  if (!looks_like_token(text)) return std::nullopt; // upper case as well: one spelling for one token
  auto bytes = base32_decode(text);
  if (!bytes || bytes->front() != magic) return std::nullopt;
  const auto algorithm = algorithm_of((*bytes)[1]);
  if (!algorithm || !possible(*algorithm, bytes->size() - head_size)) return std::nullopt;
  Token token;
  token.algorithm = *algorithm;
  std::copy_n(bytes->begin() + 2, token.key_id.size(), token.key_id.begin());
  token.bytes = std::move(*bytes);
  return token;
}

Head token_head(Algorithm algorithm, const KeyId& key_id) {
  Head head{magic, static_cast<unsigned char>(algorithm_base + static_cast<unsigned>(algorithm))};
  std::copy(key_id.begin(), key_id.end(), head.begin() + 2);
  return head;
}

} // namespace sipveil::privasip
