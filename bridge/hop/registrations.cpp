#include "bridge/hop/registrations.h"

namespace sipveil::hop {

void Registrations::bind(std::string_view contact, LinkId link) {
  const Digest key = hash_({name_of(contact)});
  const auto found = flows_.find(key);
  if (found == flows_.end() && flows_.size() >= max_flows) return;
  if (found != flows_.end()) {
    if (found->second == link) return;
    std::erase(by_link_[found->second], key);
  }
  flows_[key] = link;
  by_link_[link].push_back(key);
}

std::string Registrations::name_of(std::string_view contact) {
  constexpr std::size_t enough = 32; // 160 bits, the synthetic IV among them
  const auto colon = contact.find(':');
  return "flow:" + std::string(contact.substr(colon == std::string_view::npos ? 0 : colon + 1, enough));
}

LinkId Registrations::link_of(std::string_view contact) const {
  return link_named(name_of(contact));
}

LinkId Registrations::link_named(std::string_view name) const {
  const auto found = flows_.find(hash_({name}));
  return found == flows_.end() ? 0 : found->second;
}

void Registrations::link_gone(LinkId link) {
  const auto found = by_link_.find(link);
  if (found == by_link_.end()) return;
  for (const Digest& key : found->second)
    flows_.erase(key);
  by_link_.erase(found);
}

const PeerConfig* Registrations::peer_at(std::string_view address, Purpose purpose) {
  const std::string name(address);
  if (const auto known = peers_.find(name); known != peers_.end()) return known->second.get();
  auto parsed = PeerAddress::parse(name);
  if (!parsed || peers_.size() >= (purpose == Purpose::call ? max_peers : max_peers / 2)) return nullptr;
  std::optional<Via> via;
  if (std::holds_alternative<TorPeer>(parsed->value())) via = ViaTor{};
  if (std::holds_alternative<I2pPeer>(parsed->value())) via = ViaI2p{};
  if (!via) return nullptr;
  auto peer = std::make_unique<PeerConfig>(PeerConfig{.name = name, .address = *std::move(parsed), .via = *via});
  return (peers_[name] = std::move(peer)).get();
}

} // namespace sipveil::hop
