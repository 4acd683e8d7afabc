#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace sipveil::hop {

/// 128 bits that name a thing inside this process: a transaction, a dialog, a call.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Digest&) const = default;
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept { return digest.low; }
};

/// SipHash-2-4 with 128 bits of output under a random key of this process. Table keys made by it are short whatever a
/// peer writes into branch or Call-ID, cannot be made to collide, and tell nobody anything.
/// Not for use from two threads at once.
class KeyedHash {
 public:
  KeyedHash();
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  /// Of all parts in order; ("ab", "c") and ("a", "bc") differ.
  [[nodiscard]] Digest operator()(std::initializer_list<std::string_view> parts) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

} // namespace sipveil::hop
