#pragma once

#include "bridge/config/mistake.h"
#include "bridge/config/suggest.h"
#include "bridge/config/toml.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipveil {

/// Where a value stands in the file.
struct Place {
  unsigned line = 0; ///< from 1
  std::string key;   ///< "peer[0].address"
};

/// A string of the file and where it stands.
struct Text {
  std::string value;
  Place place;
};

/// What the reading of one file collects, and what it needs to know besides the text.
struct Reading {
  std::filesystem::path directory; ///< absolute; relative paths of the file start here
  bool look_at_files = true;       ///< check that key files exist and are private
  std::vector<Mistake> mistakes;

  void mistake(const Place& place, std::string text, std::string mend = {});
};

/// Reads the keys of one table. A key that is there but has the wrong type is a mistake and reads as absent. Every key
/// that was never asked for is a mistake too, found by `finish`; `section` and `each` call it for the tables they open.
class Reader {
 public:
  /// `path` is the key of the table itself, empty for the root. The table and the reading outlive the reader.
  Reader(const toml::table& table, Place place, Reading& reading);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] Place place(std::string_view key) const; ///< of the key, or of the table if it is absent
  [[nodiscard]] Reading& reading() const { return reading_; }

  /// `mend`: for a value of another type.
  std::optional<Text> text(std::string_view key, std::string mend = {});
  std::optional<Text> required_text(std::string_view key, std::string_view mend);
  std::optional<bool> boolean(std::string_view key);
  /// A whole number from `low` to `high`.
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high);
  /// An array of strings; elements that are none are mistakes and left out.
  std::optional<std::vector<Text>> texts(std::string_view key);
  /// An array of strings and, unless `on_table` is empty, inline tables, each given to its function. Returns the number
  /// of elements, right or wrong; nullopt if there is no array.
  std::optional<std::size_t> items(std::string_view key, const std::function<void(Text)>& on_text,
                                   const std::function<void(Reader&)>& on_table);
  /// One of a few words.
  template <class Enum>
  std::optional<Enum> choice(std::string_view key, std::span<const std::pair<std::string_view, Enum>> words);

  /// [key]: reads it and tells whether it is there.
  bool section(std::string_view key, const std::function<void(Reader&)>& read);
  /// [[key]]: reads one after the other.
  void each(std::string_view key, const std::function<void(Reader&)>& read);

  /// Reports the keys that nothing asked for.
  void finish();

 private:
  const toml::node* find(std::string_view key);
  std::string path_of(std::string_view key) const;
  void wrong_type(std::string_view key, const toml::node& node, std::string_view wanted, std::string mend = {});
  void not_a_choice(const Text& text, const std::vector<std::string>& words);

  const toml::table& table_;
  Place place_;
  Reading& reading_;
  std::vector<std::string> asked_;
};

template <class Enum>
std::optional<Enum> Reader::choice(std::string_view key, std::span<const std::pair<std::string_view, Enum>> words) {
  const auto given = text(key);
  if (!given) return std::nullopt;
  std::vector<std::string> allowed;
  for (const auto& [word, value] : words) {
    if (given->value == word) return value;
    allowed.emplace_back(word);
  }
  not_a_choice(*given, allowed);
  return std::nullopt;
}

} // namespace sipveil
