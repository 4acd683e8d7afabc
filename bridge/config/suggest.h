#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipveil {

/// The candidate that was probably meant by a mistyped word: at most two letters wrong, missing, too many or swapped,
/// and at most a third of the word. nullopt if none is that near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "\"text\"", shortened to 80 characters and with everything unprintable as '?', so that a line stays a line.
[[nodiscard]] std::string in_quotes(std::string_view text);

} // namespace sipveil
