// Links that are opened ahead of calls: a pool for each peer that calls reach on circuits of their own.
#include "bridge/hop/links.h"
#include "bridge/hop/ways.h"

#include <algorithm>

namespace sipveil::hop {
namespace {
/// Peers to which calls go on circuits of their own.
Peers per_call_peers(const Config& config) {
  Peers peers;
  const auto add = [&](std::string_view name) {
    const PeerConfig* peer = config.find_peer(name);
    if (peer != nullptr && has_circuits(*peer) && std::ranges::find(peers, peer) == peers.end()) peers.push_back(peer);
  };
  for (const RouteConfig& route : config.routes)
    if (route.circuit == CircuitPolicy::per_call)
      for (const RouteTarget& target : route.peers)
        add(target.peer);
  for (const AccountConfig& account : config.accounts)
    if (account.home) add(*account.home);
  return peers;
}

/// A second session only to see whether it is faster would cost the router, and those of others, as many tunnels again.
StandbyConfig standby_for(const PeerConfig& peer, StandbyConfig standby) {
  if (has_sessions(peer)) standby.candidates = 1;
  return standby;
}

} // namespace

Links::Pool::Pool(const PeerConfig& to, const StandbyConfig& standby)
    : peer(&to), config(standby_for(to, standby)), links(config) {}

void Links::make_pools(const Config& config) {
  if (standby_.max == 0) return;
  for (const PeerConfig* peer : per_call_peers(config))
    pools_.push_back(std::make_unique<Pool>(*peer, standby_));
}

void Links::note_phone(const PeerConfig& peer, Duration life, TimePoint now) {
  if (!keeps_phones()) return;
  Pool* pool = pool_of(peer);
  if (pool != nullptr && !pool->noted) return;
  if (pool == nullptr) {
    if (life <= Duration::zero()) return;
    pool = pools_.emplace_back(std::make_unique<Pool>(peer, standby_)).get();
  }
  pool->noted = now;
  pool->until = life > Duration::zero() ? std::max(pool->until, now + life) : now;
  drop_phones(now);
}

/// Those whose time is over, and of the rest the ones that were noted longest ago if they are too many.
void Links::drop_phones(TimePoint now) {
  const auto drop = [this](auto which) {
    for (const LinkId id : (*which)->links.give_up())
      if (Link* link = find(id)) close(*link);
    pools_.erase(which);
  };
  const auto is_over = [now](const auto& pool) { return pool->noted && pool->until <= now; };
  for (auto over = std::ranges::find_if(pools_, is_over); over != pools_.end();
       over = std::ranges::find_if(pools_, is_over))
    drop(over);
  const auto noted = [](const auto& pool) { return pool->noted.value_or(TimePoint::max()); };
  const auto is_phone = [](const auto& pool) { return pool->noted.has_value(); };
  while (std::ranges::count_if(pools_, is_phone) > static_cast<std::ptrdiff_t>(standby_.phones))
    drop(std::ranges::min_element(pools_, {}, noted));
}

Links::Pool* Links::pool_of(const PeerConfig& peer) const {
  const auto found = std::ranges::find_if(pools_, [&](const auto& pool) { return pool->peer == &peer; });
  return found == pools_.end() ? nullptr : found->get();
}

bool Links::has_ready(const PeerConfig& peer, CircuitPolicy circuit) const {
  const Pool* pool = circuit == CircuitPolicy::per_call ? pool_of(peer) : nullptr;
  return pool != nullptr && pool->links.has_ready();
}

const PeerConfig* Links::ready_way(const Peers& ways, CircuitPolicy circuit) const {
  const auto found = std::ranges::find_if(ways, [&](const auto* peer) { return has_ready(*peer, circuit); });
  return found == ways.end() ? nullptr : *found;
}

void Links::on_up(Link& link, TimePoint now) {
  if (link.counts()) --dialling_;
  link.state = Link::State::up;
  std::string().swap(link.unsent);
  Pool* const pool = link.peer != nullptr ? pool_of(*link.peer) : nullptr;
  if (pool == nullptr) return;
  if (!link.standby) {
    if (link.there()) pool->links.reachable(now);
    return;
  }
  if (link.there()) pool->links.up(link.id, now); // else with its first pong
  effects_.ping_link(link.id);
}

void Links::on_proved(Link& link, TimePoint now) {
  Pool* const pool = link.peer != nullptr && must_speak(*link.peer) ? pool_of(*link.peer) : nullptr;
  if (pool == nullptr) return;
  if (link.standby) {
    pool->links.up(link.id, now);
  } else {
    pool->links.reachable(now);
  }
}

void Links::on_round_trip(Link& link, Duration measured) {
  if (Pool* pool = link.standby ? pool_of(*link.peer) : nullptr) pool->links.measured(link.id, measured);
}

void Links::standby_gone(Link& link, bool local, TimePoint now) {
  if (Pool* pool = pool_of(*link.peer)) pool->links.gone(link.id, local, now);
  remove(link);
}

/// How many more may be dialled for this pool now, if `building` are being opened ahead for all of them.
unsigned Links::slots(const Pool& pool, unsigned building, bool quiet) const {
  const auto racers = static_cast<unsigned>(std::ranges::count_if(racing_, [&](LinkId id) {
    const auto found = links_.find(id);
    return found != links_.end() && std::ranges::find(found->second->ways, pool.peer) != found->second->ways.end();
  }));
  const unsigned own = pool.links.building();
  const unsigned for_races = std::max(std::min(racers, max_dialling), own) - own;
  // Phones are many and choose their addresses: what the configuration names is not to wait for them.
  const bool behind = pool.noted && std::ranges::any_of(pools_, [](const auto& other) { return !other->noted; });
  const unsigned parallel = behind ? std::max(standby_.parallel, 2U) - 1 : standby_.parallel;
  const unsigned sessions = behind ? sessions_ahead_ / 2 : sessions_ahead_;
  const bool may_dial = waiting_.empty() && building < parallel && !(quiet && pool.links.has_ready());
  const unsigned ahead = may_dial ? parallel - building : 0;
  const unsigned wanted = std::max(ahead, for_races);
  return has_sessions(*pool.peer) ? std::min(wanted, std::max(sessions, sessions_) - sessions_) : wanted;
}

void Links::tend(TimePoint now, bool quiet) {
  forget_ended_dials();
  drop_phones(now);
  dial_waiting(now);
  unsigned building = 0;
  for (const auto& pool : pools_)
    building += pool->links.building();
  for (const auto& pool : pools_) {
    if (now >= hangs_at(*pool)) {
      pool->refreshed = now;
      effects_.refresh_address(*pool->peer);
    }
    const StandbyPool::Plan plan = pool->links.plan(now, slots(*pool, building, quiet));
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
    if (pool->noted) next = std::min(next, pool->until);
  }
  for (const LinkId id : dials_)
    if (const auto found = links_.find(id); found != links_.end())
      if (const TimePoint stuck = stuck_at(*found->second); stuck > now) next = std::min(next, stuck);
  for (const auto* queue : {&waiting_, &racing_})
    for (const LinkId id : *queue)
      if (const auto found = links_.find(id); found != links_.end()) {
        if (const TimePoint stuck = stuck_at(*found->second); stuck > now) next = std::min(next, stuck);
        next = std::min(next, found->second->since + waiting_time);
        break;
      }
  return next;
}

std::vector<StandbyReport> Links::reports(TimePoint now) const {
  std::vector<StandbyReport> reports;
  for (const auto& pool : pools_) {
    StandbyReport& report = reports.emplace_back(pool->links.report(now));
    report.peer = pool->peer->name;
    report.phone = pool->noted.has_value();
    for (const LinkId id : waiting_)
      if (const auto found = links_.find(id); found != links_.end() && found->second->peer == pool->peer)
        ++report.waiting;
  }
  return reports;
}

} // namespace sipveil::hop
