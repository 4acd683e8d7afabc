// Calls that take whichever of several peers has a link first (RouteConfig::race). There is one request, and it waits
// for a link; what runs are the dials. It is said to nobody before one of them has won.
#include "bridge/hop/links.h"

#include <algorithm>

namespace sipveil::hop {

bool Links::can_race(const Peers& peers) const {
  return std::ranges::all_of(peers, [this](const auto* peer) { return pool_of(*peer) != nullptr; });
}

Link& Links::race(Call& call, const Peers& peers, TimePoint now) {
  Pool* best = nullptr;
  for (const PeerConfig* peer : peers) {
    if (Link* own = own_link(call, *peer)) return *own;
    Pool* pool = pool_of(*peer);
    if (pool->links.has_ready() && (best == nullptr || pool->links.best() < best->links.best())) best = pool;
  }
  Link* link = nullptr;
  if (best != nullptr) {
    link = find(*best->links.take(now));
    link->standby = false;
  } else {
    for (const PeerConfig* peer : peers) {
      StandbyPool& pool = pool_of(*peer)->links;
      static_cast<void>(pool.take(now)); // none: it is missed
      pool.try_now(now);
    }
    link = &keep(effects_.new_link_id());
    link->source = LinkSource::built;
    link->state = Link::State::waiting;
    link->racing = true;
    link->peer = peers.front();
    link->since = now;
    racing_.push_back(link->id);
  }
  link->ways = peers;
  link->call = call.key;
  call.own_links.push_back(link->id);
  call.link = link->id;
  call.peer = link->peer;
  call.circuit = CircuitPolicy::per_call;
  return *link;
}

std::vector<LinkId> Links::losers(const PeerConfig& peer) {
  std::vector<LinkId> lost;
  if (const Pool* pool = pool_of(peer); pool != nullptr && pool->links.building() > 0) return lost;
  for (const LinkId id : racing_) {
    Link* link = find(id);
    if (link == nullptr || std::ranges::find(link->ways, &peer) == link->ways.end()) continue;
    if (std::ranges::find(link->failed, &peer) == link->failed.end()) link->failed.push_back(&peer);
    if (link->failed.size() == link->ways.size()) lost.push_back(id);
  }
  return lost;
}

} // namespace sipveil::hop
