#pragma once

#include "privasip/handles.h"
#include "privasip/hpke.h"
#include "privasip/keys.h"
#include "privasip/sizes.h"

#include <array>
#include <cstdint>

namespace sipveil::privasip {

struct PublicKey::State {
  Key key;
  KeyKind kind = KeyKind::x25519;
  Bytes der; ///< SubjectPublicKeyInfo
  Hash fingerprint{};
  KeyId id{};
  Bytes serialized; ///< as RFC 9180 serializes it; empty for RSA
};

struct PrivateKey::State {
  Key key;
  PublicKey public_key;
};

struct PasswordKey::State {
  SecretHash message;     ///< message keys are derived from it
  SecretHash fingerprint; ///< names this key where tokens are derived; secret, because it tests a guess of the password
  CipherContext lookup;   ///< AES-256 as a PRF: salt to handle. One context a key: setting one up costs ten encryptions

  /// The first 8 bytes of AES-256(salt): what lets the holder of many keys find this one.
  [[nodiscard]] std::uint64_t handle(std::span<const unsigned char, salt_size> salt) const;
};

/// The KEM of a key; `kind` is not RSA.
[[nodiscard]] inline hpke::Kem kem_of(KeyKind kind) {
  return kind == KeyKind::p256 ? hpke::Kem::p256 : hpke::Kem::x25519;
}
[[nodiscard]] inline bool is_rsa(KeyKind kind) {
  return kind == KeyKind::rsa_2048 || kind == KeyKind::rsa_3072;
}

} // namespace sipveil::privasip
