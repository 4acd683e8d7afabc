#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace sipveil {
namespace {

TEST(Random, FillsEveryByteWhateverTheSize) {
  for (const std::size_t size : {0U, 1U, 16U, 64U, 65U, 4096U, 10'000U}) {
    std::vector<unsigned char> seen(size); // ORed together: a byte that is never written stays zero
    for (int i = 0; i < 16; ++i) {
      std::vector<unsigned char> drawn(size);
      fill_random(drawn);
      std::transform(seen.begin(), seen.end(), drawn.begin(), seen.begin(),
                     [](unsigned char a, unsigned char b) { return static_cast<unsigned char>(a | b); });
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0) << size; // 2^-128 for each byte
  }
}

TEST(Random, NeverGivesTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    seen.insert(random_hex(16));
    seen.insert(random_hex(64));
    seen.insert(random_hex(65));
  }
  EXPECT_EQ(seen.size(), 6000U);
  EXPECT_EQ(random_hex(0), "");
  EXPECT_NE(random_u64(), random_u64());
}

} // namespace
} // namespace sipveil
