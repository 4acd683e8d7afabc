#pragma once

#include "control/reply.h"

#include <optional>
#include <set>
#include <string>

namespace sipveil::control {

/// The ways to authenticate that tor names (control-spec section 3.21).
enum class AuthMethod {
  null,            ///< nothing is asked
  cookie,          ///< the cookie file's bytes are sent
  safecookie,      ///< both ends prove by HMAC that they know the cookie
  hashed_password, ///< the password of HashedControlPassword is sent
};

/// The method as it stands in METHODS=.
[[nodiscard]] std::string_view name(AuthMethod method);

/// The answer to PROTOCOLINFO 1:
///
///     250-PROTOCOLINFO 1
///     250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/run/tor/control.authcookie"
///     250-VERSION Tor="0.4.9.11"
///     250 OK
struct ProtocolInfo {
  std::set<AuthMethod> methods;           ///< those that we know
  std::optional<std::string> cookie_file; ///< as tor sees the path; given with the cookie methods
  std::string version;                    ///< empty if tor does not tell before authentication
};

/// Errors: malformed, unsupported (another protocol version).
[[nodiscard]] Result<ProtocolInfo> parse_protocolinfo(const Reply& reply);

} // namespace sipveil::control
