#include "transports/address.h"

#include <fmt/format.h>

namespace sipveil {
namespace {

constexpr std::string_view forms = "Write it as tor:<56 characters>.onion:5060, i2p:<52 characters>.b32.i2p, "
                                   "socks5:host:5060, tcp:host:5060 or tls:host:5061.";

Error invalid(std::string what, std::string_view mend) {
  return {Errc::invalid, Fault::configuration, std::move(what), std::string(mend), false};
}

Result<TorPeer> parse_tor(std::string_view rest) {
  constexpr std::string_view form = "Write it as tor:<56 characters>.onion:5060.";
  const auto colon = rest.find(':');
  auto onion = OnionName::parse(rest.substr(0, colon));
  if (!onion) return onion.error();
  if (colon == std::string_view::npos) return invalid("the port of the onion service is missing", form);
  const auto port = parse_port(rest.substr(colon + 1));
  if (!port) return invalid(port.error().what, form);
  return TorPeer{*onion, *port};
}

template <class Peer>
Result<PeerAddress::Value> parse_host_peer(std::string_view rest) {
  auto target = HostPort::parse(rest);
  if (!target) return target.error();
  return PeerAddress::Value(Peer{std::move(*target)});
}

Result<PeerAddress::Value> parse_value(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return invalid("the peer address does not begin with its kind", forms);
  const auto scheme = text.substr(0, colon);
  const auto rest = text.substr(colon + 1);
  if (scheme == "tor") {
    auto peer = parse_tor(rest);
    if (!peer) return peer.error();
    return PeerAddress::Value(*peer);
  }
  if (scheme == "i2p") {
    auto destination = B32Name::parse(rest);
    if (!destination) return destination.error();
    return PeerAddress::Value(I2pPeer{*destination});
  }
  if (scheme == "socks5") return parse_host_peer<SocksPeer>(rest);
  if (scheme == "tcp") return parse_host_peer<TcpPeer>(rest);
  if (scheme == "tls") return parse_host_peer<TlsPeer>(rest);
  return invalid("the peer address begins with no kind that is known", forms);
}

} // namespace

Result<PeerAddress> PeerAddress::parse(std::string_view text) {
  auto value = parse_value(text);
  if (!value) return value.error();
  return PeerAddress(std::move(*value));
}

std::string PeerAddress::text() const {
  struct Writer {
    std::string operator()(const TorPeer& peer) const { return fmt::format("tor:{}:{}", peer.onion.host(), peer.port); }
    std::string operator()(const I2pPeer& peer) const { return "i2p:" + peer.destination.host(); }
    std::string operator()(const SocksPeer& peer) const { return "socks5:" + peer.target.text(); }
    std::string operator()(const TcpPeer& peer) const { return "tcp:" + peer.target.text(); }
    std::string operator()(const TlsPeer& peer) const { return "tls:" + peer.target.text(); }
  };
  return std::visit(Writer{}, value_);
}

} // namespace sipveil
