// The configuration file: nothing that it holds may crash the reader, and what is accepted keeps what config.h
// promises.
#include "bridge/config/load.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const sipveil::Config& config) {
  require(config.state_dir.is_absolute());
  require(!config.inner.listen.empty());
  require(!config.onion || (config.tor && config.inner.deliver_to));
  require(!config.onion || !config.onion->single_hop || config.tor->spawn);
  require(config.standby.min <= config.standby.max && config.standby.max <= 64);
  require(config.standby.parallel >= 1 && config.standby.candidates >= 1);
  require(!config.metrics || config.metrics->listen.host() == "::1" ||
          config.metrics->listen.host().starts_with("127."));
  for (const auto& peer : config.peers) {
    require(!std::holds_alternative<sipveil::I2pPeer>(peer.address.value()));
    require(config.tor || !std::holds_alternative<sipveil::ViaTor>(peer.via));
    require(!std::holds_alternative<sipveil::ViaDirect>(peer.via) ||
            !std::holds_alternative<sipveil::TorPeer>(peer.address.value()));
    const bool plain = std::holds_alternative<sipveil::TcpPeer>(peer.address.value()) ||
                       std::holds_alternative<sipveil::SocksPeer>(peer.address.value());
    require(peer.plaintext_exit == (plain && !std::holds_alternative<sipveil::ViaDirect>(peer.via)));
  }
  for (const auto& route : config.routes) {
    require(!route.peers.empty());
    for (const auto& target : route.peers)
      require(config.find_peer(target.peer) != nullptr);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = sipveil::parse(text, "/etc/sipveil.toml", sipveil::KeyFiles::unchecked);
  if (const auto* config = std::get_if<sipveil::Config>(&result))
    check(*config);
  else
    require(!std::get<std::vector<sipveil::Mistake>>(result).empty());
  return 0;
}
