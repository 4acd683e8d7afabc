#pragma once

#include "base/secret.h"
#include "control/reply.h"

#include <array>
#include <span>

namespace sipveil::control {

/// An HMAC-SHA256 value, and a nonce as the SAFECOOKIE exchange uses it.
using Hash32 = std::array<unsigned char, 32>;

/// Tor's cookie is 32 bytes long (control-spec section 3.5).
inline constexpr std::size_t cookie_size = 32;

/// The answer to `AUTHCHALLENGE SAFECOOKIE <client nonce>` (control-spec section 3.24):
///
///     250 AUTHCHALLENGE SERVERHASH=B49F…C926 SERVERNONCE=6579…0B9A
struct AuthChallenge {
  Hash32 server_hash{};
  Hash32 server_nonce{};
};

/// Errors: malformed.
[[nodiscard]] Result<AuthChallenge> parse_authchallenge(const Reply& reply);

/// What tor must send: HMAC-SHA256 of cookie | client nonce | server nonce under the specification's
/// server-to-controller key.
[[nodiscard]] Hash32 safecookie_server_hash(const SecretBytes& cookie, std::span<const unsigned char> client_nonce,
                                            std::span<const unsigned char> server_nonce);
/// What we send back: the same under the controller-to-server key.
[[nodiscard]] Hash32 safecookie_client_hash(const SecretBytes& cookie, std::span<const unsigned char> client_nonce,
                                            std::span<const unsigned char> server_nonce);

} // namespace sipveil::control
