#include "bridge/hop/links.h"

#include "bridge/hop/public_number.h"
#include "bridge/hop/ways.h"

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

/// The rest is for calls that find none: each session open ahead of calls would keep one of them out.
unsigned most_sessions_ahead(unsigned sessions) {
  return sessions - std::max(sessions / 4, 1U);
}

} // namespace

Links::Links(const Config& config, Effects& effects, const KeyedHash& hash)
    : standby_(config.standby), effects_(effects), hash_(hash),
      sessions_ahead_(config.i2p ? most_sessions_ahead(config.i2p->sessions) : 0) {
  make_pools(config);
}

Link* Links::find(LinkId id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second.get();
}

Link& Links::add_inbound(LinkId id) {
  Link& link = keep(id);
  link.state = Link::State::up;
  link.inbound = true;
  return link;
}

Link& Links::keep(LinkId id) {
  if (first_ == 0) first_ = id;
  last_ = std::max(last_, id);
  auto& slot = links_[id];
  slot = std::make_unique<Link>();
  slot->id = id;
  return *slot;
}

void Links::remove(Link& link) {
  if (link.state == Link::State::dialling && link.counts()) --dialling_;
  if (link.peer != nullptr && link.state != Link::State::waiting && has_sessions(*link.peer)) --sessions_;
  if (link.pooled) pooled_.erase(*link.pooled);
  for (const Digest& key : link.moved_here)
    if (const auto found = moved_.find(key); found != moved_.end() && found->second == link.id) moved_.erase(found);
  links_.erase(link.id);
}

void Links::close(Link& link) {
  const LinkId id = link.id;
  const bool dialled = link.state != Link::State::waiting;
  remove(link);
  if (dialled) effects_.close_link(id);
}

Digest Links::moved_key(const Digest& call, LinkId sealed) const {
  return hash_({"moved", std::to_string(call.high), std::to_string(call.low), std::to_string(sealed)});
}

void Links::note_moved(const Digest& key, Link& link) {
  LinkId& now_at = moved_[key];
  if (now_at == link.id) return;
  if (Link* before = find(now_at)) std::erase(before->moved_here, key);
  now_at = link.id;
  link.moved_here.push_back(key);
}

Link* Links::inbound_of(const Digest& key, LinkId sealed) {
  const auto found = moved_.empty() ? moved_.end() : moved_.find(key);
  return find(found == moved_.end() ? sealed : found->second);
}

std::optional<Isolation> Links::isolation_for(const PeerConfig& peer, CircuitPolicy circuit,
                                              std::string_view identity) const {
  if (is_direct(peer)) return std::nullopt;
  if (circuit == CircuitPolicy::per_call) return fresh_isolation();
  std::string scope(name(circuit));
  scope += ' ';
  scope += sharing_scope(circuit, peer, identity);
  return scopes_.of(scope);
}

void Links::start(Link& link, std::optional<Isolation> isolation, std::string first, TimePoint now) {
  link.state = Link::State::dialling;
  link.since = now;
  if (has_sessions(*link.peer)) ++sessions_;
  if (isolation) link.credential = public_number(isolation->user + ":" + isolation->password);
  if (link.counts()) {
    ++dialling_;
    dials_.push_back(link.id);
    link.unsent = first;
  }
  effects_.open_link(link.id, *link.peer, std::move(isolation), std::move(first));
}

Link& Links::dial(const PeerConfig& peer, LinkSource source, std::optional<Isolation> isolation, std::string first,
                  TimePoint now) {
  Link& link = keep(effects_.new_link_id());
  link.peer = &peer;
  link.source = source;
  start(link, std::move(isolation), std::move(first), now);
  return link;
}

Link* Links::own_link(const Call& call, const PeerConfig& peer) {
  for (const LinkId id : call.own_links)
    if (Link* link = find(id); link != nullptr && link->peer == &peer) return link;
  return nullptr;
}

void Links::write(Link& link, std::string bytes) {
  if (bytes.empty()) return;
  if (!link.up() && link.counts()) link.unsent += bytes;
  if (link.state != Link::State::waiting) effects_.write_link(link.id, std::move(bytes));
}

Link& Links::send(Call& call, const PeerConfig& peer, CircuitPolicy circuit, std::string_view identity,
                  std::string bytes, TimePoint now) {
  Link* link = nullptr;
  if (circuit == CircuitPolicy::per_call) {
    link = own_link(call, peer);
    if (link != nullptr) {
      write(*link, std::move(bytes));
    } else {
      link = &link_for_call(peer, std::move(bytes), now);
      link->call = call.key;
      link->ways = call.ways.empty() ? Peers{&peer} : call.ways;
      call.own_links.push_back(link->id);
    }
  } else {
    const Digest key = hash_({"pool", name(circuit), sharing_scope(circuit, peer, identity), peer.name});
    const auto found = pooled_.find(key);
    link = found == pooled_.end() ? nullptr : find(found->second);
    if (link != nullptr) {
      write(*link, std::move(bytes));
    } else {
      link = &dial(peer, LinkSource::shared, isolation_for(peer, circuit, identity), std::move(bytes), now);
      link->pooled = key;
      pooled_[key] = link->id;
    }
  }
  call.link = link->id;
  call.peer = &peer;
  call.circuit = circuit;
  if (circuit == CircuitPolicy::per_identity) call.identity = identity;
  return *link;
}

Link* Links::suspect_to(const PeerConfig& peer) {
  const auto found = std::ranges::find_if(links_, [&](const auto& entry) {
    const Link& link = *entry.second;
    return link.suspect && !link.pooled &&
           (link.peer == &peer || std::ranges::find(link.ways, &peer) != link.ways.end());
  });
  return found == links_.end() ? nullptr : found->second.get();
}

} // namespace sipveil::hop
