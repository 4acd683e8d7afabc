#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::hop {

/// An IP address and port on the phone side. Never holds a name: the phone side is not resolved either.
struct InnerAddress {
  std::array<unsigned char, 16> ip{}; ///< network order; IPv4 uses the first four bytes
  bool v6 = false;
  std::uint16_t port = 0;

  /// `host` is an IPv4 or IPv6 address, the latter with or without brackets; nullopt for anything else.
  [[nodiscard]] static std::optional<InnerAddress> parse(std::string_view host, std::uint16_t port);
  [[nodiscard]] std::string host() const; ///< without brackets
  [[nodiscard]] std::string text() const; ///< host:port, with brackets around IPv6
  [[nodiscard]] bool same_host(const InnerAddress& other) const { return v6 == other.v6 && ip == other.ip; }
  auto operator<=>(const InnerAddress&) const = default;
};

using LinkId = std::uint64_t;
using ConnectionId = std::uint64_t;

enum class Carrier : std::uint8_t { udp, tcp, link };

/// Where a message came from or goes to.
struct Flow {
  Carrier carrier = Carrier::udp;
  std::uint8_t listener = 0; ///< udp, tcp: index of the inner listener it passes
  InnerAddress address;      ///< udp, tcp: the phone's
  std::uint64_t id = 0;      ///< tcp: the connection, 0 if none is open yet; link: the link

  [[nodiscard]] static Flow over_link(LinkId link) { return {Carrier::link, 0, {}, link}; }
  [[nodiscard]] bool reliable() const { return carrier != Carrier::udp; }
  [[nodiscard]] bool inner() const { return carrier != Carrier::link; }
};

} // namespace sipveil::hop
