#include "bridge/doctor/way_to_peer.h"

#include "bridge/config/client_key.h"
#include "control/operations.h"

namespace sipveil::doctor {

namespace asio = boost::asio;

namespace {

/// nullopt: a network that cannot be used.
struct WayThrough {
  const LocalNetworks& networks;
  std::optional<DialVia> operator()(const ViaDirect&) const { return NoProxy{}; }
  std::optional<DialVia> operator()(const ViaSocks& socks) const { return SocksProxy{socks.endpoint}; }
  std::optional<DialVia> operator()(const ViaHttp& http) const { return HttpProxy{http.endpoint}; }
  std::optional<DialVia> operator()(const ViaTor&) const {
    if (!networks.tor.socks()) return std::nullopt;
    return SocksProxy{*networks.tor.socks()};
  }
  std::optional<DialVia> operator()(const ViaI2p&) const {
    if (networks.i2p.sessions() == nullptr) return std::nullopt;
    return networks.i2p.sessions();
  }
};

} // namespace

std::optional<DialOptions> options_for(const PeerConfig& peer, const Config& config, const LocalNetworks& networks) {
  auto via = std::visit(WayThrough{networks}, peer.via);
  if (!via) return std::nullopt;
  DialOptions options;
  options.via = std::move(*via);
  options.timeout = config.tunnel.dial_timeout;
  if (peer.tls_ca_file) options.tls_ca_file = peer.tls_ca_file->string();
  if (!std::holds_alternative<ViaDirect>(peer.via)) options.isolation = fresh_isolation();
  return options;
}

asio::awaitable<Result<std::string>> talk_at(PeerAddress address, DialOptions options, const PeerTalk& talk) {
  auto stream = co_await dial(address, std::move(options));
  if (!stream) co_return stream.error();
  auto outcome = co_await talk(**stream);
  (*stream)->close();
  co_return outcome;
}

asio::awaitable<Result<std::string>> talk_to(const PeerConfig& peer, DialOptions options, TorChecks& tor, bool running,
                                             const PeerTalk& talk) {
  const bool lends_key = peer.client_key_file && !running;
  if (!lends_key) co_return co_await talk_at(peer.address, std::move(options), talk);
  auto key = read_client_key(*peer.client_key_file);
  if (!key) co_return key.error();
  const OnionName onion = std::get<TorPeer>(peer.address.value()).onion;
  const auto added = co_await control::onion_client_auth_add(tor.client(), onion, std::move(*key));
  if (!added) co_return added.error();
  auto outcome = co_await talk_at(peer.address, std::move(options), talk);
  static_cast<void>(co_await control::onion_client_auth_remove(tor.client(), onion));
  co_return outcome;
}

} // namespace sipveil::doctor
