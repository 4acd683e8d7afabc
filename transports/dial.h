#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/isolation.h"
#include "transports/stream.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace sipveil {

namespace i2p {
class Sessions;
}

/// Straight from this machine: only for tcp: and tls: peers that say so.
struct NoProxy {};

/// Where a SOCKS5 proxy listens: a tor, an Orbot, any other.
struct SocksProxy {
  Endpoint endpoint;           ///< numeric host:port or unix path; names are refused, so nothing is resolved
  bool extended_errors = true; ///< understand tor's reply codes F0-F7 (they are unassigned in RFC 1928)
};

/// Where an HTTP proxy listens that takes CONNECT (RFC 9110 section 9.3.6): tor's HTTPTunnelPort, i2pd's HTTP proxy.
struct HttpProxy {
  Endpoint endpoint; ///< as of SocksProxy
};

/// An I2P router, by SAM; never null.
using I2pSessions = std::shared_ptr<i2p::Sessions>;

using DialVia = std::variant<NoProxy, SocksProxy, HttpProxy, I2pSessions>;

struct DialOptions {
  DialVia via;
  /// Streams with different ones never share a circuit or I2P session. Without a proxy it is an error, not ignored.
  /// i2pd's HTTP proxy ignores it (all its streams leave from one destination), tor's takes it as SOCKS does.
  std::optional<Isolation> isolation;
  Duration timeout = 30s; ///< for everything up to the usable stream
  std::string early_data; ///< first bytes of the stream; sent with the CONNECT request where that saves a round trip
  std::optional<std::string> tls_ca_file; ///< PEM file of the authorities for tls: peers; nullopt: those of the system
};

/// Opens a stream to a peer: connects, speaks SOCKS5 or TLS as the address asks, and has `early_data` on its
/// way when it returns. Through a proxy the peer's name is sent as a name (ATYP 3) and is never resolved
/// here. tor: and socks5: peers without a proxy are refused, and so are i2p: peers by anything but I2P sessions or an
/// HTTP proxy: nothing falls back to the clear.
///
/// Errors tell who failed: configuration (invalid: a peer that must not be dialled this way), local_service (proxy
/// unreachable, closed, auth_failed, malformed), overlay (unknown_peer, offline, forbidden, refused, timed_out), peer
/// (refused, untrusted, offline). timed_out is our own deadline, `where` being who was silent; cancelled means that the
/// awaiting coroutine was cancelled. Neither leaves a socket open. Never throws.
asio::awaitable<Result<StreamPtr>> dial(const PeerAddress& peer, DialOptions options);

} // namespace sipveil
