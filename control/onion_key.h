#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "transports/address.h"

#include <array>
#include <filesystem>

namespace sipveil::control {

/// The identity key of a v3 onion service, in the form in which tor takes it: the 64 bytes of the expanded
/// Ed25519 secret key (the clamped scalar, then the hash prefix; rend-spec-v3 section 2.3 [KEYBLIND] needs
/// this form).
class OnionKey {
 public:
  struct Generated;
  /// A new key, made here rather than by tor, so that it is on disk before anybody can learn its address.
  /// Errors: crypto.
  [[nodiscard]] static Result<Generated> generate();

  /// Reads "ED25519-V3:<base64 of 64 bytes>", the form of ADD_ONION; white space at the end is allowed.
  /// Errors: invalid.
  [[nodiscard]] static Result<OnionKey> parse(std::string_view text);
  /// "ED25519-V3:<base64>"
  [[nodiscard]] SecretBytes text() const;
  /// The content of tor's own key file, hs_ed25519_secret_key in a HiddenServiceDir: 96 bytes, namely
  /// "== ed25519v1-secret: type0 ==", NULs up to 32 bytes, then the key. Tor makes the public key and the hostname of
  /// it.
  [[nodiscard]] SecretBytes tor_file() const;
  /// The address of the key is one of these two. They differ in the sign of the public key's x coordinate, which
  /// OpenSSL does not tell of an expanded key; nobody has the key of the other one. Errors: crypto.
  [[nodiscard]] Result<std::array<OnionName, 2>> possible_names() const;
  [[nodiscard]] OnionKey clone() const { return OnionKey(expanded_.clone()); }

 private:
  explicit OnionKey(SecretBytes expanded) : expanded_(std::move(expanded)) {}
  SecretBytes expanded_;
};

struct OnionKey::Generated {
  OnionKey key;
  OnionName name; ///< the address that the key gives
};

/// Where the key of the service is kept, below the state directory.
[[nodiscard]] std::filesystem::path onion_key_file(const std::filesystem::path& state_directory);

/// Reads the key of the state directory; makes and stores one (mode 0600, atomic) if there is none. A key
/// file that is there but cannot be used is an error: a new key would silently be a new address. Errors: all
/// of the configuration, naming the file; io, invalid, crypto.
[[nodiscard]] Result<OnionKey> load_or_create_onion_key(const std::filesystem::path& state_directory);

} // namespace sipveil::control
