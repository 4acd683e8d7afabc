#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "control/client_auth.h"
#include "privasip/identity.h"
#include "transports/address.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipveil {

/// What stands on the inner side.
enum class Role {
  phone, ///< a softphone
  proxy, ///< a SIP proxy
};

enum class InnerTransport { udp, tcp };

/// Which calls may share a circuit, from the most private to the cheapest.
enum class CircuitPolicy {
  per_call,     ///< a circuit of its own for each call: nobody on the path can relate two calls
  per_identity, ///< one for each local user
  per_peer,     ///< one for each peer
  shared,       ///< one for everything
};

/// [inner]: the phone side, plain SIP.
struct InnerConfig {
  /// Numeric addresses, at least one; UDP and TCP are opened on each. Default 127.0.0.1:5060.
  std::vector<HostPort> listen;
  /// Numeric address that gets the requests from the tunnel; there whenever something can come in ([onion] or
  /// tunnel.listen).
  std::optional<HostPort> deliver_to;
  InnerTransport deliver_transport = InnerTransport::udp;
};

/// [tor]: how the local tor is reached or started. Not there: tor is not used.
struct TorConfig {
  bool spawn = false;         ///< run an own tor as a child, data directory below the state directory
  std::string binary = "tor"; ///< with `spawn`: absolute path, or a name that is looked up in PATH
  /// The control port of a running tor, default 127.0.0.1:9051; nullopt exactly with `spawn`.
  std::optional<Endpoint> control;
  /// The SOCKS port; nullopt: asked from tor by the control port.
  std::optional<Endpoint> socks;
  /// The control password, for HashedControlPassword; a key file. Absolute.
  std::optional<std::filesystem::path> password_file;
  /// Instead of the cookie that tor names in PROTOCOLINFO. Absolute.
  std::optional<std::filesystem::path> cookie_file;
  /// With `spawn`: lines for the torrc of the child. Absolute.
  std::optional<std::filesystem::path> extra_torrc;
};

/// [onion]: the v3 onion service that brings calls in. Not there: nothing is published.
struct OnionConfig {
  std::uint16_t port = 5060; ///< virtual port, 1-65535
  /// Where tor delivers; port 0, the default: a port of 127.0.0.1 that the system chooses.
  Endpoint listen = *Endpoint::parse_listen("127.0.0.1:0");
  /// Only the holders of these keys reach the service (ClientAuthV3). Empty: whoever knows the address does.
  std::vector<control::ClientPublicKey> clients;
  /// single_hop = "not-anonymous": the service builds circuits of one hop, so that calls in take half the time, and
  /// every relay it talks to learns this machine's address. Only with [tor] spawn; a second tor of ours runs it.
  bool single_hop = false;
};

/// How many tunnels an I2P session has and how long they are, each way. More hops hide more and take longer; more
/// tunnels outlive more routers. Shorter than 3 gives up what I2P promises by default: docs/i2p.md.
struct TunnelShape {
  unsigned length = 3;   ///< routers in each tunnel, 0-7; 0: no anonymity at all
  unsigned quantity = 3; ///< tunnels each way, 3-16: with fewer an own LeaseSet may stay unpublished for minutes
};

/// [i2p]: how the local I2P router is reached or started, and the sessions by which calls go out. Not there: I2P is not
/// used.
struct I2pConfig {
  bool spawn = false;          ///< run an own i2pd as a child, data directory below the state directory
  std::string binary = "i2pd"; ///< with `spawn`: absolute path, or a name that is looked up in PATH
  /// SAM of a running router, default 127.0.0.1:7656; nullopt exactly with `spawn`. unix: for a router behind a relay
  /// of sockets, in a container or a network namespace.
  std::optional<Endpoint> sam;
  /// With `spawn`: the i2pd.conf of the child; what sipveil settles itself wins. Absolute.
  std::optional<std::filesystem::path> extra_conf;
  TunnelShape tunnels;    ///< of sessions for calls out
  unsigned sessions = 16; ///< open at once, those opened ahead among them, 1-64: each keeps 2 x quantity tunnels alive
};

