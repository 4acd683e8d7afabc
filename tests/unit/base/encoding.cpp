#include "base/encoding.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace sipveil {
namespace {

std::string text_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : "(nothing)";
}

TEST(Hex, IsLowerCaseAndReadsEither) {
  const Bytes bytes{0x00, 0x09, 0xaf, 0xff};
  EXPECT_EQ(hex_encode(bytes), "0009afff");
  EXPECT_EQ(hex_decode("0009afff"), bytes);
  EXPECT_EQ(hex_decode("0009AFff"), bytes);
  EXPECT_EQ(hex_encode({}), "");
  EXPECT_EQ(hex_decode(""), Bytes{});
}

TEST(Hex, RefusesOddLengthsAndForeignCharacters) {
  for (const char* text : {"0", "abc", "0g", "g0", " 0", "0x", "-1", "@0", "/0", "`0", ":0"})
    EXPECT_FALSE(hex_decode(text)) << text;
  EXPECT_FALSE(hex_decode(std::string_view("\0\0", 2)));
}

// RFC 4648 section 10, in lower case and without padding.
TEST(Base32, VectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "my"},
                                                         {"fo", "mzxq"},
                                                         {"foo", "mzxw6"},
                                                         {"foob", "mzxw6yq"},
                                                         {"fooba", "mzxw6ytb"},
                                                         {"foobar", "mzxw6ytboi"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base32_encode(as_bytes(plain)), coded);
    EXPECT_EQ(text_of(base32_decode(coded)), plain);
  }
  EXPECT_EQ(text_of(base32_decode("MZXW6YTBOI")), "foobar");
}

TEST(Base32, EveryLengthComesBack) {
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes bytes(size);
    fill_random(bytes);
    const std::string text = base32_encode(bytes);
    EXPECT_EQ(text.size(), (size * 8 + 4) / 5);
    EXPECT_EQ(base32_decode(text), bytes);
  }
}

TEST(Base32, OneTextForEachByteString) {
  EXPECT_FALSE(base32_decode("mz")) << "stray bits behind the last byte";
  EXPECT_FALSE(base32_decode("mzxr"));
  EXPECT_FALSE(base32_decode("mzxw6yr"));
  for (const char* impossible : {"a", "aaa", "aaaaaa", "aaaaaaaaa"})
    EXPECT_FALSE(base32_decode(impossible)) << impossible;
}

TEST(Base32, RefusesForeignCharacters) {
  for (const char* text : {"m=", "my======", "m1", "m0", "m8", "m9", "m ", "m-", "\xc3\xa4"})
    EXPECT_FALSE(base32_decode(text)) << text;
}

TEST(Bytes, AreSeenAsTextAndBackWithoutACopy) {
  const std::string text("a\0b", 3);
  EXPECT_EQ(as_bytes(text).size(), 3U);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(static_cast<const void*>(as_bytes(text).data()), text.data());
}

} // namespace
} // namespace sipveil
