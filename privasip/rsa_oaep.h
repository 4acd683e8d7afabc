#pragma once

#include "base/encoding.h"
#include "base/secret.h"
#include "privasip/handles.h"

#include <optional>
#include <span>

namespace sipveil::privasip {

/// RSA-OAEP (RFC 8017 section 7.1) with SHA-256, MGF1 with SHA-256, and a label, which opening needs to the letter. The
/// random part is drawn by OpenSSL: the same plaintext gives another ciphertext each time.
/// nullopt if OpenSSL fails, or the plaintext is longer than the key's size - 66 bytes.
[[nodiscard]] std::optional<Bytes> rsa_seal(EVP_PKEY* recipient, std::span<const unsigned char> label,
                                            std::span<const unsigned char> plaintext);
/// nullopt for whatever does not open, without a reason: OpenSSL takes the same time for every wrong padding.
[[nodiscard]] std::optional<SecretBytes> rsa_open(EVP_PKEY* own, std::span<const unsigned char> label,
                                                  std::span<const unsigned char> ciphertext);

} // namespace sipveil::privasip
