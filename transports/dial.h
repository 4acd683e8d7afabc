#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "transports/address.h"
#include "transports/stream.h"

namespace sipveil {

/// SOCKS5 user name and password (RFC 1929) that tor takes as an isolation key: two streams with different ones never
/// share a circuit. Made by `fresh_isolation`; never used for two calls.
struct Isolation {
  std::string user;
  std::string password;
};

/// Where a SOCKS5 proxy listens: a tor, an Orbot, any other.
struct SocksProxy {
  Endpoint endpoint;               ///< numeric host:port or unix path; names are refused, so nothing is resolved
  bool extended_errors = true;     ///< understand tor's reply codes F0-F7 (they are unassigned in RFC 1928)
};

struct DialOptions {
  std::optional<SocksProxy> proxy;       ///< nullopt: straight from this machine, only for tcp: and tls: peers that say so
  std::optional<Isolation> isolation;    ///< only with a proxy
  Duration timeout = 30s;                ///< for everything up to the usable stream
  std::string early_data;                ///< first bytes of the stream; sent with the CONNECT request where that saves a round trip
};

/// Opens a stream to a peer: connects, speaks SOCKS5 or TLS as the address asks, and has `early_data` on its way when it
/// returns. Through a proxy the peer's name is sent as a name (ATYP 3) and is never resolved here.
///
/// Errors tell who failed: local_service (proxy unreachable, refused our credentials), overlay (unknown_peer, offline,
/// forbidden, timed_out), peer (refused, untrusted).
asio::awaitable<Result<StreamPtr>> dial(const PeerAddress& peer, DialOptions options);

} // namespace sipveil
