#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/isolation.h"
#include "transports/stream.h"

#include <optional>
#include <string>

namespace sipveil {

/// Where a SOCKS5 proxy listens: a tor, an Orbot, any other.
struct SocksProxy {
  Endpoint endpoint;           ///< numeric host:port or unix path; names are refused, so nothing is resolved
  bool extended_errors = true; ///< understand tor's reply codes F0-F7 (they are unassigned in RFC 1928)
};

struct DialOptions {
  std::optional<SocksProxy> proxy;    ///< nullopt: straight from this machine, only for tcp: and tls: peers that say so
  std::optional<Isolation> isolation; ///< only with a proxy; without one it is an error, not ignored
  Duration timeout = 30s;             ///< for everything up to the usable stream
  std::string early_data; ///< first bytes of the stream; sent with the CONNECT request where that saves a round trip
  std::optional<std::string> tls_ca_file; ///< PEM file of the authorities for tls: peers; nullopt: those of the system
};

/// Opens a stream to a peer: connects, speaks SOCKS5 or TLS as the address asks, and has `early_data` on its
/// way when it returns. Through a proxy the peer's name is sent as a name (ATYP 3) and is never resolved
/// here. tor: and socks5: peers without a proxy are refused: nothing falls back to the clear.
///
/// Errors tell who failed: configuration (invalid: a peer that must not be dialled this way; unsupported:
/// i2p:), local_service (proxy unreachable, closed, auth_failed, malformed), overlay (unknown_peer, offline,
/// forbidden, refused, timed_out), peer (refused, untrusted, offline). timed_out is our own deadline, `where`
/// being who was silent; cancelled means that the awaiting coroutine was cancelled. Neither leaves a socket
/// open. Never throws.
asio::awaitable<Result<StreamPtr>> dial(const PeerAddress& peer, DialOptions options);

} // namespace sipveil
