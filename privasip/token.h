#pragma once

#include "base/encoding.h"
#include "privasip/identity.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipveil::privasip {

/// Longest token, in characters: RSA-3072. Fits into Kamailio's limit of 1024 for a whole URI with room for the rest.
inline constexpr std::size_t max_token_text = 640;

/// Which key a token is for: the first four bytes of SHA-256 over the recipient's SubjectPublicKeyInfo (DER). All zero:
/// not told, so that a token with a hidden domain does not name it; the reader tries its keys.
using KeyId = std::array<unsigned char, 4>;

/// A token taken apart. Text form: base32 (RFC 4648), lower case, no padding, of
///   0x7d (magic and version 1) | 0x40 + algorithm | key id (4) | body
/// so that every token begins with "pv". Views into `bytes`.
struct Token {
  Bytes bytes; ///< the whole, decoded
  Algorithm algorithm = Algorithm::ecies_x25519;
  KeyId key_id{};
  static constexpr std::size_t head_size = 6;

  [[nodiscard]] std::span<const unsigned char> head() const { return std::span(bytes).first(head_size); }
  [[nodiscard]] std::span<const unsigned char> body() const { return std::span(bytes).subspan(head_size); }

  /// nullopt for anything that is not the text of a token; says nothing about its content.
  [[nodiscard]] static std::optional<Token> parse(std::string_view text);
};

/// Cheap look at a URI's user part: has it the form of a token? (Not: is it one that opens.)
[[nodiscard]] bool looks_like_token(std::string_view user);

} // namespace sipveil::privasip
