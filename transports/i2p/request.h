#pragma once

#include "base/secret.h"
#include "transports/address.h"
#include "transports/i2p/tunnel_options.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sipveil::i2p {

enum class Style : std::uint8_t {
  stream,
  datagram, ///< signed, with the sender's destination
  raw,      ///< neither
};

/// What SESSION CREATE asks for.
struct SessionSpec {
  std::string id; ///< nickname, of the router's sessions; see below
  Style style = Style::stream;
  TunnelOptions tunnels;
  /// Private key of the destination; nullopt: TRANSIENT, a destination that no other session has.
  std::optional<SecretBytes> key;
  std::optional<HostPort> forward; ///< where datagrams received go by UDP; numeric
};

/// The requests of SAM (v3 specification), each a whole line. What comes behind the line in one piece is lost or worse:
/// i2pd 2.45 drops what follows HELLO, and sends the peer bytes of its own memory for what follows STREAM CONNECT. So
/// each waits for the reply to the one before.
namespace request {

/// i2pd 2.45 speaks 3.0 and 3.1, and nothing else if asked for more. 3.1 brings SIGNATURE_TYPE.
[[nodiscard]] std::string hello();
/// Of an Ed25519 destination (type 7), the smallest and strongest of those that every router knows.
[[nodiscard]] std::string dest_generate();
[[nodiscard]] SecretBytes session_create(const SessionSpec& spec);
/// Asks for a session that cannot be, having no key: DUPLICATED_ID if the router has one of this nickname.
[[nodiscard]] std::string session_probe(std::string_view session);
/// By the b32 name: the router finds the LeaseSet by it, no NAMING LOOKUP is needed.
[[nodiscard]] std::string stream_connect(std::string_view session, const B32Name& peer);
[[nodiscard]] std::string stream_accept(std::string_view session);
/// The whole destination of a name, which datagrams are addressed with. Streams need none.
[[nodiscard]] std::string naming_lookup(const B32Name& name);
/// Answers a PING of SAM 3.2. Never asked for: i2pd 2.45 closes the connection at a PING, and with it the session.
[[nodiscard]] std::string pong(std::string_view text);

} // namespace request

/// A nickname that tells nothing and meets no other.
[[nodiscard]] std::string fresh_session_id();
/// The nickname of the session that has this destination, the same at each start, so that the router can be asked
/// whether it has noticed that the last one ended.
[[nodiscard]] std::string session_id_of(const B32Name& own);

} // namespace sipveil::i2p
