#include "bridge/hop/links.h"

#include "bridge/hop/public_number.h"

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

bool is_direct(const PeerConfig& peer) {
  return std::holds_alternative<ViaDirect>(peer.via);
}

/// Of those whose number is limited: dialled for one call, through an overlay.
bool counts(const Link& link) {
  return link.source == LinkSource::built && !is_direct(*link.peer);
}

/// Peers to which calls go on circuits of their own.
std::vector<const PeerConfig*> per_call_peers(const Config& config) {
  std::vector<const PeerConfig*> peers;
  const auto add = [&](std::string_view name) {
    const PeerConfig* peer = config.find_peer(name);
    if (peer != nullptr && !is_direct(*peer) && std::ranges::find(peers, peer) == peers.end()) peers.push_back(peer);
  };
  for (const RouteConfig& route : config.routes)
    if (route.circuit == CircuitPolicy::per_call)
      for (const RouteTarget& target : route.peers)
        add(target.peer);
  for (const AccountConfig& account : config.accounts)
    if (account.home) add(*account.home);
  return peers;
}

} // namespace

Links::Links(const Config& config, Effects& effects, const KeyedHash& hash)
    : standby_(config.standby), effects_(effects), hash_(hash) {
  if (standby_.max == 0) return;
  for (const PeerConfig* peer : per_call_peers(config))
    pools_.push_back(std::make_unique<Pool>(Pool{peer, StandbyPool(standby_)}));
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
  if (link.state == Link::State::dialling && counts(link)) --dialling_;
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
  if (isolation) link.credential = public_number(isolation->user + ":" + isolation->password);
  if (counts(link)) {
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

Links::Pool* Links::pool_of(const PeerConfig& peer) {
  const auto found = std::ranges::find_if(pools_, [&](const auto& pool) { return pool->peer == &peer; });
  return found == pools_.end() ? nullptr : found->get();
}

Link* Links::own_link(const Call& call, const PeerConfig& peer) {
  for (const LinkId id : call.own_links)
    if (Link* link = find(id); link != nullptr && link->peer == &peer) return link;
  return nullptr;
}

void Links::write(Link& link, std::string bytes) {
  if (bytes.empty()) return;
  if (!link.up() && counts(link)) link.unsent += bytes;
  if (link.state != Link::State::waiting) effects_.write_link(link.id, std::move(bytes));
}

/// A link that no call has had: opened ahead, else dialled now, else in its turn.
Link& Links::link_for_call(const PeerConfig& peer, std::string bytes, TimePoint now) {
  Pool* pool = pool_of(peer);
  if (const auto ready = pool != nullptr ? pool->links.take(now) : std::nullopt) {
    Link& link = *find(*ready);
    link.standby = false;
    write(link, std::move(bytes));
    return link;
  }
  // Whoever waits has come before.
  if (const auto soonest = pool != nullptr && waiting_.empty() ? pool->links.take_building(now) : std::nullopt) {
    Link& link = *find(*soonest);
    link.standby = false;
    link.source = LinkSource::built;
    link.since = now;
    ++dialling_;
    dials_.push_back(link.id);
    write(link, std::move(bytes));
    return link;
  }
  if (is_direct(peer) || (waiting_.empty() && dialling_ < max_dialling))
    return dial(peer, LinkSource::built, isolation_for(peer, CircuitPolicy::per_call, {}), std::move(bytes), now);
  Link& link = keep(effects_.new_link_id());
  link.peer = &peer;
  link.source = LinkSource::built;
  link.state = Link::State::waiting;
  link.since = now;
  link.unsent = std::move(bytes);
  waiting_.push_back(link.id);
  return link;
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

bool Links::has_ready(const PeerConfig& peer, CircuitPolicy circuit) const {
  return circuit == CircuitPolicy::per_call &&
         std::ranges::any_of(pools_, [&](const auto& pool) { return pool->peer == &peer && pool->links.has_ready(); });
}

void Links::on_up(Link& link, TimePoint now) {
  if (counts(link)) --dialling_;
  link.state = Link::State::up;
  std::string().swap(link.unsent);
  Pool* const pool = link.peer != nullptr ? pool_of(*link.peer) : nullptr;
  if (pool == nullptr) return;
  if (!link.standby) return pool->links.reachable(now);
  pool->links.up(link.id, now);
  effects_.ping_link(link.id);
}

void Links::forget_ended_dials() {
  std::erase_if(dials_, [this](LinkId id) {
    const Link* link = find(id);
    return link == nullptr || link->up();
  });
}

std::optional<Links::Handover> Links::hand_over(TimePoint now) {
  for (const auto& pool : pools_) {
    if (!pool->links.has_ready()) continue;
    const auto serves = [&](LinkId id) {
      const Link* link = find(id);
      return link != nullptr && !link->up() && link->peer == pool->peer &&
             (link->state == Link::State::waiting || now - link->since >= pool->links.stuck_after());
    };
    auto* queue = &waiting_;
    auto first = std::ranges::find_if(waiting_, serves);
    if (first == waiting_.end()) {
      queue = &dials_;
      first = std::ranges::find_if(dials_, serves);
    }
    if (first == queue->end()) continue;
    Link& to = *find(*pool->links.take_ready());
    to.standby = false;
    const LinkId id = *first;
    queue->erase(first);
    Link& from = *find(id);
    to.call = from.call;
    to.requests.splice(to.requests.end(), from.requests);
    effects_.write_link(to.id, std::move(from.unsent));
    close(from);
    return Handover{id, &to};
  }
  return std::nullopt;
}

void Links::on_round_trip(Link& link, Duration measured) {
  if (Pool* pool = link.standby ? pool_of(*link.peer) : nullptr) pool->links.measured(link.id, measured);
}

void Links::standby_gone(Link& link, bool local, TimePoint now) {
  if (Pool* pool = pool_of(*link.peer)) pool->links.gone(link.id, local, now);
  remove(link);
}

Link* Links::suspect_to(const PeerConfig& peer) {
  const auto found = std::ranges::find_if(links_, [&](const auto& entry) {
    const Link& link = *entry.second;
    return link.suspect && link.peer == &peer && !link.pooled;
  });
  return found == links_.end() ? nullptr : found->second.get();
}

void Links::dial_waiting(TimePoint now) {
  while (!waiting_.empty() && dialling_ < max_dialling) {
    Link* link = find(waiting_.front());
    waiting_.pop_front();
    if (link == nullptr) continue; // cancelled meanwhile
    start(*link, isolation_for(*link->peer, CircuitPolicy::per_call, {}), std::move(link->unsent), now);
  }
}

void Links::tend(TimePoint now, bool quiet) {
  forget_ended_dials();
  dial_waiting(now);
  unsigned building = 0;
  for (const auto& pool : pools_)
    building += pool->links.building();
  for (const auto& pool : pools_) {
    const bool may_dial = waiting_.empty() && building < standby_.parallel && !(quiet && pool->links.has_ready());
    const unsigned slots = may_dial ? standby_.parallel - building : 0;
    if (now >= hangs_at(*pool)) {
      pool->refreshed = now;
      effects_.refresh_address(*pool->peer);
    }
    const StandbyPool::Plan plan = pool->links.plan(now, slots);
    for (const LinkId id : plan.close)
      close(*find(id));
    for (unsigned i = 0; i < plan.dial; ++i) {
      Link& link = dial(*pool->peer, LinkSource::standby, fresh_isolation(), {}, now);
      link.standby = true;
      pool->links.dialled(link.id, now);
    }
    building += plan.dial;
  }
}

/// When a dial to this peer has taken, or will have taken, longer than dials do; it is told again now and then.
TimePoint Links::hangs_at(const Pool& pool) const {
  constexpr Duration pause = 3s;
  TimePoint oldest = pool.links.oldest_building();
  for (const LinkId id : dials_)
    if (const auto found = links_.find(id); found != links_.end() && found->second->peer == pool.peer)
      if (!found->second->up()) oldest = std::min(oldest, found->second->since);
  if (oldest == TimePoint::max()) return oldest;
  return std::max(oldest + pool.links.stuck_after(), pool.refreshed + pause);
}

TimePoint Links::next_deadline(TimePoint now) const {
  TimePoint next = TimePoint::max();
  for (const auto& pool : pools_) {
    next = std::min({next, pool->links.next_deadline(now), std::max(hangs_at(*pool), now + 1ms)});
    for (const LinkId id : dials_)
      if (const auto found = links_.find(id); found != links_.end() && found->second->peer == pool->peer)
        if (const TimePoint stuck = found->second->since + pool->links.stuck_after(); stuck > now)
          next = std::min(next, stuck);
  }
  for (const LinkId id : waiting_)
    if (const auto found = links_.find(id); found != links_.end()) {
      next = std::min(next, found->second->since + waiting_time);
      break;
    }
  return next;
}

Link* Links::overdue(TimePoint now) {
  while (!waiting_.empty()) {
    Link* link = find(waiting_.front());
    if (link != nullptr && now - link->since < waiting_time) return nullptr;
    waiting_.pop_front();
    if (link != nullptr) return link;
  }
  return nullptr;
}

std::vector<StandbyReport> Links::reports(TimePoint now) const {
  std::vector<StandbyReport> reports;
  for (const auto& pool : pools_) {
    StandbyReport& report = reports.emplace_back(pool->links.report(now));
    report.peer = pool->peer->name;
    for (const LinkId id : waiting_)
      if (const auto found = links_.find(id); found != links_.end() && found->second->peer == pool->peer)
        ++report.waiting;
  }
  return reports;
}

} // namespace sipveil::hop
