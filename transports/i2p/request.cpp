#include "transports/i2p/request.h"

#include "base/encoding.h"
#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::i2p {
namespace {

// The router's console shows it; 64 random bits do not meet among the sessions of one router.
constexpr std::string_view id_opening = "sipveil-";
constexpr std::size_t id_bytes = 8;

std::string_view name(Style style) {
  switch (style) {
  case Style::stream: return "STREAM";
  case Style::datagram: return "DATAGRAM";
  case Style::raw: return "RAW";
  }
  return "";
}

} // namespace

std::string request::hello() {
  return "HELLO VERSION MIN=3.0 MAX=3.1\n";
}

std::string request::dest_generate() {
  return "DEST GENERATE SIGNATURE_TYPE=7\n";
}

SecretBytes request::session_create(const SessionSpec& spec) {
  const std::string head = fmt::format("SESSION CREATE STYLE={} ID={} DESTINATION=", name(spec.style), spec.id);
  const std::string_view destination = spec.key ? spec.key->reveal() : "TRANSIENT SIGNATURE_TYPE=7";
  std::string tail = fmt::format(" inbound.length={0} outbound.length={0} inbound.quantity={1} outbound.quantity={1}",
                                 spec.tunnels.length, spec.tunnels.quantity);
  // ECIES-X25519 alone: ElGamal, which i2pd 2.45 adds otherwise, is slower and larger and needs no supporting any more.
  tail += " i2cp.leaseSetEncType=4";
  if (spec.forward) tail += fmt::format(" HOST={} PORT={}", spec.forward->host(), spec.forward->port());
  tail += '\n';
  SecretBytes line(head.size() + destination.size() + tail.size());
  auto at = line.writable().begin();
  for (const std::string_view part : {std::string_view(head), destination, std::string_view(tail)})
    at = std::copy(part.begin(), part.end(), at);
  return line;
}

std::string request::session_probe(std::string_view session) {
  return fmt::format("SESSION CREATE STYLE=STREAM ID={} DESTINATION=none\n", session);
}

std::string request::stream_connect(std::string_view session, const B32Name& peer) {
  return fmt::format("STREAM CONNECT ID={} DESTINATION={} SILENT=false\n", session, peer.host());
}

std::string request::stream_accept(std::string_view session) {
  return fmt::format("STREAM ACCEPT ID={} SILENT=false\n", session);
}

std::string request::naming_lookup(const B32Name& name) {
  return fmt::format("NAMING LOOKUP NAME={}\n", name.host());
}

std::string request::pong(std::string_view text) {
  return text.empty() ? "PONG\n" : fmt::format("PONG {}\n", text);
}

std::string fresh_session_id() {
  return std::string(id_opening) + random_hex(id_bytes);
}

std::string session_id_of(const B32Name& own) {
  return std::string(id_opening) + own.host().substr(0, 2 * id_bytes);
}

} // namespace sipveil::i2p
