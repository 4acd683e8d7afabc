#include "bridge/hop/router.h"

#include <algorithm>
#include <numeric>

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
  return way;
}

Way Router::to_peer(std::string_view name) const {
  Way way;
  const PeerConfig* peer = config_.find_peer(name);
  if (peer == nullptr) return way;
  way.peers.push_back(peer);
  for (const RouteConfig& route : config_.routes) {
    const bool names_it =
        std::any_of(route.peers.begin(), route.peers.end(), [&](const RouteTarget& t) { return t.peer == name; });
    if (names_it) {
      way.circuit = route.circuit;
      break;
    }
  }
  return way;
}

} // namespace sipveil::hop
