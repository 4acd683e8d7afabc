#include "privasip/lru_cache.h"

#include <gtest/gtest.h>

namespace sipveil::privasip {
namespace {

Hash key(unsigned char byte) {
  Hash out{};
  out.fill(byte);
  return out;
}

TEST(LruCache, ForgetsWhatWasNotUsedForLongest) {
  LruCache<int> cache(2);
  cache.put(key(1), 10);
  cache.put(key(2), 20);
  ASSERT_NE(cache.find(key(1)), nullptr);
  cache.put(key(3), 30);
  EXPECT_EQ(cache.find(key(2)), nullptr);
  EXPECT_EQ(*cache.find(key(1)), 10);
  EXPECT_EQ(*cache.find(key(3)), 30);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(LruCache, ReplacesAnEntryInPlace) {
  LruCache<int> cache(2);
  cache.put(key(1), 10);
  cache.put(key(2), 20);
  cache.put(key(1), 11);
  cache.put(key(3), 30);
  EXPECT_EQ(*cache.find(key(1)), 11) << "put counts as a use";
  EXPECT_EQ(cache.find(key(2)), nullptr);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(LruCache, OfNoCapacityRemembersNothing) {
  LruCache<int> cache(0);
  cache.put(key(1), 10);
  EXPECT_EQ(cache.find(key(1)), nullptr);
}

} // namespace
} // namespace sipveil::privasip
