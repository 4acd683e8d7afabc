#pragma once

#include "privasip/key_state.h"

#include <span>

namespace sipveil::privasip {

/// The body of an AES token: salt (16) | handle (8) | ciphertext | tag (16). The message key and nonce are made from
/// the password key and the salt alone, so a salt must never serve two plaintexts. The handle commits to the password
/// key: no token opens for two subscribers.
[[nodiscard]] Bytes seal_with_password(const PasswordKey::State& key, std::span<const unsigned char, salt_size> salt,
                                       std::span<const unsigned char> additional,
                                       std::span<const unsigned char> plaintext);

/// `body` has at least the bytes around a ciphertext; `out` as many as the ciphertext. Does not look at the handle.
[[nodiscard]] bool open_with_password(const PasswordKey::State& key, std::span<const unsigned char> body,
                                      std::span<const unsigned char> additional, std::span<unsigned char> out);

} // namespace sipveil::privasip