/// [destination]: the persistent I2P destination that brings calls in. Not there: none can come by I2P.
struct DestinationConfig {
  TunnelShape tunnels;
  /// Destinations that may call, each once; a caller shows one only with `i2p_identity = "own"`. Empty: whoever knows
  /// ours may.
  std::vector<B32Name> allow;
};

/// [tunnel]: links in general.
struct TunnelConfig {
  std::vector<HostPort> listen; ///< plain TCP listeners for links, numeric; default none
  Duration keepalive = 10s;     ///< silence before a ping (RFC 5626 section 4.4.1), 1-600 s
  Duration dial_timeout = 30s;  ///< up to the usable stream, 1-31 s: below timer B, so that the phone hears the reason
};

/// [standby]: links opened ahead, each on a circuit of its own, for the calls of routes with circuit = "per-call" and
/// of accounts with a home. Peers that are dialled directly have none: there is no circuit whose building could be
/// hidden.
struct StandbyConfig {
  unsigned min = 1;      ///< kept ready for each peer even when nobody calls, 0-64
  unsigned max = 8;      ///< at most so many for each peer, `min`-64; 0: none are opened ahead
  unsigned parallel = 4; ///< opened ahead at once, for all peers together, 1-32
  unsigned candidates =
      2; ///< opened for each one that a call takes, the slowest are dropped; 1-8, 1: only as many as are used
  Duration max_age = 300s; ///< a link older than that is replaced before a call takes it, 30-540 s
  /// Phones that have registered here with an address of their own, for so many of which links are kept as for a peer:
  /// those that registered or were called last, 0-256.
  unsigned phones = 16;
};

/// [metrics]: for Prometheus. Not there: nothing is served.
struct MetricsConfig {
  /// Always an address of loopback: the figures tell when calls are made.
  HostPort listen = *HostPort::parse("127.0.0.1:9464");
};

/// Dial through the tor of [tor].
struct ViaTor {
  bool operator==(const ViaTor&) const = default;
};
/// Dial straight from this machine: the peer and everybody on the way see its address.
struct ViaDirect {
  bool operator==(const ViaDirect&) const = default;
};
/// Dial through this SOCKS5 port: an Orbot, another tor.
struct ViaSocks {
  Endpoint endpoint;
  bool operator==(const ViaSocks&) const = default;
};
/// Through the I2P router of [i2p], by streaming.
struct ViaI2p {
  /// Calls go out from the destination of [destination], so that the peer can know us; all on its one session.
  bool own_destination = false;
  bool operator==(const ViaI2p&) const = default;
};
/// Through this HTTP proxy, by CONNECT: tor's HTTPTunnelPort, i2pd's HTTP proxy.
struct ViaHttp {
  Endpoint endpoint;
  bool operator==(const ViaHttp&) const = default;
};
using Via = std::variant<ViaTor, ViaDirect, ViaSocks, ViaI2p, ViaHttp>;

/// [[peer]]
struct PeerConfig {
  std::string name; ///< unique; 1-64 letters, digits, '.', '_', '-'
  PeerAddress address;
  /// ViaTor only if there is a [tor], ViaI2p only if there is an [i2p], and only for an I2P address; that one takes
  /// ViaHttp besides, and no other. Never ViaDirect for an onion address.
  Via via;
  /// Name of another peer that is the same sipveil, reached another way: a request whose link is lost may be repeated
  /// to either, and whoever was asked sees it once. Never itself, and never one that has a `same_as`. Empty: none.
  std::string same_as;
  /// Key for a service that asks for client authorization, see `read_client_key`. Absolute; only with ViaTor and an
  /// onion address.
  std::optional<std::filesystem::path> client_key_file;
  /// PEM file of the authorities that a tls: peer's certificate is held against, instead of the system's. Absolute.
  std::optional<std::filesystem::path> tls_ca_file;
  bool keepalive = true; ///< false: a plain SIP server that does not answer CRLF pings
  /// plaintext_exit = true: a tcp: or socks5: peer through tor or a SOCKS port, though whoever runs the exit reads and
  /// can alter all of it. Without it such a peer is a mistake.
  bool plaintext_exit = false;
};

