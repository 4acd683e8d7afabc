#include "bridge/hop/keyed_hash.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

TEST(KeyedHash, IsTheSameForTheSamePartsHoweverOftenItIsAsked) {
  const KeyedHash hash;
  const Digest first = hash({"call", "abc"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(hash({"something", "else", "between"}), first);
    EXPECT_EQ(hash({"call", "abc"}), first);
  }
}

TEST(KeyedHash, KeepsPartsApart) {
  const KeyedHash hash;
  EXPECT_NE(hash({"ab", "c"}), hash({"a", "bc"}));
  EXPECT_NE(hash({"abc"}), hash({"abc", ""}));
  EXPECT_NE(hash({}), hash({""}));
  EXPECT_NE(hash({"a", "b"}), hash({"b", "a"}));
  EXPECT_NE(hash({std::string_view("a\0b", 3)}), hash({"a"}));
}

TEST(KeyedHash, FillsAll128Bits) {
  const KeyedHash hash;
  Digest all;
  for (int i = 0; i < 64; ++i) {
    const Digest digest = hash({std::to_string(i)});
    all.high |= digest.high;
    all.low |= digest.low;
    EXPECT_NE(digest.high, digest.low);
  }
  EXPECT_EQ(all.high, ~std::uint64_t{0});
  EXPECT_EQ(all.low, ~std::uint64_t{0});
}

TEST(KeyedHash, HasAKeyOfItsOwn) {
  const KeyedHash one;
  const KeyedHash other;
  EXPECT_NE(one({"call"}), other({"call"}));
}

} // namespace
} // namespace sipveil::hop
