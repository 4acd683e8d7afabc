#pragma once

#include "control/client_auth.h"
#include "control/onion_key.h"
#include "control/reply.h"
#include "transports/address.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sipveil::control {

/// An onion service to be added. There is no form that lets tor make the key: a key that is stored first
/// cannot get lost between tor's answer and the disk. It always asks for Detach: the service outlives the control
/// connection, so that callers still reach a bridge that was killed and is back.
struct OnionRequest {
  OnionKey key;
  std::uint16_t virtual_port = 0;       ///< 1-65535, the port in the peer's address
  Endpoint target;                      ///< where tor connects to for every stream
  std::vector<ClientPublicKey> clients; ///< not empty: only these may reach it (flag V3Auth)
};

/// The command (control-spec section 3.27), without its line end:
///
///     ADD_ONION ED25519-V3:<base64> Flags=Detach,V3Auth Port=5060,unix:/run/s ClientAuthV3=<base32>
///
/// Errors: invalid for a target that the command cannot express (white space or quotes in a socket's path).
[[nodiscard]] Result<SecretBytes> add_onion_command(const OnionRequest& request);

/// Which service a request describes: SHA-256 of its command, as 64 hex digits. Any change of key, port, target,
/// clients or flags gives another one. Not a secret, since the key in it is one. Errors: those of `add_onion_command`,
/// crypto.
[[nodiscard]] Result<std::string> onion_digest(const OnionRequest& request);

/// The service's name in the answer:
///
///     250-ServiceID=fjplspxajbggbqvq66hlmp6ktlrwvnlioky7kogbglyafajdwtyw4fad
///     250-ClientAuthV3=5BPB…
///     250 OK
///
/// Errors: address_in_use (tor has a service of this key already), malformed, and those of `refusal`.
[[nodiscard]] Result<OnionName> parse_add_onion(const Reply& reply);

} // namespace sipveil::control
