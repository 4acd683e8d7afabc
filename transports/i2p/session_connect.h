#pragma once

#include "transports/i2p/session.h"

#include <memory>

namespace sipveil::i2p {

/// A stream to `peer` by a session that may still be being built: asks again and again until its first tunnel is there
/// and the router has found the peer's LeaseSet. `session` must live until it is complete. Errors: those of the
/// session, and of sam_error but "not found yet"; cancelled. Without an end of its own if the peer is offline.
asio::awaitable<Result<std::unique_ptr<SocketStream>>> connect_by(Endpoint sam, Session& session, B32Name peer);

} // namespace sipveil::i2p
