#pragma once

#include <cstddef>
#include <cstdint>

// Constants of the SOCKS5 specifications, with their names there. Numbers of our own choosing stand in
// socks5.cpp.
namespace sipveil::socks5_spec {

// RFC 1928 section 3: version identifier and method selection
inline constexpr std::uint8_t version = 0x05;
inline constexpr std::uint8_t method_none = 0x00;
inline constexpr std::uint8_t method_user_password = 0x02;
inline constexpr std::uint8_t method_none_acceptable = 0xff;

// RFC 1929 section 2: user name and password
inline constexpr std::uint8_t auth_version = 0x01;
inline constexpr std::uint8_t auth_success = 0x00;
inline constexpr std::size_t auth_longest_field = 255;

// RFC 1928 section 4: request
inline constexpr std::uint8_t command_connect = 0x01;
inline constexpr std::uint8_t reserved = 0x00;
inline constexpr std::uint8_t address_ipv4 = 0x01;
inline constexpr std::uint8_t address_name = 0x03;
inline constexpr std::uint8_t address_ipv6 = 0x04;
inline constexpr std::size_t longest_name = 255;

// RFC 1928 section 6: reply
enum class Reply : std::uint8_t {
  succeeded = 0x00,
  general_failure = 0x01,
  not_allowed = 0x02,
  network_unreachable = 0x03,
  host_unreachable = 0x04,
  connection_refused = 0x05,
  ttl_expired = 0x06,
  command_not_supported = 0x07,
  address_type_not_supported = 0x08,
  // tor(1), SocksPort flag ExtendedErrors; proposal 304
  onion_descriptor_not_found = 0xf0,
  onion_descriptor_invalid = 0xf1,
  onion_introduction_failed = 0xf2,
  onion_rendezvous_failed = 0xf3,
  onion_missing_client_auth = 0xf4,
  onion_wrong_client_auth = 0xf5,
  onion_bad_address = 0xf6,
  onion_introduction_timed_out = 0xf7,
};

} // namespace sipveil::socks5_spec
