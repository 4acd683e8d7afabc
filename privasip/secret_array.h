#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <span>

namespace sipveil::privasip {

/// `size` secret bytes on the stack or inside an object, zeroed when they go. Cannot be copied by accident.
template <std::size_t size>
class SecretArray {
 public:
  SecretArray() = default;
  SecretArray(SecretArray&& other) noexcept : bytes_(other.bytes_) {}
  SecretArray& operator=(SecretArray&& other) noexcept {
    bytes_ = other.bytes_;
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { OPENSSL_cleanse(bytes_.data(), size); }

  [[nodiscard]] std::span<const unsigned char, size> bytes() const { return bytes_; }
  [[nodiscard]] std::span<unsigned char, size> writable() { return bytes_; }

 private:
  std::array<unsigned char, size> bytes_{};
};

} // namespace sipveil::privasip
