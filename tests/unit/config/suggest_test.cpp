#include "bridge/config/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sipveil {
namespace {

const std::vector<std::string> words{"listen", "deliver_to", "deliver_transport", "tor", "via"};

TEST(Nearest, FindsMissingExtraWrongAndSwappedLetters) {
  EXPECT_EQ(nearest("lisen", words), "listen");
  EXPECT_EQ(nearest("listenn", words), "listen");
  EXPECT_EQ(nearest("lasten", words), "listen");
  EXPECT_EQ(nearest("litsen", words), "listen");
  EXPECT_EQ(nearest("deliver-to", words), "deliver_to");
  EXPECT_EQ(nearest("tro", words), "tor");
}

TEST(Nearest, LeavesFarWordsAlone) {
  EXPECT_EQ(nearest("port", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
  EXPECT_EQ(nearest("xyz", words), std::nullopt);
  EXPECT_EQ(nearest(std::string(100000, 'l'), words), std::nullopt);
  EXPECT_EQ(nearest("listen", {}), std::nullopt);
}

TEST(InQuotes, IsShortAndPrintable) {
  EXPECT_EQ(in_quotes("bob"), "\"bob\"");
  EXPECT_EQ(in_quotes("a\x1b\n\xc3\xa4"), "\"a????\"");
  EXPECT_EQ(in_quotes(std::string(81, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

} // namespace
} // namespace sipveil
