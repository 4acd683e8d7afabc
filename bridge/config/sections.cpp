#include "bridge/config/sections.h"

#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace sipveil {
namespace {

constexpr std::array<std::pair<std::string_view, InnerTransport>, 2> transports{
    {{"udp", InnerTransport::udp}, {"tcp", InnerTransport::tcp}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> levels{
    {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};

constexpr std::string_view default_inner = "127.0.0.1:5060";
constexpr std::string_view default_control = "127.0.0.1:9051";

std::optional<Endpoint> read_endpoint(Reader& reader, std::string_view key) {
  const auto text = reader.text(key);
  return text ? endpoint(*text, reader.reading()) : std::nullopt;
}

std::optional<std::filesystem::path> read_secret_path(Reader& reader, std::string_view key) {
  const auto text = reader.text(key);
  return text ? secret_file(*text, reader.reading()) : std::nullopt;
}

/// The listener's address stands in our Via and Record-Route, by which the phone finds us again: "all of them" names
/// none.
void refuse_wildcards(const std::vector<Text>& texts, Reading& reading) {
  for (const Text& text : texts) {
    const auto parsed = HostPort::parse(text.value);
    if (!parsed) continue;
    in6_addr address{};
    const bool numeric = ::inet_pton(AF_INET, parsed->host().c_str(), &address) == 1 ||
                         ::inet_pton(AF_INET6, parsed->host().c_str(), &address) == 1;
    if (numeric && std::ranges::all_of(address.s6_addr, [](unsigned char byte) { return byte == 0; }))
      reading.mistake(text.place, "stands for every address of this machine",
                      "Name the ones that phones use, each by itself.");
  }
}

/// The value names what is given up, so that nobody gives it up by a mere `true`.
bool read_single_hop(Reader& reader, const std::optional<TorConfig>& tor) {
  constexpr std::string_view only_value = "not-anonymous";
  constexpr std::string_view mend =
      "A single-hop service takes calls in half the time and hides this machine no more: the relays where it waits and "
      "meets callers learn its address, and so can any caller. Write single_hop = \"not-anonymous\" if it is public "
      "anyway, else remove the key.";
  const auto text = reader.text("single_hop", std::string(mend));
  if (!text) return false;
  if (text->value != only_value) {
    reader.reading().mistake(text->place, fmt::format("{} is not a known value", in_quotes(text->value)),
                             std::string(mend));
    return false;
  }
  // Without [tor] there is a mistake already.
  if (tor && !tor->spawn)
    reader.reading().mistake(
        text->place, "only a tor that sipveil runs itself can be made single-hop: no control port does it",
        "Write spawn = true in [tor]. Or leave [onion] out and run a tor of its own with SocksPort 0, "
        "HiddenServiceNonAnonymousMode 1, HiddenServiceSingleHopMode 1, HiddenServiceDir and a "
        "HiddenServicePort that leads to tunnel.listen.");
  return true;
}

} // namespace

InnerConfig read_inner(Reader& reader) {
  InnerConfig inner;
  const auto listen = reader.texts("listen");
  if (listen) refuse_wildcards(*listen, reader.reading());
  inner.listen = listen_addresses(listen.value_or(std::vector<Text>{}), reader.reading());
  if (!reader.has("listen"))
    inner.listen.push_back(*HostPort::parse(default_inner));
  else if (listen && listen->empty())
    reader.reading().mistake(reader.place("listen"), "is empty", "Leave the key out to listen on 127.0.0.1:5060.");
  if (const auto text = reader.text("deliver_to")) {
    inner.deliver_to = numeric_host_port(*text, reader.reading());
    for (const HostPort& own : inner.listen) {
      if (inner.deliver_to == own)
        reader.reading().mistake(text->place, "is an address that inner.listen takes itself",
                                 "Write the address where the phone or proxy waits for calls.");
    }
  }
  inner.deliver_transport =
      reader.choice<InnerTransport>("deliver_transport", transports).value_or(inner.deliver_transport);
  return inner;
}

TorConfig read_tor(Reader& reader) {
  TorConfig tor;
  const auto spawn = reader.boolean("spawn");
  tor.spawn = spawn.value_or(tor.spawn);
  tor.binary = read_binary(reader, tor.binary);
  tor.control = read_endpoint(reader, "control");
  if (tor.spawn)
    tor.control.reset();
  else if (!reader.has("control"))
    tor.control = *Endpoint::parse(default_control);
  tor.socks = read_endpoint(reader, "socks");
  tor.password_file = read_secret_path(reader, "password_file");
  // Not looked at here: tor writes it when it starts, which may be after us.
  if (const auto text = reader.text("cookie_file")) tor.cookie_file = file_path(*text, reader.reading());
  if (const auto text = reader.text("extra_torrc")) {
    tor.extra_torrc = existing_file(*text, reader.reading());
    // Ignoring it could mean to join the public network where a private one was meant.
    if (!tor.spawn && (spawn || !reader.has("spawn")))
      reader.reading().mistake(text->place, "is only for a tor that sipveil runs itself",
                               "Write spawn = true, or put the lines into the torrc of the running tor.");
  }
  return tor;
}

OnionConfig read_onion(Reader& reader, const std::optional<TorConfig>& tor) {
  OnionConfig onion;
  if (const auto port = reader.integer("port", 1, 65535)) onion.port = static_cast<std::uint16_t>(*port);
  if (const auto text = reader.text("listen"))
    onion.listen = listen_endpoint(*text, reader.reading()).value_or(onion.listen);
  const auto clients = reader.texts("clients");
  if (clients && clients->empty())
    reader.reading().mistake(reader.place("clients"), "is empty, which would shut out everybody",
                             "Leave the key out to let in whoever knows the address.");
  for (const Text& text : clients.value_or(std::vector<Text>{})) {
    if (const auto key = public_key(text, reader.reading())) onion.clients.push_back(*key);
  }
  onion.single_hop = read_single_hop(reader, tor);
  return onion;
}

TunnelConfig read_tunnel(Reader& reader) {
  TunnelConfig tunnel;
  tunnel.listen = listen_addresses(reader.texts("listen").value_or(std::vector<Text>{}), reader.reading());
  // A ping a second is the most a link may cost; ten minutes is the age at which tor closes a rendezvous circuit
  // anyway.
  if (const auto seconds = reader.integer("keepalive", 1, 600)) tunnel.keepalive = std::chrono::seconds(*seconds);
  // RFC 3261 timer B gives up after 32 s: the phone must have its answer before.
  if (const auto seconds = reader.integer("dial_timeout", 1, 31)) tunnel.dial_timeout = std::chrono::seconds(*seconds);
  return tunnel;
}

std::string read_binary(Reader& reader, const std::string& fallback) {
  const auto text = reader.text("binary");
  if (!text) return fallback;
  if (!text->value.empty() && text->value.find('/') == std::string::npos) return text->value;
  const auto path = existing_file(*text, reader.reading());
  return path ? path->string() : fallback;
}

LogConfig read_log(Reader& reader) {
  LogConfig log;
  log.level = reader.choice<std::string_view>("level", levels).value_or(log.level);
  log.reveal_identities = reader.boolean("reveal_identities").value_or(log.reveal_identities);
  return log;
}

} // namespace sipveil
