#include "bridge/doctor/way_to_peer.h"

#include "bridge/config/client_key.h"
#include "control/operations.h"

namespace sipveil::doctor {

namespace asio = boost::asio;

std::optional<DialOptions> options_for(const PeerConfig& peer, const Config& config, const TorChecks& tor) {
  DialOptions options;
  options.timeout = config.tunnel.dial_timeout;
  if (peer.tls_ca_file) options.tls_ca_file = peer.tls_ca_file->string();
  if (std::holds_alternative<ViaDirect>(peer.via)) return options;
  options.isolation = fresh_isolation();
  if (const auto* socks = std::get_if<ViaSocks>(&peer.via)) {
    options.proxy = SocksProxy{socks->endpoint};
    return options;
  }
  if (!tor.socks()) return std::nullopt;
  options.proxy = SocksProxy{*tor.socks()};
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
