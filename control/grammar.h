#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipveil::control {

/// Reads the words of a reply or event line one after the other (control-spec section 2.1): words stand
/// between spaces, and a quoted string may hold spaces.
///
///     CIRC 4 BUILT $AAAA~guard PURPOSE=GENERAL SOCKS_USERNAME="a b"
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  /// The next word as it stands, quotes included; nullopt at the end of the line. A quote that is never
  /// closed makes the rest of the line one word.
  [[nodiscard]] std::optional<std::string_view> next();

 private:
  std::string_view rest_;
};

/// The KEY=value words of a line, in their order; values without quotes and escapes.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Reads every word that is left. Words that are not KEY=value are passed over, since tor may add positional
/// words ahead of them (control-spec section 4.1.1). nullopt if a quoted value is malformed.
[[nodiscard]] std::optional<Fields> read_fields(Words words);

/// The value of a key; empty if it is not there.
[[nodiscard]] std::string_view find_field(const Fields& fields, std::string_view key);

/// Takes quotes and escapes off: \n, \r, \t, \ooo in octal, any other escaped character for itself
/// (control-spec section 2.1.1). nullopt if `text` is not a whole quoted string.
[[nodiscard]] std::optional<std::string> unquote(std::string_view text);

/// Puts a text in quotes, as torrc and QuotedString have it.
[[nodiscard]] std::string quote(std::string_view text);

/// A decimal number from 0 to `highest`; nullopt for anything else.
[[nodiscard]] std::optional<unsigned> read_number(std::string_view text, unsigned highest);

} // namespace sipveil::control
