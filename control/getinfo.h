#pragma once

#include "control/reply.h"
#include "transports/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipveil::control {

/// The value in the answer to `GETINFO <key>` (control-spec section 3.9), on the line or in a data block:
///
///     250-version=0.4.9.11            250+circuit-status=
///     250 OK                          3 BUILT $AAAA~guard
///                                     .
///                                     250 OK
///
/// A block's lines each end in '\n'. Errors: malformed, unsupported (a key that this tor does not know).
[[nodiscard]] Result<std::string> parse_getinfo(std::string_view key, const Reply& reply);

/// The value of net/listeners/socks: quoted endpoints between spaces, none while tor has its network
/// disabled.
///
///     "127.0.0.1:9050" "unix:/run/tor/socks"
[[nodiscard]] Result<std::vector<Endpoint>> parse_listeners(std::string_view value);

/// The value of onions/detached: service ids, each on a line of its own. Errors: malformed.
[[nodiscard]] Result<std::vector<OnionName>> parse_onions(std::string_view value);

} // namespace sipveil::control
