#include "bridge/config/suggest.h"

#include <algorithm>
#include <vector>

namespace sipveil {
namespace {

constexpr std::size_t most_errors = 2;

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cost((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i)
    at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(a.size(), b.size());
}

} // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = most_errors + 1;
  for (const std::string& candidate : candidates) {
    // Lengths that differ by more need no table, however long a word somebody put into the file.
    if (std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size()) > most_errors) continue;
    const std::size_t errors = distance(word, candidate);
    if (errors * 3 > std::max<std::size_t>(candidate.size(), 3) || errors >= best_distance) continue;
    best = candidate;
    best_distance = errors;
  }
  return best;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80; // an onion address with its prefix and port fits
  std::string result = "\"";
  for (char c : text.substr(0, longest))
    result += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > longest) result += "...";
  return result + "\"";
}

} // namespace sipveil
