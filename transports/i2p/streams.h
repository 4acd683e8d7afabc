#pragma once

#include "transports/i2p/destination.h"
#include "transports/i2p/sam_connection.h"

#include <memory>
#include <string>

namespace sipveil::i2p {

/// STREAM CONNECT, once. OK means "LeaseSet found", not "the peer is there": i2pd 2.45 closes the stream after 10 s if
/// nobody takes it. A session whose tunnels are not built yet says offline within a millisecond; one that has to look
/// for the LeaseSet takes as long as that takes. Errors: those of SamConnection::open and sam_error.
asio::awaitable<Result<std::unique_ptr<SocketStream>>> stream_connect(Endpoint sam, std::string session, B32Name peer);

struct AcceptedStream {
  std::unique_ptr<SocketStream> stream;
  Destination caller;
};

/// STREAM ACCEPT, and then as long as it takes until somebody calls. One at a time for a session: i2pd 2.45 hands out
/// the waiting ones in a way that, when callers come at once, can have two of them arrive by one connection, and one
/// that is ended while it waits takes the others out. Errors: those of SamConnection::open and sam_error; malformed if
/// the caller has no destination.
asio::awaitable<Result<AcceptedStream>> stream_accept(Endpoint sam, std::string session);

} // namespace sipveil::i2p
