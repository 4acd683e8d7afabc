#pragma once

#include "base/encoding.h"
#include "privasip/handles.h"
#include "privasip/primitives.h"

#include <cstdint>
#include <optional>
#include <span>

namespace sipveil::privasip::hpke {

/// RFC 9180 section 7.1; the value is the KEM id. Both with HKDF-SHA256.
enum class Kem : std::uint16_t { p256 = 0x0010, x25519 = 0x0020 };

/// Length of a serialized public key and of `enc` as RFC 9180 has it: 65 (SEC1, uncompressed) or 32 bytes.
[[nodiscard]] constexpr std::size_t public_size(Kem kem) {
  return kem == Kem::p256 ? 65 : 32;
}

struct KeyPair {
  Key key;          ///< with its private part
  Bytes serialized; ///< the public part, public_size bytes
};

/// DeriveKeyPair, RFC 9180 section 7.1.3: the same `ikm` gives the same pair. nullopt only if OpenSSL fails.
[[nodiscard]] std::optional<KeyPair> derive_key_pair(Kem kem, std::span<const unsigned char> ikm);

/// A public key from its serialization. nullopt for a wrong length and for a point that is not on the curve.
[[nodiscard]] Key deserialize(Kem kem, std::span<const unsigned char> serialized);
/// The serialization of a public or private key's public part; empty if OpenSSL fails.
[[nodiscard]] Bytes serialize(Kem kem, const EVP_PKEY* key);

struct Encapsulated {
  SecretHash shared_secret;
  Bytes enc; ///< public_size bytes
};

/// Encap, RFC 9180 section 4.1, with the ephemeral pair from `ikm_e` instead of a random one: whoever calls answers for
/// it that no `ikm_e` serves two plaintexts. nullopt if the recipient's key is of small order.
[[nodiscard]] std::optional<Encapsulated> encapsulate(Kem kem, EVP_PKEY* recipient,
                                                      std::span<const unsigned char> recipient_serialized,
                                                      std::span<const unsigned char> ikm_e);
/// Decap. nullopt if `enc` is no point of the curve, or one of small order.
[[nodiscard]] std::optional<SecretHash> decapsulate(Kem kem, std::span<const unsigned char> enc, EVP_PKEY* own,
                                                    std::span<const unsigned char> own_serialized);

/// SEC1 section 2.3: the 33 bytes that P-256 needs on the wire, and back. nullopt for what is not on the curve.
inline constexpr std::size_t compressed_size = 33;
[[nodiscard]] std::array<unsigned char, compressed_size> compress(std::span<const unsigned char, 65> serialized);
[[nodiscard]] std::optional<Bytes> expand(std::span<const unsigned char, compressed_size> compressed);

/// LabeledExtract and LabeledExpand, RFC 9180 section 4.
[[nodiscard]] SecretHash labeled_extract(std::span<const unsigned char> suite, std::span<const unsigned char> salt,
                                         std::string_view label, std::span<const unsigned char> ikm);
void labeled_expand(std::span<const unsigned char> suite, const SecretHash& key, std::string_view label,
                    std::span<const unsigned char> info, std::span<unsigned char> out);

} // namespace sipveil::privasip::hpke
