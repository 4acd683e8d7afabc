#pragma once

#include "base/error.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil {

/// A v3 onion name (rend-spec-v3 section 6): 56 base32 characters whose checksum and version are right, else
/// it does not exist.
class OnionName {
 public:
  /// With or without the ".onion" ending, any case. Errors: invalid, saying whether length, alphabet, version
  /// or checksum is wrong.
  [[nodiscard]] static Result<OnionName> parse(std::string_view text);
  [[nodiscard]] static OnionName from_public_key(const std::array<unsigned char, 32>& key);

  [[nodiscard]] std::string host() const;       ///< "<56 characters>.onion"
  [[nodiscard]] std::string service_id() const; ///< without ".onion", as the control port names it
  auto operator<=>(const OnionName&) const = default;

 private:
  OnionName() = default;
  std::array<unsigned char, 32> key_{};
};

/// An I2P destination hash as "<52 characters>.b32.i2p".
class B32Name {
 public:
  [[nodiscard]] static Result<B32Name> parse(std::string_view text);
  [[nodiscard]] static B32Name from_hash(const std::array<unsigned char, 32>& hash);
  [[nodiscard]] std::string host() const;
  auto operator<=>(const B32Name&) const = default;

 private:
  B32Name() = default;
  std::array<unsigned char, 32> hash_{};
};

/// A decimal port number from `lowest` to 65535. Errors: invalid.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text, std::uint16_t lowest = 1);

/// host:port; the host is a DNS name (RFC 1123 section 2.1), an IPv4 address or an IPv6 address in brackets;
/// port 1-65535. Names are held in lower case and IPv6 addresses in their shortest form, so that equal things
/// compare equal.
class HostPort {
 public:
  /// Errors: invalid. A name below .onion or .i2p is never a HostPort, so that no code path can hand one to a
  /// resolver (RFC 7686 section 2); `mend` then shows the tor: or i2p: form.
  [[nodiscard]] static Result<HostPort> parse(std::string_view text);

  [[nodiscard]] const std::string& host() const { return host_; } ///< without brackets
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool numeric() const { return numeric_; } ///< an IP address, so nothing needs resolving
  [[nodiscard]] std::string text() const;                 ///< with brackets around IPv6
  auto operator<=>(const HostPort&) const = default;

 private:
  friend class Endpoint;
  static Result<HostPort> parse_from(std::string_view text, std::uint16_t lowest_port);
  HostPort() = default;
  std::string host_;
  std::uint16_t port_ = 0;
  bool numeric_ = false;
};

/// Where a local service listens: numeric host:port, or "unix:/path".
class Endpoint {
 public:
  /// Errors: invalid for a name (a local service is never looked up) and for a relative or overlong path.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
  /// The same for a place where we listen ourselves: port 0 lets the system choose.
  [[nodiscard]] static Result<Endpoint> parse_listen(std::string_view text);
  [[nodiscard]] bool is_unix() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] const std::string& path() const { return std::get<std::string>(value_); }
  [[nodiscard]] const HostPort& host_port() const { return std::get<HostPort>(value_); }
  [[nodiscard]] std::string text() const;
  auto operator<=>(const Endpoint&) const = default;

 private:
  static Result<Endpoint> parse_from(std::string_view text, std::uint16_t lowest_port);
  explicit Endpoint(std::variant<HostPort, std::string> value) : value_(std::move(value)) {}
  std::variant<HostPort, std::string> value_;
};

/// "tor:<onion>:port"
struct TorPeer {
  OnionName onion;
  std::uint16_t port = 0;
  auto operator<=>(const TorPeer&) const = default;
};
/// "i2p:<b32>"
struct I2pPeer {
  B32Name destination;
  auto operator<=>(const I2pPeer&) const = default;
};
/// "socks5:host:port": plain SIP at host:port, dialled by whatever SOCKS5 proxy the configuration names.
struct SocksPeer {
  HostPort target;
  auto operator<=>(const SocksPeer&) const = default;
};
/// "tcp:host:port"
struct TcpPeer {
  HostPort target;
  auto operator<=>(const TcpPeer&) const = default;
};
/// "tls:host:port"; the certificate must be valid for the host.
struct TlsPeer {
  HostPort target;
  auto operator<=>(const TlsPeer&) const = default;
};

/// A peer's address as the configuration writes it; exists only if valid.
class PeerAddress {
 public:
  using Value = std::variant<TorPeer, I2pPeer, SocksPeer, TcpPeer, TlsPeer>;
  /// Errors: invalid, with the part that is wrong and an example of the right form in `mend`.
  [[nodiscard]] static Result<PeerAddress> parse(std::string_view text);
  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] std::string text() const;
  auto operator<=>(const PeerAddress&) const = default;

 private:
  explicit PeerAddress(Value value) : value_(std::move(value)) {}
  Value value_;
};

} // namespace sipveil
