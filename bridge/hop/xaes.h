#pragma once

#include "base/encoding.h"

#include <array>
#include <memory>
#include <optional>
#include <span>

namespace sipveil::hop {

/// XAES-256-GCM (C2SP specification "XAES-256-GCM"): AES-256-GCM under a key derived from the master key and half of a
/// 24-byte nonce, so that nonces may be drawn at random without a bound that matters. All primitives are OpenSSL's.
class Xaes256Gcm {
 public:
  static constexpr std::size_t key_size = 32;
  static constexpr std::size_t nonce_size = 24;
  static constexpr std::size_t tag_size = 16;

  explicit Xaes256Gcm(std::span<const unsigned char, key_size> key);
  ~Xaes256Gcm();
  Xaes256Gcm(const Xaes256Gcm&) = delete;
  Xaes256Gcm& operator=(const Xaes256Gcm&) = delete;

  /// Ciphertext followed by the tag.
  [[nodiscard]] Bytes seal(std::span<const unsigned char, nonce_size> nonce, std::span<const unsigned char> plaintext,
                           std::span<const unsigned char> additional) const;
  [[nodiscard]] std::optional<Bytes> open(std::span<const unsigned char, nonce_size> nonce,
                                          std::span<const unsigned char> sealed,
                                          std::span<const unsigned char> additional) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace sipveil::hop
