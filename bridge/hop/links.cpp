#include "bridge/hop/links.h"

#include <algorithm>

namespace sipveil::hop {
namespace {

/// What a circuit may be shared by; empty for per-call, which shares nothing.
std::string_view sharing_scope(CircuitPolicy circuit, const PeerConfig& peer, std::string_view identity) {
  switch (circuit) {
  case CircuitPolicy::per_call: return {};
  case CircuitPolicy::per_identity: return identity;
  case CircuitPolicy::per_peer: return peer.name;
  case CircuitPolicy::shared: return "all";
  }
  return {};
}

} // namespace

Link* Links::find(LinkId id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second.get();
}

Link& Links::add_inbound(LinkId id, TimePoint now) {
  auto link = std::make_unique<Link>();
  link->id = id;
  link->up = true;
  link->inbound = true;
  link->up_at = now;
  return keep(id, std::move(link));
}

Link& Links::keep(LinkId id, std::unique_ptr<Link> link) {
  if (first_ == 0) first_ = id;
  last_ = std::max(last_, id);
  return *(links_[id] = std::move(link));
}

void Links::remove(Link& link) {
  if (link.pooled) pooled_.erase(*link.pooled);
  for (const Digest& call : link.moved_here)
    if (const auto found = moved_.find(call); found != moved_.end() && found->second == link.id) moved_.erase(found);
  links_.erase(link.id);
}

Digest Links::moved_key(const Digest& call, LinkId sealed) const {
  return hash_({"moved", std::to_string(call.high), std::to_string(call.low), std::to_string(sealed)});
}

void Links::note_moved(const Digest& call, LinkId sealed, Link& link) {
  const Digest key = moved_key(call, sealed);
  LinkId& now_at = moved_[key];
  if (now_at == link.id) return;
  if (Link* before = find(now_at)) std::erase(before->moved_here, key);
  now_at = link.id;
  link.moved_here.push_back(key);
}

Link* Links::inbound_of(const Digest& call, LinkId sealed) {
  const auto found = moved_.empty() ? moved_.end() : moved_.find(moved_key(call, sealed));
  return find(found == moved_.end() ? sealed : found->second);
}

std::optional<Isolation> Links::isolation_for(const PeerConfig& peer, CircuitPolicy circuit,
                                              std::string_view identity) const {
  if (std::holds_alternative<ViaDirect>(peer.via)) return std::nullopt;
  if (circuit == CircuitPolicy::per_call) return fresh_isolation();
  std::string scope(name(circuit));
  scope += ' ';
  scope += sharing_scope(circuit, peer, identity);
  return scopes_.of(scope);
}

Link& Links::dial(const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) {
  const LinkId id = effects_.open_link(peer, std::move(isolation), std::move(first));
  auto link = std::make_unique<Link>();
  link->id = id;
  link->peer = &peer;
  return keep(id, std::move(link));
}

Link* Links::own_link(const Call& call, const PeerConfig& peer) {
  for (const LinkId id : call.own_links)
    if (Link* link = find(id); link != nullptr && link->peer == &peer) return link;
  return nullptr;
}

Link& Links::send(Call& call, const PeerConfig& peer, CircuitPolicy circuit, std::string_view identity,
                  std::string bytes) {
  std::optional<Digest> pool_key;
  Link* link = nullptr;
  if (circuit == CircuitPolicy::per_call) {
    link = own_link(call, peer);
  } else {
    pool_key = hash_({"pool", name(circuit), sharing_scope(circuit, peer, identity), peer.name});
    const auto found = pooled_.find(*pool_key);
    link = found == pooled_.end() ? nullptr : find(found->second);
  }
  if (link != nullptr) {
    effects_.write_link(link->id, std::move(bytes));
  } else {
    link = &dial(peer, isolation_for(peer, circuit, identity), std::move(bytes));
    link->pooled = pool_key;
    if (pool_key) {
      pooled_[*pool_key] = link->id;
    } else {
      link->call = call.key;
      call.own_links.push_back(link->id);
    }
  }
  call.link = link->id;
  call.peer = &peer;
  call.circuit = circuit;
  if (circuit == CircuitPolicy::per_identity) call.identity = identity;
  return *link;
}

} // namespace sipveil::hop
