#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/i2p/tunnel_options.h"
#include "transports/stream.h"

#include <functional>

namespace sipveil::i2p {

/// The first byte of an I2P stream comes within this or the peer is not there: a round trip takes 1 to 3 s on the
/// public network, and i2pd 2.45 itself closes a stream that nobody takes after 10 s.
inline constexpr Duration first_byte_timeout = 10s;

/// Calls `own` from a transient destination with a session of its own, and has the accepting side answer: the proof
/// that the LeaseSet is published and the tunnels carry. `caller` is called with the transient destination before it is
/// used, so that the accepting side knows it by it. `tunnels`: of the session. Errors: local_service (SAM gone or
/// refuses), overlay (timed_out: not within `limit`, which covers building the session; offline: no answer), cancelled.
asio::awaitable<Result<void>> check_reach(Endpoint sam, TunnelOptions tunnels, B32Name own, Duration limit,
                                          std::function<void(const B32Name&)> caller);

/// The accepting side's part. Ends within first_byte_timeout.
asio::awaitable<void> answer_check(StreamPtr stream);

} // namespace sipveil::i2p
