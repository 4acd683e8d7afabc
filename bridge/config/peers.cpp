#include "bridge/config/client_key.h"
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

constexpr std::string_view socks_prefix = "socks:";
constexpr std::string_view without_tor = "there is no [tor] section, and this peer goes through tor";
constexpr std::string_view add_tor = "Add [tor], or write via = \"socks:127.0.0.1:9050\" for another SOCKS port.";

bool is_name(std::string_view text) {
  constexpr std::size_t longest = 64; // it stands in log lines and metrics labels
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !text.empty() && text.size() <= longest && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Notes the name as taken, whatever else is wrong with the peer, so that a route to it is not a second mistake.
std::optional<std::string> read_name(Reader& reader, Names& names) {
  const auto text = reader.required_text("name", "Write name = \"...\": routes refer to it.");
  if (!text) return std::nullopt;
  if (!is_name(text->value)) {
    reader.reading().mistake(text->place, fmt::format("{} is not a name", in_quotes(text->value)),
                             "Use 1 to 64 letters, digits, '.', '_' or '-'.");
    return std::nullopt;
  }
  const auto [taken, is_new] = names.peers.emplace(text->value, text->place.line);
  if (is_new) return text->value;
  reader.reading().mistake(text->place,
                           fmt::format("{} is already the peer of line {}", in_quotes(text->value), taken->second));
  return std::nullopt;
}

std::optional<PeerAddress> read_address(Reader& reader) {
  const auto text = reader.required_text("address", "Write address = \"tor:<onion address>:5060\".");
  if (!text) return std::nullopt;
  const auto parsed = PeerAddress::parse(text->value);
  if (!parsed) {
    reader.reading().mistake(text->place, parsed.error().what, parsed.error().mend);
    return std::nullopt;
  }
  if (!std::holds_alternative<I2pPeer>(parsed->value())) return *parsed;
  reader.reading().mistake(text->place, "I2P peers are not supported yet", "Use the peer's tor: address.");
  return std::nullopt;
}

/// What `via` says, before it is held against the address.
std::optional<Via> read_via_text(const Text& text, Reading& reading) {
  if (text.value == "tor") return ViaTor{};
  if (text.value == "direct") return ViaDirect{};
  if (text.value.starts_with(socks_prefix)) {
    const auto proxy = endpoint({text.value.substr(socks_prefix.size()), text.place}, reading);
    return proxy ? std::optional<Via>(ViaSocks{*proxy}) : std::nullopt;
  }
  reading.mistake(text.place, fmt::format("{} is not a known value", in_quotes(text.value)),
                  "Write \"tor\", \"direct\" or \"socks:127.0.0.1:9150\".");
  return std::nullopt;
}

std::optional<Via> read_via(Reader& reader, const PeerAddress& address, bool tor) {
  Reading& reading = reader.reading();
  std::optional<Via> via;
  if (const auto text = reader.text("via")) {
    via = read_via_text(*text, reading);
  } else if (reader.has("via")) {
    return std::nullopt;
  } else if (std::holds_alternative<TcpPeer>(address.value())) {
    // Plain TCP shows everything to everybody on the way, so nobody gets it by leaving a line out.
    reading.mistake(
        reader.place("via"), "is missing, and a tcp: address has no default",
        "Make it a tls: address, which the exit cannot read; or write via = \"direct\" to dial in the clear, or "
        "via = \"tor\" and plaintext_exit = true.");
  } else {
    via = ViaTor{};
  }
  if (!via) return std::nullopt;
  if (std::holds_alternative<ViaTor>(*via) && !tor) {
    reading.mistake(reader.place("via"), std::string(without_tor), std::string(add_tor));
    return std::nullopt;
  }
  if (!std::holds_alternative<ViaDirect>(*via)) return via;
  if (std::holds_alternative<TorPeer>(address.value())) {
    reading.mistake(reader.place("via"), "an onion address cannot be dialled directly", "Write via = \"tor\".");
    return std::nullopt;
  }
  if (std::holds_alternative<SocksPeer>(address.value())) {
    reading.mistake(reader.place("via"), "a socks5: address needs a SOCKS port to go through",
                    "Write via = \"tor\" or via = \"socks:host:port\", or make the address tcp:.");
    return std::nullopt;
  }
  return via;
}

void read_client_key_file(Reader& reader, PeerConfig& peer) {
  const auto text = reader.text("client_key_file");
  if (!text) return;
  Reading& reading = reader.reading();
  if (!std::holds_alternative<TorPeer>(peer.address.value()) || !std::holds_alternative<ViaTor>(peer.via)) {
    reading.mistake(text->place, "only a tor: address dialled via \"tor\" takes a client key",
                    "Remove the key: it is given to tor by its control port.");
    return;
  }
  peer.client_key_file = secret_file(*text, reading);
  if (!peer.client_key_file || !reading.look_at_files) return;
  // Read and forgotten: a wrong key shall be found now, not by the first call.
  if (const auto key = read_client_key(*peer.client_key_file); !key)
    reading.mistake(text->place, key.error().what, key.error().mend);
}

void read_tls_ca_file(Reader& reader, PeerConfig& peer) {
  const auto text = reader.text("tls_ca_file");
  if (!text) return;
  if (std::holds_alternative<TlsPeer>(peer.address.value()))
    peer.tls_ca_file = existing_file(*text, reader.reading());
  else
    reader.reading().mistake(text->place, "only a tls: address takes a file of authorities", "Remove the key.");
}

/// Plain SIP leaves a proxy's exit as it is. (An onion service has no exit, and its name stands in tor: addresses
/// alone.)
bool exit_reads(const PeerAddress& address, const Via& via) {
  if (std::holds_alternative<ViaDirect>(via)) return false;
  return std::holds_alternative<TcpPeer>(address.value()) || std::holds_alternative<SocksPeer>(address.value());
}

void read_plaintext_exit(Reader& reader, PeerConfig& peer) {
  const auto given = reader.boolean("plaintext_exit");
  peer.plaintext_exit = given.value_or(false);
  const bool needed = exit_reads(peer.address, peer.via);
  if (needed && !reader.has("plaintext_exit"))
    reader.reading().mistake(reader.place("address"),
                             "whoever runs the exit could read and alter every call of this peer",
                             "Make it a tls: address; or write plaintext_exit = true if that shall be so.");
  else if (needed && given == false)
    reader.reading().mistake(reader.place("plaintext_exit"),
                             "is false, and this peer's calls pass an exit in plain text", "Make it a tls: address.");
  else if (!needed && peer.plaintext_exit)
    reader.reading().mistake(reader.place("plaintext_exit"),
                             "only tcp: and socks5: addresses pass an exit in plain text, if not via \"direct\"",
                             "Remove the key.");
}

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

} // namespace

