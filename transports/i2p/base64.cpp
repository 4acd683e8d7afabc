#include "transports/i2p/base64.h"

#include <array>
#include <cstdint>

namespace sipveil::i2p {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~";
constexpr std::uint8_t foreign = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(foreign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

} // namespace

std::string base64_encode(std::span<const unsigned char> bytes) {
  std::string text;
  text.reserve(4 * ((bytes.size() + 2) / 3));
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (i < count ? bytes[at + i] : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= count ? alphabet[group >> (18 - 6 * i) & 0x3fU] : '=';
  }
  return text;
}

std::optional<SecretBytes> base64_decode(std::string_view text) {
  if (const auto padding = text.find('='); padding != std::string_view::npos) {
    const auto tail = text.substr(padding);
    if (text.size() % 4 != 0 || tail.size() > 2 || tail.find_first_not_of('=') != std::string_view::npos)
      return std::nullopt;
    text = text.substr(0, padding);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  SecretBytes bytes(text.size() * 6 / 8);
  const auto out = bytes.writable();
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t size = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == foreign) return std::nullopt;
    bits = (bits << 6U | value) & 0xffffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[size++] = static_cast<unsigned char>(bits >> held & 0xffU);
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

} // namespace sipveil::i2p
