#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "privasip/identity.h"
#include "privasip/token.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::privasip {

/// What `sipveil keys generate` can make.
enum class KeyKind : std::uint8_t { x25519, p256, rsa_2048, rsa_3072 };
[[nodiscard]] std::string_view name(KeyKind kind);

/// A recipient's public key: of a domain, or of one user. Immutable; copies share it; usable from several threads.
class PublicKey {
 public:
  /// One SubjectPublicKeyInfo in PEM ("PUBLIC KEY"). Errors: malformed, unsupported (another algorithm, or RSA outside
  /// 2048 and 3072 bits, or a point that is not on its curve).
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);
  /// All of a file of PEM blocks, at most 16; text between blocks is skipped.
  [[nodiscard]] static Result<std::vector<PublicKey>> all_from_pem(std::string_view pem);

  [[nodiscard]] std::string pem() const;
  [[nodiscard]] Algorithm algorithm() const;
  [[nodiscard]] KeyKind kind() const;
  [[nodiscard]] const KeyId& id() const;
  /// SHA-256 over the SubjectPublicKeyInfo (DER), lower-case hex: what two people compare.
  [[nodiscard]] std::string fingerprint() const;

  struct State;
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  friend class PrivateKey;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// A key of our own. Move-only; its secret is wiped by OpenSSL when it goes.
class PrivateKey {
 public:
  [[nodiscard]] static Result<PrivateKey> generate(KeyKind kind);
  /// PKCS#8 in PEM ("PRIVATE KEY"), not encrypted. Errors as of PublicKey::from_pem.
  [[nodiscard]] static Result<PrivateKey> from_pem(const SecretBytes& pem);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey();

  [[nodiscard]] SecretBytes pem() const;
  [[nodiscard]] const PublicKey& public_key() const;

  struct State;
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  explicit PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What the caller and his home proxy share in PrivaSIP-1 with AES: made from HA1 (RFC 2617 section 3.2.2.2), which
/// both sides have without the password itself. Move-only.
class PasswordKey {
 public:
  /// `ha1`: the 32 lower-case hex digits of MD5(user:realm:password).
  [[nodiscard]] static Result<PasswordKey> from_ha1(const SecretBytes& ha1);
  [[nodiscard]] static PasswordKey from_password(std::string_view user, std::string_view realm,
                                                 const SecretBytes& password);
  PasswordKey(PasswordKey&&) noexcept;
  PasswordKey& operator=(PasswordKey&&) noexcept;
  PasswordKey(const PasswordKey&) = delete;
  PasswordKey& operator=(const PasswordKey&) = delete;
  ~PasswordKey();

  struct State;
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  explicit PasswordKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace sipveil::privasip
