#include "bridge/config/ascii.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

std::string converted(std::string_view text) {
  const auto result = to_ascii(text);
  const auto* ascii = std::get_if<std::string>(&result);
  return ascii != nullptr ? *ascii : "mistake: " + std::get<Mistake>(result).text;
}

/// The line of the mistake, 0 if there is none.
unsigned mistake_line(std::string_view text) {
  const auto result = to_ascii(text);
  const auto* mistake = std::get_if<Mistake>(&result);
  return mistake != nullptr ? mistake->line : 0;
}

TEST(ToAscii, LeavesAsciiAlone) {
  const std::string text = "a = \"\\\"#\" # it's \"quoted\"\nb = '\\'\nc = \"\"\nd = ''\n";
  EXPECT_EQ(converted(text), text);
  EXPECT_EQ(converted(""), "");
  EXPECT_EQ(converted("\xef\xbb\xbf"
                      "a = 1"),
            "a = 1");
}

TEST(ToAscii, EscapesInStringsAndComments) {
  EXPECT_EQ(converted("a = \"\xc3\xa9\"\n"), "a = \"\\U000000E9\"\n");
  EXPECT_EQ(converted("a = \"\\\"\xf0\x9f\x93\x9e\"\n"), "a = \"\\\"\\U0001F4DE\"\n");
  EXPECT_EQ(converted("# \xe2\x80\xa6\n"), "# \\U00002026\n");
}

TEST(ToAscii, RefusesItAnywhereElse) {
  for (const char* wrong : {"r\xc3\xa9 = 1", "x = \xc3\xa9", "[\xc3\xa9]", "x = 'a' \xc3\xa9", "x = '\xc3\xa9'",
                            "x = \"\\\\\" \xc3\xa9", "x = \"\" \xc3\xa9", "# '\n\xc3\xa9"})
    EXPECT_GT(mistake_line(wrong), 0U) << wrong;
  EXPECT_EQ(mistake_line("a = \"\xc3\xa9\" # '\nb = 'b'\n\xc3\xa9"), 3U);
}

TEST(ToAscii, RefusesMultiLineStrings) {
  EXPECT_EQ(mistake_line("\nx = '''\n'''\n"), 2U);
  EXPECT_EQ(mistake_line("\nx = \"\"\"\"\"\"\n"), 2U);
}

TEST(ToAscii, RefusesWhatIsNotUtf8) {
  for (const char* wrong : {"\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xe0\x9f\xbf\"", "\"\xed\xa0\x80\"",
                            "\"\xf4\x90\x80\x80\"", "\"\xff\"", "\"\xf0\x9f\x93\"", "#\xe2\x80"})
    EXPECT_EQ(mistake_line(wrong), 1U) << wrong;
}

} // namespace
} // namespace sipveil
