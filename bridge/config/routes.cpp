#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sipveil {
namespace {

constexpr std::array<std::pair<std::string_view, CircuitPolicy>, 4> policies{
    {{"per-call", CircuitPolicy::per_call},
     {"per-identity", CircuitPolicy::per_identity},
     {"per-peer", CircuitPolicy::per_peer},
     {"shared", CircuitPolicy::shared}}};

class TargetList {
 public:
  TargetList(Reading& reading, const Names& names) : reading_(reading), names_(names) {}

  void add(const Text& name, std::uint16_t priority, std::uint16_t weight) {
    if (!is_peer(name, names_, reading_)) return;
    if (std::ranges::find(targets_, name.value, &RouteTarget::peer) != targets_.end()) {
      reading_.mistake(name.place, fmt::format("the peer {} is there twice", in_quotes(name.value)));
    } else {
      targets_.push_back({name.value, priority, weight});
    }
  }

  [[nodiscard]] std::vector<RouteTarget> take() { return std::move(targets_); }

 private:
  Reading& reading_;
  const Names& names_;
  std::vector<RouteTarget> targets_;
};

std::vector<RouteTarget> read_targets(Reader& reader, const Names& names) {
  TargetList targets(reader.reading(), names);
  const auto count = reader.items(
      "peers", [&](const Text& name) { targets.add(name, 1, 1); },
      [&](Reader& table) {
        const auto name = table.required_text("peer", "Write peer = \"...\", the name of a [[peer]].");
        const auto priority = table.integer("priority", 0, 65535);
        const auto weight = table.integer("weight", 1, 65535);
        if (name)
          targets.add(*name, static_cast<std::uint16_t>(priority.value_or(1)),
                      static_cast<std::uint16_t>(weight.value_or(1)));
      });
  if (!reader.has("peers"))
    reader.reading().mistake(reader.place("peers"), "is missing", "Write peers = [\"...\"], the names of [[peer]]s.");
  else if (count == 0U)
    reader.reading().mistake(reader.place("peers"), "is empty", "Name at least one [[peer]].");
  return targets.take();
}

/// What carries all streams from one I2P destination cannot give each call or user one of its own: the peer relates
/// them whatever the route says.
void check_circuit(const Reader& reader, const RouteConfig& route, const Config& config) {
  if (route.circuit != CircuitPolicy::per_call && route.circuit != CircuitPolicy::per_identity) return;
  for (const RouteTarget& target : route.peers) {
    const PeerConfig* peer = config.find_peer(target.peer);
    if (peer == nullptr) continue; // a mistake already
    const auto* i2p = std::get_if<ViaI2p>(&peer->via);
    std::string why;
    if (i2p != nullptr && i2p->own_destination)
      why = fmt::format("{} sees all calls come from our own destination (i2p_identity = \"own\")",
                        in_quotes(peer->name));
    else if (is_i2p_proxy(*peer))
      why = fmt::format("i2pd's HTTP proxy makes all calls to {} from one destination", in_quotes(peer->name));
    else
      continue;
    reader.reading().mistake(reader.place("circuit"),
                             fmt::format("\"{}\" cannot be kept: {}", name(route.circuit), why),
                             "Write circuit = \"per-peer\" or \"shared\" if that shall be so; else reach the peer via "
                             "\"i2p\" with i2p_identity = \"transient\".");
  }
}

/// A race is between links that stand ready, one of which a call takes for itself alone.
void check_race(const Reader& reader, const RouteConfig& route, const Config& config) {
  const auto mistake = [&](std::string text, std::string mend) {
    reader.reading().mistake(reader.place("race"), std::move(text), std::move(mend));
  };
  if (route.circuit != CircuitPolicy::per_call)
    return mistake("only links of circuit = \"per-call\" are raced", "Remove one of both keys.");
  const auto first = std::ranges::min(route.peers, {}, &RouteTarget::priority).priority;
  if (std::ranges::count(route.peers, first, &RouteTarget::priority) < 2)
    return mistake("takes two peers, and only one has the lowest priority", "Give another the same priority.");
  for (const RouteTarget& target : route.peers) {
    const PeerConfig* peer = target.priority == first ? config.find_peer(target.peer) : nullptr;
    if (peer != nullptr && std::holds_alternative<ViaDirect>(peer->via))
      mistake(fmt::format("{} is dialled directly and has no links opened ahead", in_quotes(peer->name)),
              "Give it another priority, or remove race.");
  }
  if (config.standby.max == 0)
    mistake("there are no links opened ahead: [standby] max is 0", "Write a larger max, or remove race.");
}

} // namespace

std::optional<RouteConfig> read_route(Reader& reader, Names& names, const Config& config) {
  RouteConfig route;
  const auto text = reader.required_text("domain", "Write domain = \"...\", or \"*\" for every other domain.");
  if (const auto host = text ? domain(*text, reader.reading()) : std::nullopt) {
    const auto [taken, is_new] = names.domains.emplace(*host, text->place.line);
    if (!is_new)
      reader.reading().mistake(text->place,
                               fmt::format("{} already has the route of line {}", in_quotes(*host), taken->second),
                               "Put all peers of a domain into one [[route]].");
    route.domain = *host;
  }
  route.peers = read_targets(reader, names);
  route.circuit = reader.choice<CircuitPolicy>("circuit", policies).value_or(route.circuit);
  route.race = reader.boolean("race").value_or(false);
  if (route.domain.empty() || route.peers.empty()) return std::nullopt;
  check_circuit(reader, route, config);
  if (route.race) check_race(reader, route, config);
  return route;
}

} // namespace sipveil
