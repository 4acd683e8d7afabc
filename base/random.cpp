#include "base/random.h"

#include <cstdlib>
#include <vector>

#include <openssl/rand.h>

#include "base/encoding.h"

namespace sipveil {

void fill_random(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  fill_random({reinterpret_cast<unsigned char*>(&value), sizeof value});
  return value;
}

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  fill_random(raw);
  return hex_encode(raw);
}

} // namespace sipveil
