// The tables themselves, and that docs/header-policy.md shows them as they are.
#include "bridge/policy/bodies.h"
#include "bridge/policy/sdp_table.h"
#include "bridge/policy/table.h"
#include "bridge/sip/text.h"
#include "tests/unit/policy/policy_sample.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sipveil::policy {
namespace {

bool is_before(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return sip::lower(x) < sip::lower(y); });
}

TEST(Table, EveryRowSaysWhatAndWhy) {
  std::string_view before;
  for (const HeaderRow& row : header_table()) {
    EXPECT_FALSE(row.source.empty() || row.note.empty()) << row.name;
    EXPECT_EQ(row.rule != nullptr, row.action == Action::keep || row.action == Action::rewrite) << row.name;
    EXPECT_TRUE(row.unfit == 0 || (row.unfit >= 400 && row.unfit < 500)) << row.name;
    EXPECT_EQ(row.action == Action::refuse, row.unfit != 0 && row.rule == nullptr) << row.name;
    EXPECT_TRUE(is_before(before, row.name)) << row.name << " stands after " << before;
    before = row.name;
  }
}

TEST(Table, RowsAreFoundInAnyCaseAndNothingElseIs) {
  for (const HeaderRow& row : header_table()) {
    std::string shouted(row.name);
    std::transform(shouted.begin(), shouted.end(), shouted.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; });
    EXPECT_EQ(find_header(shouted), &row);
    EXPECT_EQ(find_header(std::string(row.name) + "x"), nullptr);
    EXPECT_EQ(find_header(row.name.substr(0, row.name.size() - 1)), nullptr) << row.name;
  }
  EXPECT_EQ(find_header(""), nullptr);
  EXPECT_EQ(find_header("X-Anything"), nullptr);
}

TEST(Table, OfSessionDescriptionsIsOrderedAndExplained) {
  std::string_view before;
  for (const SdpRow& row : sdp_attribute_table()) {
    EXPECT_FALSE(row.source.empty() || row.note.empty()) << row.name;
    EXPECT_LT(before, row.name);
    EXPECT_EQ(find_sdp_attribute(row.name), &row);
    before = row.name;
  }
  for (const SdpRow& row : sdp_line_table()) {
    EXPECT_EQ(row.name.size(), 1U);
    EXPECT_EQ(find_sdp_line(row.name[0]), &row);
  }
  EXPECT_EQ(find_sdp_line('x'), nullptr);
}

std::string_view what_happens(const SdpRow& row) {
  return row.rule == nullptr ? "drop" : "keep";
}

/// The lines of all tables of the document, in order.
std::string documented() {
  std::ostringstream text;
  text << "| header | | what passes, or why not | defined in |\n|---|---|---|---|\n";
  for (const HeaderRow& row : header_table()) {
    text << "| " << row.name << " | " << name(row.action) << " | " << row.note;
    if (row.unfit != 0) text << (row.rule != nullptr ? "; else the request is refused: " : ": ") << row.unfit;
    text << " | " << row.source << " |\n";
  }
  text << "| body | what passes | if not fit | defined in |\n|---|---|---|---|\n";
  for (const BodyRow& row : body_table())
    text << "| " << row.name << " | " << row.note << " | " << row.unfit << " | " << row.source << " |\n";
  text << "| line | | what passes, or why not | defined in |\n|---|---|---|---|\n";
  for (const SdpRow& row : sdp_line_table())
    text << "| `" << row.name << "=` | " << what_happens(row) << " | " << row.note << " | " << row.source << " |\n";
  text << "| attribute | | what passes, or why not | defined in |\n|---|---|---|---|\n";
  for (const SdpRow& row : sdp_attribute_table())
    text << "| `" << row.name << "` | " << what_happens(row) << " | " << row.note << " | " << row.source << " |\n";
  return text.str();
}

TEST(Table, IsWhatTheDocumentShows) {
  std::ifstream file(SIPVEIL_TEST_DATA "/../../docs/header-policy.md");
  std::string tables;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with('|')) tables += line + "\n";
  EXPECT_EQ(tables, documented()) << "put the tables of this test into docs/header-policy.md:\n" << documented();
}

TEST(Table, TheDocumentsWordsAreThoseThatPass) {
  std::ifstream file(SIPVEIL_TEST_DATA "/../../docs/header-policy.md");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::replace(text.begin(), text.end(), '\n', ' ');
  const auto words_after = [&text](std::string_view label) {
    const std::size_t begin = text.find(label) + label.size();
    std::string words = text.substr(begin, text.find(". ", begin) - begin);
    for (std::size_t at = 0; (at = words.find("  ", at)) != std::string::npos;)
      words.erase(at, 1);
    return words;
  };
  const std::string tags = words_after("Option tags: ");
  EXPECT_EQ(made_by(find_header("Supported")->rule, tags), tags);
  const std::string packages = words_after("Event packages: ");
  EXPECT_EQ(made_by(find_header("Allow-Events")->rule, packages), packages);
}

} // namespace
} // namespace sipveil::policy
