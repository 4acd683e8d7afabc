#include "bridge/config/ascii.h"

#include <fmt/format.h>

#include <optional>

namespace sipveil {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};

/// The character at the start of a text that begins beyond ASCII; nullopt if it is not UTF-8 (RFC 3629 section 3).
std::optional<CodePoint> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t bytes = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC0 || byte(0) > 0xF4 || text.size() < bytes) return std::nullopt;
  char32_t value = byte(0) & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return std::nullopt;
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[bytes] || value > 0x10FFFF || surrogate) return std::nullopt;
  return CodePoint{value, bytes};
}

/// Walks over the text and knows whether it is in a string or a comment, as long as the text is well-formed.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  std::variant<std::string, Mistake> run() {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text_.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
    while (position_ < text_.size()) {
      const bool is_ascii = static_cast<unsigned char>(text_[position_]) < 0x80;
      if (auto mistake = is_ascii ? ascii() : beyond_ascii()) return *mistake;
    }
    return std::move(result_);
  }

 private:
  enum class State { outside, comment, basic, literal };

  Mistake mistake(std::string text, std::string mend) const { return {line_, "", std::move(text), std::move(mend)}; }

  std::optional<Mistake> ascii() {
    const char c = text_[position_];
    if (c == '\n') {
      ++line_;
      state_ = State::outside;
    }
    switch (state_) {
    case State::outside:
      if (is_multi_line()) return mistake("multi-line strings are not used here", "Write the string in one line.");
      if (c == '#') state_ = State::comment;
      if (c == '"') state_ = State::basic;
      if (c == '\'') state_ = State::literal;
      break;
    case State::comment: break;
    case State::basic:
      if (c == '"') state_ = State::outside;
      // The character behind a backslash ends nothing.
      if (c == '\\' && position_ + 1 < text_.size() && (text_[position_ + 1] == '"' || text_[position_ + 1] == '\\'))
        result_ += text_[position_++];
      break;
    case State::literal:
      if (c == '\'') state_ = State::outside;
      break;
    }
    result_ += text_[position_++];
    return std::nullopt;
  }

  std::optional<Mistake> beyond_ascii() {
    const auto character = decode(text_.substr(position_));
    if (!character) return mistake("holds bytes that are not UTF-8", "Save the file as UTF-8.");
    if (state_ == State::outside)
      return mistake("a character that is not ASCII stands outside a string", "Write it in quotes, or remove it.");
    if (state_ == State::literal)
      return mistake("a character that is not ASCII stands in single quotes", "Write the string in double quotes.");
    fmt::format_to(std::back_inserter(result_), "\\U{:08X}", static_cast<std::uint32_t>(character->value));
    position_ += character->bytes;
    return std::nullopt;
  }

  [[nodiscard]] bool is_multi_line() const {
    const std::string_view quotes = text_.substr(position_, 3);
    return quotes == "\"\"\"" || quotes == "'''";
  }

  std::string_view text_;
  std::size_t position_ = 0;
  unsigned line_ = 1;
  State state_ = State::outside;
  std::string result_;
};

} // namespace

std::variant<std::string, Mistake> to_ascii(std::string_view toml) {
  return Walker(toml).run();
}

} // namespace sipveil
