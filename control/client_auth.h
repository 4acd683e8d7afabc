#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <array>
#include <string>
#include <string_view>

namespace sipveil::control {

/// The public half of a client authorization (rend-spec-v3 appendix G): an x25519 key as 52 base32
/// characters. It goes into the service's [onion] clients and is not a secret.
class ClientPublicKey {
 public:
  /// Errors: invalid.
  [[nodiscard]] static Result<ClientPublicKey> parse(std::string_view text);
  /// 52 lower-case base32 characters.
  [[nodiscard]] std::string text() const;
  auto operator<=>(const ClientPublicKey&) const = default;

 private:
  friend class ClientAuthKey;
  ClientPublicKey() = default;
  std::array<unsigned char, 32> key_{};
};

/// The private half: who holds it reaches an onion service that is closed to everybody else.
class ClientAuthKey {
 public:
  /// Errors: crypto.
  [[nodiscard]] static Result<ClientAuthKey> generate();
  /// Reads 52 base32 characters; white space at the end is allowed, as a key file has it. Errors: invalid.
  [[nodiscard]] static Result<ClientAuthKey> parse(std::string_view text);

  /// 52 lower-case base32 characters, as peers' client_key_file holds them.
  [[nodiscard]] SecretBytes text() const;
  /// Base64, as ONION_CLIENT_AUTH_ADD takes it (control-spec section 3.30).
  [[nodiscard]] SecretBytes base64() const;
  [[nodiscard]] const ClientPublicKey& public_key() const { return public_key_; }

 private:
  explicit ClientAuthKey(SecretBytes key) : key_(std::move(key)) {}
  [[nodiscard]] static Result<ClientAuthKey> from_bytes(SecretBytes key);
  SecretBytes key_;
  ClientPublicKey public_key_;
};

} // namespace sipveil::control
