#include "base/encoding.h"

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

int base32_value(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

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
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (unsigned char byte : bytes) {
    pending = (pending << 8U) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32_digits[(pending >> bits) & 31U];
    }
    pending &= (1U << bits) - 1U;
  }
  if (bits > 0) text += base32_digits[(pending << (5 - bits)) & 31U];
  return text;
}

std::optional<Bytes> base32_decode(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 5 / 8);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (char c : text) {
    const int value = base32_value(c);
    if (value < 0) return std::nullopt;
    pending = (pending << 5U) | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<unsigned char>(pending >> bits));
      pending &= (1U << bits) - 1U;
    }
  }
  // One text per byte string: no spare character and no stray bits, so that two spellings never name one thing.
  if (bits >= 5 || pending != 0) return std::nullopt;
  return bytes;
}

} // namespace sipveil
