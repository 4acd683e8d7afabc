// How a peer is dialled, held against what its address can be dialled by.
#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <array>

namespace sipveil {
namespace {

constexpr std::string_view socks_prefix = "socks:";
constexpr std::string_view http_prefix = "http:";

constexpr std::array<std::pair<std::string_view, bool>, 2> i2p_identities{{{"transient", false}, {"own", true}}};

template <class Address>
bool is(const PeerAddress& address) {
  return std::holds_alternative<Address>(address.value());
}

/// Without `via`: the overlay of the address, and tor for what has none.
std::optional<Via> default_via(const Reader& reader, const PeerAddress& address) {
  if (is<I2pPeer>(address)) return ViaI2p{};
  if (!is<TcpPeer>(address)) return ViaTor{};
  // Plain TCP shows everything to everybody on the way, so nobody gets it by leaving a line out.
  reader.reading().mistake(
      reader.place("via"), "is missing, and a tcp: address has no default",
      "Make it a tls: address, which the exit cannot read; or write via = \"direct\" to dial in the clear, or "
      "via = \"tor\" and plaintext_exit = true.");
  return std::nullopt;
}

struct Objection {
  std::string_view text;
  std::string_view mend;
};

std::optional<Objection> against_i2p_address(const Via& via) {
  if (std::holds_alternative<ViaI2p>(via) || std::holds_alternative<ViaHttp>(via)) return std::nullopt;
  return Objection{"only an I2P router reaches an i2p: address",
                   "Write via = \"i2p\", or via = \"http:127.0.0.1:4444\" for i2pd's HTTP proxy."};
}

std::optional<Objection> against_other_address(const PeerAddress& address, const Via& via) {
  if (std::holds_alternative<ViaI2p>(via))
    return Objection{"an I2P router reaches i2p: addresses only", "Write via = \"tor\", or the peer's i2p: address."};
  if (!std::holds_alternative<ViaDirect>(via)) return std::nullopt;
  if (is<TorPeer>(address)) return Objection{"an onion address cannot be dialled directly", "Write via = \"tor\"."};
  if (is<SocksPeer>(address))
    return Objection{"a socks5: address needs a SOCKS or HTTP proxy to go through",
                     "Write via = \"tor\" or via = \"socks:host:port\", or make the address tcp:."};
  return std::nullopt;
}

std::optional<Objection> against_sections(const Via& via, const Names& names) {
  if (std::holds_alternative<ViaTor>(via) && !names.tor)
    return Objection{"there is no [tor] section, and this peer goes through tor",
                     "Add [tor], or write via = \"socks:127.0.0.1:9050\" for another SOCKS port."};
  if (std::holds_alternative<ViaI2p>(via) && !names.i2p)
    return Objection{"there is no [i2p] section, and this peer goes through I2P",
                     "Add [i2p], or write via = \"http:127.0.0.1:4444\" for i2pd's HTTP proxy."};
  return std::nullopt;
}

void read_i2p_identity(Reader& reader, const Names& names, Via& via) {
  const auto own = reader.choice<bool>("i2p_identity", i2p_identities);
  if (!own) return;
  auto* i2p = std::get_if<ViaI2p>(&via);
  if (i2p == nullptr)
    reader.reading().mistake(reader.place("i2p_identity"), "is only for a peer that goes via \"i2p\"",
                             "Remove the key.");
  else if (*own && !names.destination)
    reader.reading().mistake(reader.place("i2p_identity"), "there is no [destination] section, whose name it shows",
                             "Add [destination], or write i2p_identity = \"transient\".");
  else
    i2p->own_destination = *own;
}

} // namespace

std::optional<Via> read_via_text(const Text& text, Reading& reading) {
  if (text.value == "tor") return ViaTor{};
  if (text.value == "direct") return ViaDirect{};
  if (text.value == "i2p") return ViaI2p{};
  if (text.value.starts_with(socks_prefix)) {
    const auto proxy = endpoint({text.value.substr(socks_prefix.size()), text.place}, reading);
    return proxy ? std::optional<Via>(ViaSocks{*proxy}) : std::nullopt;
  }
  if (text.value.starts_with(http_prefix)) {
    const auto proxy = endpoint({text.value.substr(http_prefix.size()), text.place}, reading);
    return proxy ? std::optional<Via>(ViaHttp{*proxy}) : std::nullopt;
  }
  reading.mistake(text.place, fmt::format("{} is not a known value", in_quotes(text.value)),
                  "Write \"tor\", \"i2p\", \"direct\", \"socks:127.0.0.1:9150\" or \"http:127.0.0.1:4444\".");
  return std::nullopt;
}

std::optional<Via> read_via(Reader& reader, const PeerAddress& address, const Names& names) {
  std::optional<Via> via;
  if (const auto text = reader.text("via"))
    via = read_via_text(*text, reader.reading());
  else if (!reader.has("via"))
    via = default_via(reader, address);
  if (!via) {
    reader.text("i2p_identity"); // cannot be judged, but is a known key
    return std::nullopt;
  }
  auto objection = is<I2pPeer>(address) ? against_i2p_address(*via) : against_other_address(address, *via);
  if (!objection) objection = against_sections(*via, names);
  if (objection) {
    reader.reading().mistake(reader.place("via"), std::string(objection->text), std::string(objection->mend));
    reader.text("i2p_identity");
    return std::nullopt;
  }
  read_i2p_identity(reader, names, *via);
  return via;
}

bool is_i2p_proxy(const PeerConfig& peer) {
  return is<I2pPeer>(peer.address) && std::holds_alternative<ViaHttp>(peer.via);
}

} // namespace sipveil
