#pragma once

#include "base/error.h"
#include "bridge/config/config.h"
#include "privasip/keys.h"

#include <string_view>
#include <vector>

namespace sipveil::keys {

/// The peers that are to be asked for the keys of `name` ("domain" or "user@domain"), in order: the home of an account
/// in that domain, then the route's peers by priority. Empty if neither is there, not even a route "*". They live as
/// long as the configuration.
[[nodiscard]] std::vector<const PeerConfig*> peers_for(const Config& config, std::string_view name);

/// Asks one peer after the other until one gives keys; at least one. Each is dialled as calls to it are, on a circuit
/// of its own. Blocks: per peer at most tunnel.dial_timeout and 32 s for the answer, and the start of an own tor, which
/// is ended again. Errors: those of `make_key_request` and of the last peer's `dial` and `read_key_answer`; not_ready
/// if the peer goes through a tor that cannot be used; timed_out, closed.
[[nodiscard]] Result<std::vector<privasip::PublicKey>> fetch(const Config& config, std::string_view name,
                                                             const std::vector<const PeerConfig*>& peers);

} // namespace sipveil::keys