/// One way of a route.
struct RouteTarget {
  std::string peer;           ///< name of a peer that exists
  std::uint16_t priority = 1; ///< 0-65535; the lowest is tried first (RFC 2782)
  std::uint16_t weight = 1;   ///< 1-65535; share among equal priorities
};

/// [[route]]
struct RouteConfig {
  std::string domain; ///< host part of a Request-URI, lower case, IPv6 in brackets; "*" is every other domain; unique
  std::vector<RouteTarget> peers; ///< at least one, each peer once
  CircuitPolicy circuit = CircuitPolicy::per_call;
  /// Of the peers with the lowest priority a call takes the one whose link is ready first. Only with per_call.
  bool race = false;
};

/// [identity]: which identities are sealed, how, and to whom. Not there: none are.
struct IdentityConfig {
  privasip::Version scheme = privasip::Version::privasip_2;
  /// Never aes with privasip_2.
  privasip::Algorithm algorithm = privasip::Algorithm::ecies_x25519;
  /// The privacy class of calls that ask for none; never anything but home with aes.
  privasip::KnownTo caller_known_to = privasip::KnownTo::home;
  bool hide_domain = false;       ///< hosts of From and To are sealed as well
  std::filesystem::path keys_dir; ///< see privasip::KeyStore; absolute, default state_dir/keys

  std::chrono::seconds replay_window{600}; ///< how old the token of a new call may be, 60-86400 s

  // Role proxy alone:
  bool pseudonyms = false; ///< view = "pseudonym": the proxy sees stable pseudonyms instead of names
  /// The domains whose tokens are opened here, lower case, each once; never empty in role proxy.
  std::vector<std::string> domains;
  /// Lines user:realm:HA1, see read_subscribers; always there with aes. A key file. Absolute.
  std::optional<std::filesystem::path> subscribers_file;
};

/// [[account]]: a local user of the phone. Role phone alone.
struct AccountConfig {
  std::string user; ///< of the address of record, as written (RFC 3261 section 19.1.4: case counts)
  std::string host; ///< of the address of record, lower case
  std::optional<std::string>
      home; ///< name of a peer that exists: for REGISTER and calls of class home; else the routes
  /// The Digest password, see read_password; a key file. Absolute. Always there with aes.
  std::optional<std::filesystem::path> password_file;
  std::string login;                                ///< Digest username; default the user
  std::optional<privasip::KnownTo> caller_known_to; ///< instead of that of [identity]
};

using LogConfig = LogOptions;

/// A whole configuration, every part of it checked: what names something else names something that exists.
struct Config {
  Role role = Role::phone;
  std::filesystem::path state_dir; ///< keys and sockets; absolute
  InnerConfig inner;
  std::optional<TorConfig> tor;
  std::optional<OnionConfig> onion;
  std::optional<I2pConfig> i2p;
  std::optional<DestinationConfig> destination; ///< only with `i2p`
  TunnelConfig tunnel;
  StandbyConfig standby;
  std::optional<MetricsConfig> metrics;
  std::vector<PeerConfig> peers;
  std::vector<RouteConfig> routes;
  std::optional<IdentityConfig> identity;
  std::vector<AccountConfig> accounts; ///< no two with the same user and host
  LogConfig log;

  /// The peer of this name, nullptr if there is none. Lives as long as the configuration.
  [[nodiscard]] const PeerConfig* find_peer(std::string_view name) const;
  /// The account of this address of record, nullptr if there is none. `user` as written, `host` in any case. Lives as
  /// long as the configuration.
  [[nodiscard]] const AccountConfig* find_account(std::string_view user, std::string_view host) const;
};

/// As the configuration file spells it.
[[nodiscard]] std::string_view name(Role role);
[[nodiscard]] std::string_view name(InnerTransport transport);
[[nodiscard]] std::string_view name(CircuitPolicy policy);
[[nodiscard]] std::string text(const Via& via);

} // namespace sipveil
