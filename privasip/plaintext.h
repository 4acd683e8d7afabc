#pragma once

#include "base/secret.h"
#include "privasip/identity.h"
#include "privasip/key_store.h"

#include <optional>
#include <span>
#include <string_view>

namespace sipveil::privasip {

/// What is encrypted.
///   version and flags (1): 0x10, and bit 0 if the host is here | issued (4, big endian, Unix seconds) |
///   length of the user (1) | user | with a hidden host: its length (1) | host | zeros
/// AES and ECIES: zeros up to a multiple of 32, so that names of up to 26 bytes cannot be told apart by length. RSA: no
/// zeros, its ciphertext is as long as the key whatever is in it.
struct Plaintext {
  Identity identity; ///< host empty if it is not hidden
  bool host_hidden = false;
  UnixSeconds issued = 0;
};

/// `plaintext` must be valid (below) and issued within 32 bits.
[[nodiscard]] SecretBytes encode(const Plaintext& plaintext, bool padded);
/// nullopt for whatever `encode` does not make: one spelling, so that a token has one meaning.
[[nodiscard]] std::optional<Plaintext> decode(std::span<const unsigned char> bytes, bool padded);

/// The characters of a user part (RFC 3261 section 25.1, "user"), 1-max_user of them; of a login those of a quoted
/// string without an escape. Whoever opens a token puts it into a header: nothing that ends a URI or a line may come
/// out of one.
[[nodiscard]] bool is_user(std::string_view text, Subject subject);
/// [a-z0-9._-] or an address with colons and brackets, 1-max_host characters.
[[nodiscard]] bool is_host(std::string_view text);

} // namespace sipveil::privasip
