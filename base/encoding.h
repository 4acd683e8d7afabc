#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil {

using Bytes = std::vector<unsigned char>;

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(std::span<const unsigned char> bytes);
/// Either case; nullopt for an odd length or a foreign character.
[[nodiscard]] std::optional<Bytes> hex_decode(std::string_view text);

/// RFC 4648 section 6, lower case and without padding, as onion addresses, b32 names and our tokens use it.
[[nodiscard]] std::string base32_encode(std::span<const unsigned char> bytes);
/// Either case, no padding. nullopt for a foreign character, an impossible length or non-zero trailing bits.
[[nodiscard]] std::optional<Bytes> base32_decode(std::string_view text);

/// The bytes of a text, without a copy; the view lives as long as the text.
[[nodiscard]] inline std::span<const unsigned char> as_bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace sipveil
