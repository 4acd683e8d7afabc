#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace sipveil {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Value of each character in either case, or -1. Tokens and identifiers of every message go through here.
constexpr std::array<std::int8_t, 256> make_base32_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base32_digits.size(); ++i) {
    const char digit = base32_digits[i];
    values[static_cast<unsigned char>(digit)] = static_cast<std::int8_t>(i);
    if (digit >= 'a') values[static_cast<unsigned char>(digit - 'a' + 'A')] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto base32_values = make_base32_values();

} // namespace

std::string hex_encode(std::span<const unsigned char> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (unsigned char byte : bytes) {
    text += hex_digits[byte >> 4U];
    text += hex_digits[byte & 15U];
  }
  return text;
}

std::optional<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<unsigned char>(high * 16 + low));
  }
  return bytes;
}

std::string base32_encode(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() * 8 + 4) / 5, '\0');
  char* out = text.data();
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const unsigned char byte : bytes) {
    pending = (pending << 8U) | byte; // what runs over on the left has been written
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      *out++ = base32_digits[(pending >> bits) & 31U];
    }
  }
  if (bits > 0) *out = base32_digits[(pending << (5 - bits)) & 31U];
  return text;
}

std::optional<Bytes> base32_decode(std::string_view text) {
  Bytes bytes(text.size() * 5 / 8);
  unsigned char* out = bytes.data();
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::int8_t value = base32_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    pending = (pending << 5U) | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      *out++ = static_cast<unsigned char>(pending >> bits);
    }
  }
  // One text per byte string: no spare character and no stray bits, so that two spellings never name one thing.
  if (bits >= 5 || (pending & ((1U << bits) - 1U)) != 0) return std::nullopt;
  return bytes;
}

} // namespace sipveil
