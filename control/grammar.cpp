#include "control/grammar.h"

#include <algorithm>
#include <charconv>

namespace sipveil::control {
namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

bool is_key(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// The character that an escape stands for; takes it off `rest`, which begins behind the backslash.
std::optional<char> unescape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  if (is_octal(rest.front())) {
    unsigned value = 0;
    for (int digits = 0; digits < 3 && !rest.empty() && is_octal(rest.front()); ++digits) {
      value = value * 8 + static_cast<unsigned>(rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (value > 255) return std::nullopt;
    return static_cast<char>(static_cast<unsigned char>(value));
  }
  const char letter = rest.front();
  rest.remove_prefix(1);
  if (letter == 'n') return '\n';
  if (letter == 'r') return '\r';
  if (letter == 't') return '\t';
  return letter;
}

} // namespace

std::optional<std::string_view> Words::next() {
  const auto begin = rest_.find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    rest_ = {};
    return std::nullopt;
  }
  rest_.remove_prefix(begin);
  bool quoted = false;
  std::size_t end = 0;
  while (end < rest_.size() && (quoted || rest_[end] != ' ')) {
    if (rest_[end] == '"') quoted = !quoted;
    if (quoted && rest_[end] == '\\' && end + 1 < rest_.size()) ++end;
    ++end;
  }
  const auto word = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return word;
}

std::optional<Fields> read_fields(Words words) {
  Fields fields;
  while (const auto word = words.next()) {
    const auto equals = word->find('=');
    if (equals == std::string_view::npos || !is_key(word->substr(0, equals))) continue;
    const auto value = word->substr(equals + 1);
    if (!value.starts_with('"')) {
      fields.emplace_back(word->substr(0, equals), value);
      continue;
    }
    auto text = unquote(value);
    if (!text) return std::nullopt;
    fields.emplace_back(word->substr(0, equals), std::move(*text));
  }
  return fields;
}

std::string_view find_field(const Fields& fields, std::string_view key) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == key; });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"')) return std::nullopt;
  text.remove_prefix(1);
  std::string result;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') {
      if (!text.empty()) return std::nullopt;
      return result;
    }
    if (c != '\\') {
      result += c;
      continue;
    }
    const auto meant = unescape(text);
    if (!meant) return std::nullopt;
    result += *meant;
  }
  return std::nullopt;
}

std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::optional<unsigned> read_number(std::string_view text, unsigned highest) {
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value > highest) return std::nullopt;
  return value;
}

} // namespace sipveil::control
