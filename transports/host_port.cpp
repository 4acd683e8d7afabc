#include "transports/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <sys/un.h>

namespace sipveil {
namespace {

// RFC 1035 section 2.3.4: a label has at most 63 characters, a name at most 253 in its written form.
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;
constexpr std::string_view example = "Write it as host:port, for example sip.example.org:5060, 192.0.2.7:5060 or "
                                     "[2001:db8::7]:5060.";
constexpr std::string_view endpoint_example =
    "Write it as a numeric address, for example 127.0.0.1:9050 or [::1]:9050, "
    "or as unix:/absolute/path.";

Error invalid(std::string what, std::string_view mend = example) {
  return {Errc::invalid, Fault::configuration, std::move(what), std::string(mend), false};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// The shortest form of an address of the family, or nullopt.
std::optional<std::string> canonical_address(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> raw{};
  if (::inet_pton(family, text.c_str(), raw.data()) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  ::inet_ntop(family, raw.data(), canonical.data(), static_cast<socklen_t>(canonical.size()));
  return std::string(canonical.data());
}

/// What is wrong with a DNS name in lower case, by RFC 1123 section 2.1; nullopt for a good one.
std::optional<std::string> fault_of_name(std::string_view name) {
  if (name.size() > longest_name) return fmt::format("the host name is longer than {} characters", longest_name);
  std::string_view label;
  for (std::string_view rest = name;;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.empty()) return "the host name has an empty label";
    if (label.size() > longest_label)
      return fmt::format("a label of the host name is longer than {} characters", longest_label);
    if (label.front() == '-' || label.back() == '-') return "a label of the host name begins or ends with a hyphen";
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }))
      return "the host name holds a character other than letters, digits and hyphens";
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // The resolver would read "127.1" as an address: two readers must not disagree about what a text names.
  if (std::all_of(label.begin(), label.end(), is_digit))
    return "the host is neither a name nor a complete IPv4 address";
  return std::nullopt;
}

/// RFC 7686 section 2: a name below .onion is never looked up; the same holds for .i2p.
std::optional<Error> refuse_overlay_name(std::string_view name, std::string_view port) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.ends_with(".onion") || name == "onion") {
    const auto onion = OnionName::parse(name);
    return invalid("an onion name is reached through tor only",
                   fmt::format("Write it as tor:{}:{}", onion ? onion->host() : "<56 characters>.onion",
                               port.empty() ? "5060" : port));
  }
  if (name.ends_with(".i2p") || name == "i2p")
    return invalid("an I2P name is reached through I2P only", "Write it as i2p:<52 characters>.b32.i2p");
  return std::nullopt;
}

} // namespace

Result<std::uint16_t> parse_port(std::string_view text, std::uint16_t lowest) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty()) return invalid("the port is missing");
  if (failed != std::errc() || end != text.data() + text.size() || port < lowest)
    return invalid(fmt::format("the port is not a number from {} to 65535", lowest));
  return port;
}

Result<HostPort> HostPort::parse(std::string_view text) {
  return parse_from(text, 1);
}

Result<HostPort> HostPort::parse_from(std::string_view text, std::uint16_t lowest_port) {
  std::string_view host;
  std::string_view port;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const auto close = text.find("]:");
    if (close == std::string_view::npos) return invalid("the IPv6 address lacks its closing bracket or the port");
    host = text.substr(1, close - 1);
    port = text.substr(close + 2);
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
    if (port.find(':') != std::string_view::npos && host.find('.') == std::string_view::npos)
      return invalid("an IPv6 address needs brackets");
  }

  HostPort result;
  result.host_ = lower(host);
  if (auto refused = refuse_overlay_name(result.host_, port)) return *refused;
  if (result.host_.empty()) return invalid("the host is missing");
  // An embedded NUL would end the text early for the system's own parsers.
  if (result.host_.find('\0') != std::string::npos) return invalid("the host holds a NUL character");
  const auto number = parse_port(port, lowest_port);
  if (!number) return number.error();
  result.port_ = *number;

  if (const auto address = canonical_address(bracketed ? AF_INET6 : AF_INET, result.host_)) {
    result.host_ = *address;
    result.numeric_ = true;
    return result;
  }
  if (bracketed) return invalid("the text in brackets is not an IPv6 address");
  if (auto fault = fault_of_name(result.host_)) return invalid(std::move(*fault));
  return result;
}

std::string HostPort::text() const {
  return host_.find(':') == std::string::npos ? fmt::format("{}:{}", host_, port_)
                                              : fmt::format("[{}]:{}", host_, port_);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  return parse_from(text, 1);
}

Result<Endpoint> Endpoint::parse_listen(std::string_view text) {
  return parse_from(text, 0);
}

Result<Endpoint> Endpoint::parse_from(std::string_view text, std::uint16_t lowest_port) {
  constexpr std::string_view unix_scheme = "unix:";
  if (text.starts_with(unix_scheme)) {
    const std::string path(text.substr(unix_scheme.size()));
    if (!path.starts_with('/')) return invalid("the path of a unix socket must be absolute", endpoint_example);
    if (path.find('\0') != std::string::npos) return invalid("the path holds a NUL character", endpoint_example);
    // unix(7): sun_path holds the path and its terminating NUL.
    constexpr std::size_t limit = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > limit)
      return invalid(fmt::format("the path of the unix socket has {} bytes, the system allows {}", path.size(), limit),
                     "Choose a shorter path.");
    return Endpoint(path);
  }
  auto address = HostPort::parse_from(text, lowest_port);
  if (!address) {
    auto error = address.error();
    error.mend = endpoint_example;
    return error;
  }
  if (!address->numeric())
    return invalid("a local service is given by its numeric address, not by a name", endpoint_example);
  return Endpoint(std::move(*address));
}

std::string Endpoint::text() const {
  return is_unix() ? "unix:" + path() : host_port().text();
}

} // namespace sipveil
