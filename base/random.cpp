#include "base/random.h"

#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace sipveil {

namespace {

/// Drawn ahead, because each draw of OpenSSL's costs a system call and a lock; what was handed out is wiped here. One
/// for each thread; a child process never draws, it is replaced at once.
class Pool {
 public:
  void take(std::span<unsigned char> bytes) {
    if (bytes.size() > left_) refill();
    left_ -= bytes.size();
    std::memcpy(bytes.data(), &stock_[left_], bytes.size());
    OPENSSL_cleanse(&stock_[left_], bytes.size());
  }
  static constexpr std::size_t largest_request = 64;

 private:
  void refill() {
    if (RAND_bytes(stock_.data(), static_cast<int>(stock_.size())) != 1) std::abort();
    left_ = stock_.size();
  }
  std::array<unsigned char, 4096> stock_{};
  std::size_t left_ = 0;
};

} // namespace

void fill_random(std::span<unsigned char> bytes) {
  if (bytes.empty()) return; // an empty span may have no address, which memcpy must not be given
  thread_local Pool pool;
  if (bytes.size() <= Pool::largest_request) return pool.take(bytes);
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
