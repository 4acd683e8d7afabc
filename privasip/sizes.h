#pragma once

#include "privasip/dhkem.h"
#include "privasip/identity.h"
#include "privasip/token.h"

#include <cstddef>

namespace sipveil::privasip {

// Lengths of the parts of a token, in bytes (README.md, "The wire format").

/// Plaintexts of AES and ECIES are padded to a multiple of this: names of up to 26 bytes look alike.
inline constexpr std::size_t padding_block = 32;
/// version and flags (1) | issued (4) | length of the user (1); then the user
inline constexpr std::size_t fixed_plaintext = 6;
/// With a hidden host: what RSA-2048 with OAEP and SHA-256 takes is 190.
inline constexpr std::size_t max_plaintext = fixed_plaintext + max_user + 1 + max_host;
static_assert(max_plaintext <= 2048 / 8 - 2 * hash_size - 2);
inline constexpr std::size_t max_padded = (max_plaintext + padding_block - 1) / padding_block * padding_block;

inline constexpr std::size_t salt_size = 16;
inline constexpr std::size_t handle_size = 8;
inline constexpr std::size_t x25519_enc_size = 32;
inline constexpr std::size_t p256_enc_size = hpke::compressed_size;

/// What stands before the ciphertext in the body.
[[nodiscard]] constexpr std::size_t prefix_size(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::aes: return salt_size + handle_size;
  case Algorithm::rsa: return 0;
  case Algorithm::ecies_x25519: return x25519_enc_size;
  case Algorithm::ecies_p256: return p256_enc_size;
  }
  return 0;
}

/// Characters of `bytes` in base32 without padding.
[[nodiscard]] constexpr std::size_t text_size(std::size_t bytes) {
  return (bytes * 8 + 4) / 5;
}

/// The shortest token there is: AES with one block.
inline constexpr std::size_t min_token_text =
    text_size(Token::head_size + prefix_size(Algorithm::aes) + padding_block + tag_size);
static_assert(text_size(Token::head_size + 3072 / 8) <= max_token_text);
static_assert(text_size(Token::head_size + p256_enc_size + max_padded + tag_size) <= max_token_text);

} // namespace sipveil::privasip
