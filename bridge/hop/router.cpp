#include "bridge/hop/router.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sipveil::hop {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

/// RFC 2782: lowest priority first, within one priority a weighted draw without replacement.
std::vector<RouteTarget> draw_order(std::vector<RouteTarget> targets, const std::function<std::uint64_t()>& random) {
  std::stable_sort(targets.begin(), targets.end(),
                   [](const RouteTarget& a, const RouteTarget& b) { return a.priority < b.priority; });
  for (auto first = targets.begin(); first != targets.end(); ++first) {
    const auto last = std::find_if(first, targets.end(), [&](const auto& t) { return t.priority != first->priority; });
    if (last - first < 2) continue;
    const auto total =
        std::accumulate(first, last, std::uint64_t{0}, [](std::uint64_t sum, const auto& t) { return sum + t.weight; });
    std::uint64_t drawn = random() % total;
    auto chosen = first;
    while (drawn >= chosen->weight)
      drawn -= (chosen++)->weight;
    std::iter_swap(first, chosen);
  }
  return targets;
}

bool names(const RouteConfig& route, std::string_view peer) {
  return std::ranges::find(route.peers, peer, &RouteTarget::peer) != route.peers.end();
}

/// Those of the lowest priority, if there are several.
std::size_t raced(const std::vector<RouteTarget>& targets) {
  const auto lowest = std::ranges::min(targets, {}, &RouteTarget::priority).priority;
  const auto count = static_cast<std::size_t>(std::ranges::count(targets, lowest, &RouteTarget::priority));
  return count > 1 ? count : 0;
}

} // namespace

Router::Router(const Config& config, std::function<std::uint64_t()> random)
    : config_(config), random_(std::move(random)) {}

Way Router::find(std::string_view domain) const {
  const RouteConfig* found = nullptr;
  for (const RouteConfig& route : config_.routes) {
    if (equal_without_case(route.domain, domain)) {
      found = &route;
      break;
    }
    if (route.domain == "*") found = &route;
  }
  Way way;
  if (found == nullptr) return way;
  way.circuit = found->circuit;
  for (const RouteTarget& target : draw_order(found->peers, random_))
    way.peers.push_back(config_.find_peer(target.peer));
  if (found->race) way.racing = raced(found->peers);
  return way;
}

Way Router::to_peer(std::string_view name) const {
  Way way;
  const PeerConfig* peer = config_.find_peer(name);
  if (peer == nullptr) return way;
  way.peers.push_back(peer);
  bool named = false;
  for (const RouteConfig& route : config_.routes) {
    if (!names(route, name)) continue;
    if (!std::exchange(named, true)) {
      way.circuit = route.circuit;
      for (const RouteTarget& target : draw_order(route.peers, random_))
        if (const PeerConfig* other = config_.find_peer(target.peer); other != peer && same_end(*peer, *other))
          way.peers.push_back(other);
    }
    std::erase_if(way.peers, [&](const PeerConfig* other) { return !names(route, other->name); });
  }
  return way;
}

} // namespace sipveil::hop
