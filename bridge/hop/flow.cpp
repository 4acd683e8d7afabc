#include "bridge/hop/flow.h"

#include <algorithm>
#include <arpa/inet.h>

namespace sipveil::hop {

std::optional<InnerAddress> InnerAddress::parse(std::string_view host, std::uint16_t port) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  char text[INET6_ADDRSTRLEN] = {};
  if (host.empty() || host.size() >= sizeof text || host.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(host.begin(), host.end(), text);
  InnerAddress address;
  address.port = port;
  if (::inet_pton(AF_INET, text, address.ip.data()) == 1) return address;
  address.v6 = true;
  if (::inet_pton(AF_INET6, text, address.ip.data()) == 1) return address;
  return std::nullopt;
}

std::string InnerAddress::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, ip.data(), text, sizeof text);
  return text;
}

std::string InnerAddress::text() const {
  const std::string name = v6 ? "[" + host() + "]" : host();
  return name + ":" + std::to_string(port);
}

} // namespace sipveil::hop
