#include "bridge/config/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sipveil {
namespace {

unsigned line_of(const toml::source_region& source) {
  return source.begin.line;
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::none: return "nothing";
  case toml::node_type::table: return "a table";
  case toml::node_type::array: return "an array";
  case toml::node_type::string: return "a string";
  case toml::node_type::integer: return "a whole number";
  case toml::node_type::floating_point: return "a floating-point number";
  case toml::node_type::boolean: return "true or false";
  case toml::node_type::date: return "a date";
  case toml::node_type::time: return "a time";
  case toml::node_type::date_time: return "a date and time";
  }
  return "?";
}

} // namespace

void Reading::mistake(const Place& place, std::string text, std::string mend) {
  mistakes.push_back({place.line, place.key, std::move(text), std::move(mend)});
}

Reader::Reader(const toml::table& table, Place place, Reading& reading)
    : table_(table), place_(std::move(place)), reading_(reading) {}

std::string Reader::path_of(std::string_view key) const {
  return place_.key.empty() ? std::string(key) : fmt::format("{}.{}", place_.key, key);
}

bool Reader::has(std::string_view key) const {
  return table_.contains(key);
}

Place Reader::place(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return {node != nullptr ? line_of(node->source()) : place_.line, path_of(key)};
}

const toml::node* Reader::find(std::string_view key) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.emplace_back(key);
  return table_.get(key);
}

void Reader::wrong_type(std::string_view key, const toml::node& node, std::string_view wanted, std::string mend) {
  // The value is not repeated: a key in the wrong place may be a secret.
  reading_.mistake({line_of(node.source()), path_of(key)}, fmt::format("must be {}, not {}", wanted, type_name(node)),
                   std::move(mend));
}

std::optional<Text> Reader::text(std::string_view key, std::string mend) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_string()) return Text{value->get(), place(key)};
  wrong_type(key, *node, "a string", std::move(mend));
  return std::nullopt;
}

std::optional<Text> Reader::required_text(std::string_view key, std::string_view mend) {
  if (find(key) != nullptr) return text(key);
  reading_.mistake(place(key), "is missing", std::string(mend));
  return std::nullopt;
}

std::optional<bool> Reader::boolean(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  wrong_type(key, *node, "true or false", node->is_string() ? "Write it without quotes." : "");
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(std::string_view key, std::int64_t low, std::int64_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrong_type(key, *node, "a whole number", node->is_string() ? "Write it without quotes." : "");
    return std::nullopt;
  }
  if (value->get() >= low && value->get() <= high) return value->get();
  reading_.mistake(place(key), fmt::format("{} is out of range", value->get()),
                   fmt::format("Write a number from {} to {}.", low, high));
  return std::nullopt;
}

std::optional<std::size_t> Reader::items(std::string_view key, const std::function<void(Text)>& on_text,
                                         const std::function<void(Reader&)>& on_table) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, "an array", node->is_string() ? fmt::format("Write {} = [\"...\"].", key) : std::string());
    return std::nullopt;
  }
  std::size_t index = 0;
  for (const toml::node& element : *array) {
    const Place where{line_of(element.source()), fmt::format("{}[{}]", path_of(key), index++)};
    if (const auto* value = element.as_string()) {
      on_text({value->get(), where});
    } else if (const auto* table = element.as_table(); table != nullptr && on_table) {
      Reader reader(*table, where, reading_);
      on_table(reader);
      reader.finish();
    } else {
      reading_.mistake(
          where, fmt::format("must be {}, not {}", on_table ? "a string or a table" : "a string", type_name(element)));
    }
  }
  return index;
}

std::optional<std::vector<Text>> Reader::texts(std::string_view key) {
  std::vector<Text> values;
  if (!items(
          key, [&values](Text text) { values.push_back(std::move(text)); }, nullptr))
    return std::nullopt;
  return values;
}

bool Reader::section(std::string_view key, const std::function<void(Reader&)>& read) {
  const toml::node* node = find(key);
  if (node == nullptr) return false;
  if (const auto* table = node->as_table()) {
    Reader reader(*table, place(key), reading_);
    read(reader);
    reader.finish();
  } else {
    wrong_type(key, *node, "a section", fmt::format("Write [{}] once, with single brackets.", path_of(key)));
  }
  return true;
}

void Reader::each(std::string_view key, const std::function<void(Reader&)>& read) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, "a list of sections",
               fmt::format("Write [[{}]], with double brackets, above each.", path_of(key)));
    return;
  }
  std::size_t index = 0;
  for (const toml::node& element : *array) {
    const Place where{line_of(element.source()), fmt::format("{}[{}]", path_of(key), index++)};
    if (const auto* table = element.as_table()) {
      Reader reader(*table, where, reading_);
      read(reader);
      reader.finish();
    } else {
      reading_.mistake(where, fmt::format("must be a section, not {}", type_name(element)),
                       fmt::format("Write [[{}]], with double brackets, above each.", path_of(key)));
    }
  }
}

void Reader::not_a_choice(const Text& given, const std::vector<std::string>& words) {
  const auto meant = nearest(given.value, words);
  reading_.mistake(given.place, fmt::format("{} is not a known value", in_quotes(given.value)),
                   meant ? fmt::format("Did you mean \"{}\"?", *meant)
                         : fmt::format("Write \"{}\".", fmt::join(words, "\" or \"")));
}

void Reader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(asked_, key.str()) != asked_.end()) continue;
    const auto meant = nearest(key.str(), asked_);
    std::vector<std::string> known = asked_;
    std::ranges::sort(known);
    const std::string shown = in_quotes(key.str());
    reading_.mistake({line_of(key.source()), path_of(shown.substr(1, shown.size() - 2))}, "is not a known key",
                     meant ? fmt::format("Did you mean \"{}\"?", *meant)
                           : fmt::format("Known here: {}.", fmt::join(known, ", ")));
  }
}

} // namespace sipveil
