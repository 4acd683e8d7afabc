#pragma once

#include "base/encoding.h"
#include "privasip/secret_array.h"

#include <array>
#include <initializer_list>
#include <span>

namespace sipveil::privasip {

/// Bytes that are hashed one after the other. Whoever passes several keeps apart what must be kept apart.
using Parts = std::initializer_list<std::span<const unsigned char>>;

inline constexpr std::size_t hash_size = 32;
using Hash = std::array<unsigned char, hash_size>;
using SecretHash = SecretArray<hash_size>;

inline constexpr std::size_t nonce_size = 12;
inline constexpr std::size_t tag_size = 16;

/// The functions of this file end the process if OpenSSL lacks SHA-256 or AES-GCM: without them there is nothing to
/// run. Each thread has its own contexts, kept from call to call, because making one costs more than the hash itself.

[[nodiscard]] Hash sha256(Parts parts);
[[nodiscard]] SecretHash hmac_sha256(std::span<const unsigned char> key, Parts parts);

/// RFC 5869 with SHA-256. `salt` may be empty; `out` takes at most 255 * 32 bytes.
[[nodiscard]] SecretHash hkdf_extract(std::span<const unsigned char> salt, Parts key_material);
void hkdf_expand(std::span<const unsigned char> key, Parts info, std::span<unsigned char> out);

/// AES-256-GCM, or AES-128-GCM if `key` has 16 bytes. Ciphertext, then the tag.
[[nodiscard]] Bytes gcm_seal(std::span<const unsigned char> key, std::span<const unsigned char, nonce_size> nonce,
                             std::span<const unsigned char> additional, std::span<const unsigned char> plaintext);
/// The plaintext into `out`, which is 16 bytes shorter than `sealed`. False, and `out` zeroed, if it is not authentic.
[[nodiscard]] bool gcm_open(std::span<const unsigned char> key, std::span<const unsigned char, nonce_size> nonce,
                            std::span<const unsigned char> additional, std::span<const unsigned char> sealed,
                            std::span<unsigned char> out);

/// Ends the process unless `good`.
void require(bool good);

} // namespace sipveil::privasip
