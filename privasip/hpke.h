#pragma once

#include "privasip/dhkem.h"

#include <optional>
#include <span>

namespace sipveil::privasip::hpke {

/// RFC 9180 section 7.3; the value is the AEAD id. Tokens use AES-256-GCM; AES-128-GCM is here because the RFC's own
/// test vectors for our KEMs are made with it.
enum class Aead : std::uint16_t { aes_128_gcm = 1, aes_256_gcm = 2 };

/// KDF is always HKDF-SHA256.
struct Suite {
  Kem kem = Kem::x25519;
  Aead aead = Aead::aes_256_gcm;
};

/// What KeySchedule gives (RFC 9180 section 5.1) in base mode; no exporter, which nobody here needs.
struct Schedule {
  SecretArray<32> key; ///< of AES-128-GCM the first 16 bytes
  std::array<unsigned char, nonce_size> base_nonce{};
  std::size_t key_size = 32;

  [[nodiscard]] std::span<const unsigned char> key_bytes() const { return std::span(key.bytes()).first(key_size); }
};
[[nodiscard]] Schedule key_schedule(Suite suite, const SecretHash& shared_secret, std::span<const unsigned char> info);

/// ComputeNonce, section 5.2. A token is always the message with sequence number 0.
[[nodiscard]] std::array<unsigned char, nonce_size> nonce_at(const Schedule& schedule, std::uint64_t sequence);

/// Single-shot SealBase, section 6.1: `enc` as RFC 9180 has it, and ciphertext with tag. About `ikm_e` see
/// `encapsulate`.
struct Sealed {
  Bytes enc;
  Bytes ciphertext;
};
[[nodiscard]] std::optional<Sealed> seal(Suite suite, EVP_PKEY* recipient,
                                         std::span<const unsigned char> recipient_serialized,
                                         std::span<const unsigned char> info, std::span<const unsigned char> additional,
                                         std::span<const unsigned char> plaintext,
                                         std::span<const unsigned char> ikm_e);

/// OpenBase. `out` is 16 bytes shorter than `ciphertext`. False for whatever does not open.
[[nodiscard]] bool open(Suite suite, std::span<const unsigned char> enc, EVP_PKEY* own,
                        std::span<const unsigned char> own_serialized, std::span<const unsigned char> info,
                        std::span<const unsigned char> additional, std::span<const unsigned char> ciphertext,
                        std::span<unsigned char> out);

} // namespace sipveil::privasip::hpke