bool is_peer(const Text& name, const Names& names, Reading& reading) {
  if (names.peers.contains(name.value)) return true;
  std::vector<std::string> known;
  for (const auto& [peer, line] : names.peers)
    known.push_back(peer);
  const auto meant = nearest(name.value, known);
  reading.mistake(name.place, fmt::format("no peer is named {}", in_quotes(name.value)),
                  meant ? fmt::format("Did you mean \"{}\"?", *meant) : "Add a [[peer]] of this name.");
  return false;
}

std::optional<PeerConfig> read_peer(Reader& reader, Names& names) {
  const auto name = read_name(reader, names);
  const auto address = read_address(reader);
  const auto keepalive = reader.boolean("keepalive").value_or(true);
  if (!address) {
    // Without an address these cannot be judged, but they are known keys.
    if (const auto via = reader.text("via")) read_via_text(*via, reader.reading());
    if (const auto key = reader.text("client_key_file")) secret_file(*key, reader.reading());
    if (const auto authorities = reader.text("tls_ca_file")) existing_file(*authorities, reader.reading());
    reader.boolean("plaintext_exit");
    return std::nullopt;
  }
  const auto via = read_via(reader, *address, names.tor);
  PeerConfig peer{
      .name = name.value_or(""), .address = *address, .via = via.value_or(ViaTor{}), .keepalive = keepalive};
  read_client_key_file(reader, peer);
  read_tls_ca_file(reader, peer);
  if (via)
    read_plaintext_exit(reader, peer);
  else
    reader.boolean("plaintext_exit");
  if (!name || !via) return std::nullopt;
  return peer;
}

std::optional<RouteConfig> read_route(Reader& reader, Names& names) {
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
  if (route.domain.empty() || route.peers.empty()) return std::nullopt;
  return route;
}

} // namespace sipveil
