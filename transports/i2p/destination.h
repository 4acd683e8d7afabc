#pragma once

#include "base/encoding.h"
#include "base/error.h"
#include "base/secret.h"
#include "transports/address.h"

#include <compare>
#include <string>
#include <string_view>

namespace sipveil::i2p {

/// An I2P destination: what a B32Name is the hash of (common structures specification, "Destination"):
///
///     public key (256 bytes) | signing public key or padding (128) | certificate: type (1) | length (2) | payload
///
/// Exists only if its length is what its certificate says, and if it is a public one: nothing secret is in it.
class Destination {
 public:
  /// From base64 in I2P's alphabet, nothing behind it. Errors: malformed, saying what is wrong but not quoting it.
  [[nodiscard]] static Result<Destination> parse(std::string_view base64);

  /// The public part that a private key begins with: destination | encryption key | signing key. Errors: malformed.
  [[nodiscard]] static Result<Destination> of_private_key(std::string_view base64);

  [[nodiscard]] std::string base64() const;
  [[nodiscard]] B32Name name() const; ///< base32(SHA-256(destination))
  [[nodiscard]] bool ed25519() const; ///< its signing key is EdDSA_SHA512_Ed25519 (type 7)
  auto operator<=>(const Destination&) const = default;

 private:
  static Result<Destination> take(std::span<const unsigned char> bytes, bool more_may_follow);
  explicit Destination(std::span<const unsigned char> bytes) : bytes_(as_text(bytes)) {}
  std::string bytes_;
};

} // namespace sipveil::i2p
