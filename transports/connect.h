#pragma once

#include "transports/address.h"
#include "transports/socket_stream.h"

#include <memory>

namespace sipveil {

/// Connects to a local service: a SOCKS proxy, a control port. `service` names it in errors ("the SOCKS
/// proxy"); `mend` is appended to "cannot be reached". Errors: unreachable/local_service if nothing listens
/// there, io, cancelled. No deadline: loopback answers at once.
asio::awaitable<Result<std::unique_ptr<SocketStream>>> connect_local(Endpoint endpoint, std::string service,
                                                                     std::string mend);

/// Connects straight to a host, resolving its name if it is one: the only place of the program that asks a
/// resolver. Tries the addresses in the resolver's order. Errors: unknown_peer (no such name), refused,
/// offline, io; all of the peer. Cancelled at once by the awaiting coroutine, though the system's resolver
/// may go on for a while on its own.
asio::awaitable<Result<std::unique_ptr<SocketStream>>> connect_direct(HostPort target);

} // namespace sipveil
