#include "privasip/password_cipher.h"

#include <algorithm>

namespace sipveil::privasip {
namespace {

/// Key and nonce of one message.
struct MessageKey {
  SecretArray<32 + nonce_size> both;

  MessageKey(const PasswordKey::State& key, std::span<const unsigned char> salt) {
    const SecretHash root = hkdf_extract(salt, {key.message.bytes()});
    hkdf_expand(root.bytes(), {as_bytes("key and nonce")}, both.writable());
  }
  [[nodiscard]] std::span<const unsigned char> key() const { return both.bytes().first<32>(); }
  [[nodiscard]] std::span<const unsigned char, nonce_size> nonce() const { return both.bytes().last<nonce_size>(); }
};

} // namespace

Bytes seal_with_password(const PasswordKey::State& key, std::span<const unsigned char, salt_size> salt,
                         std::span<const unsigned char> additional, std::span<const unsigned char> plaintext) {
  const MessageKey message(key, salt);
  const Bytes sealed = gcm_seal(message.key(), message.nonce(), additional, plaintext);
  const std::uint64_t handle = key.handle(salt);
  Bytes body(salt.begin(), salt.end());
  for (std::size_t i = 0; i < handle_size; ++i)
    body.push_back(static_cast<unsigned char>(handle >> (8 * (handle_size - 1 - i))));
  body.insert(body.end(), sealed.begin(), sealed.end());
  return body;
}

bool open_with_password(const PasswordKey::State& key, std::span<const unsigned char> body,
                        std::span<const unsigned char> additional, std::span<unsigned char> out) {
  const MessageKey message(key, body.first<salt_size>());
  return gcm_open(message.key(), message.nonce(), additional, body.subspan(salt_size + handle_size), out);
}

} // namespace sipveil::privasip
