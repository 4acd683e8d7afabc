// Links that calls have to wait for: dialled for them, or not yet, because too many others are.
#include "bridge/hop/links.h"
#include "bridge/hop/ways.h"

#include <algorithm>

namespace sipveil::hop {

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
    if (!link.up()) { // else it waits for its first pong
      ++dialling_;
      dials_.push_back(link.id);
    }
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

void Links::forget_ended_dials() {
  std::erase_if(dials_, [this](LinkId id) {
    const Link* link = find(id);
    return link == nullptr || link->up();
  });
}

/// When it has waited for so long that a link to another of its ways is better than it.
TimePoint Links::stuck_at(const Link& link) const {
  const Pool* pool = pool_of(*link.peer);
  return pool != nullptr ? link.since + pool->links.stuck_after() : TimePoint::max();
}

/// The first call that a ready link of this pool shall serve.
Link* Links::served_by(const Pool& pool, TimePoint now) {
  const auto serves = [&](LinkId id) {
    const Link* link = find(id);
    if (link == nullptr || link->up()) return false;
    const bool own = link->peer == pool.peer;
    if (!own && std::ranges::find(link->ways, pool.peer) == link->ways.end()) return false;
    return link->racing || (own && link->state == Link::State::waiting) || now >= stuck_at(*link);
  };
  for (auto* queue : {&racing_, &waiting_, &dials_})
    if (const auto first = std::ranges::find_if(*queue, serves); first != queue->end()) {
      Link* link = find(*first);
      queue->erase(first);
      return link;
    }
  return nullptr;
}

std::optional<Links::Handover> Links::hand_over(TimePoint now) {
  for (const auto& pool : pools_) {
    Link* from = pool->links.has_ready() ? served_by(*pool, now) : nullptr;
    if (from == nullptr) continue;
    Link& to = *find(*pool->links.take_ready());
    to.standby = false;
    const LinkId id = from->id;
    to.call = from->call;
    to.ways = from->ways;
    to.requests.splice(to.requests.end(), from->requests);
    write(to, std::move(from->unsent));
    close(*from);
    return Handover{id, &to};
  }
  return std::nullopt;
}

void Links::dial_waiting(TimePoint now) {
  while (!waiting_.empty() && dialling_ < max_dialling) {
    Link* link = find(waiting_.front());
    waiting_.pop_front();
    if (link == nullptr) continue; // cancelled meanwhile
    start(*link, isolation_for(*link->peer, CircuitPolicy::per_call, {}), std::move(link->unsent), now);
  }
}

Link* Links::overdue(TimePoint now) {
  for (auto* queue : {&waiting_, &racing_})
    while (!queue->empty()) {
      Link* link = find(queue->front());
      if (link != nullptr && now - link->since < waiting_time) break;
      queue->pop_front();
      if (link != nullptr) return link;
    }
  return nullptr;
}

} // namespace sipveil::hop
