#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::sip {

// The characters and small tokens of RFC 3261 section 25.1. Internal to bridge/sip.

/// One bit for each set of characters that the grammar names.
enum CharSet : std::uint8_t {
  token_char = 1,      ///< token
  digit_char = 2,      ///< DIGIT
  unreserved_char = 4, ///< unreserved
  host_char = 8,       ///< hostname and IPv4address, and "_", which real host names hold
  lws_char = 16,       ///< SP, HT and the CRLF of a folded line
  hex_char = 32,       ///< HEXDIG
};

[[nodiscard]] constexpr std::array<std::uint8_t, 256> make_char_table() {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&table](std::string_view characters, unsigned sets) {
    for (const char c : characters) {
      auto& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | sets);
    }
  };
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  add(letters, token_char | unreserved_char | host_char);
  add("0123456789", token_char | unreserved_char | host_char | digit_char | hex_char);
  add("abcdefABCDEF", hex_char);
  add("-.!%*_+`'~", token_char);
  add("-_.!~*'()", unreserved_char);
  add("-._", host_char);
  add(" \t\r\n", lws_char);
  return table;
}
inline constexpr std::array<std::uint8_t, 256> char_table = make_char_table();

[[nodiscard]] constexpr bool is(char c, unsigned sets) {
  return (char_table[static_cast<unsigned char>(c)] & sets) != 0;
}
/// Not empty, and nothing but characters of these sets.
[[nodiscard]] constexpr bool all(std::string_view text, unsigned sets) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [sets](char c) { return is(c, sets); });
}

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
/// ASCII only, as header and parameter names are.
[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

[[nodiscard]] constexpr std::size_t skip_lws(std::string_view text, std::size_t at) {
  while (at < text.size() && is(text[at], lws_char))
    ++at;
  return at;
}
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  text.remove_prefix(skip_lws(text, 0));
  while (!text.empty() && is(text.back(), lws_char))
    text.remove_suffix(1);
  return text;
}

/// Position after a quoted string that opens at `at`; npos if it never closes.
[[nodiscard]] constexpr std::size_t skip_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return std::string_view::npos;
}

/// Digits only; nullopt for anything else and for more than the type holds.
template <class Number>
[[nodiscard]] std::optional<Number> to_number(std::string_view digits) {
  Number value{};
  if (!all(digits, digit_char)) return std::nullopt;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// A value on one line: the line break of a fold and the blanks around it count as one space (section 7.3.1).
[[nodiscard]] inline std::string unfold(std::string_view value) {
  std::string line;
  line.reserve(value.size());
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t after = skip_lws(value, at);
    const std::string_view blanks = value.substr(at, after - at);
    if (blanks.find('\n') != std::string_view::npos)
      line += ' ';
    else
      line += blanks;
    for (at = after; at < value.size() && !is(value[at], lws_char); ++at)
      line += value[at];
  }
  return line;
}

} // namespace sipveil::sip
