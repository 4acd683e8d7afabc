#include "bridge/config/client_key.h"
#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sipveil {
namespace {

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
  return *parsed;
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

/// Plain SIP leaves a proxy's exit as it is. (An onion service has no exit, nor has a destination of I2P, and their
/// names stand in tor: and i2p: addresses alone.)
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

/// The other name is judged when all peers are known: check_ways.
void read_same_as(Reader& reader, Names& names, std::string_view name) {
  if (auto text = reader.text("same_as")) names.same_as.emplace(name, std::move(*text));
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
  read_same_as(reader, names, name.value_or(""));
  if (!address) {
    // Without an address these cannot be judged, but they are known keys.
    if (const auto via = reader.text("via")) read_via_text(*via, reader.reading());
    if (const auto key = reader.text("client_key_file")) secret_file(*key, reader.reading());
    if (const auto authorities = reader.text("tls_ca_file")) existing_file(*authorities, reader.reading());
    reader.boolean("plaintext_exit");
    reader.text("i2p_identity");
    return std::nullopt;
  }
  const auto via = read_via(reader, *address, names);
  PeerConfig peer{.name = name.value_or(""),
                  .address = *address,
                  .via = via.value_or(ViaTor{}),
                  .same_as = {},
                  .keepalive = keepalive};
  read_client_key_file(reader, peer);
  read_tls_ca_file(reader, peer);
  if (via)
    read_plaintext_exit(reader, peer);
  else
    reader.boolean("plaintext_exit");
  if (!name || !via) return std::nullopt;
  return peer;
}

void check_ways(const Names& names, Config& config, Reading& reading) {
  for (const auto& [name, other] : names.same_as) {
    if (!is_peer(other, names, reading)) continue;
    const auto chained = names.same_as.find(other.value);
    if (other.value == name) {
      reading.mistake(other.place, "is this peer's own name", "Name the other way, or remove the key.");
    } else if (chained != names.same_as.end()) {
      reading.mistake(other.place,
                      fmt::format("{} says itself that it is the same as {}", in_quotes(other.value),
                                  in_quotes(chained->second.value)),
                      "Let all ways name the same peer, which names none.");
    } else if (const auto found = std::ranges::find(config.peers, name, &PeerConfig::name);
               found != config.peers.end()) {
      found->same_as = other.value;
    }
  }
}

} // namespace sipveil
