#pragma once

#include "bridge/config/mistake.h"

#include <string>
#include <string_view>
#include <variant>

namespace sipveil {

/// The same TOML text in ASCII alone: what stands beyond it in strings and comments becomes \uXXXX. toml++ 3.3 has no
/// defined behaviour for many characters (its table of white space is wrong from U+00A1 on), so it is shown none of
/// them.
///
/// Mistakes: bytes that are not UTF-8; a character beyond ASCII outside strings and comments (TOML has none there) or
/// in a 'literal' string (where an escape would be read as it stands); a multi-line string, which no key needs. Behind
/// a syntax error, which the library then reports, mistakes may go unseen, but the text is ASCII all the same.
[[nodiscard]] std::variant<std::string, Mistake> to_ascii(std::string_view toml);

} // namespace sipveil
