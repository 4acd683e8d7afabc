#pragma once

#include "base/error.h"
#include "transports/i2p/destination.h"
#include "transports/i2p/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::i2p {

/// What a payload may have: what i2pd 2.45 takes and splits no further (its MAX_DATAGRAM_SIZE is 32 KiB, its header and
/// signature included). Up to about 10 KiB arrives as one I2P message; larger ones are likelier to be lost.
inline constexpr std::size_t max_datagram_payload = std::size_t{31} * 1024;

/// What goes to the router's UDP port (SAM v3 specification, "Sending repliable or raw datagrams by UDP"):
/// "3.0 ID DESTINATION\n" and the payload.
[[nodiscard]] std::string write_datagram(std::string_view session, const Destination& to, std::string_view payload);

struct ReceivedDatagram {
  std::optional<Destination> from; ///< Style::datagram only, and verified by the router
  std::string payload;
};

/// What comes from there: "DESTINATION\n" and the payload for Style::datagram (SAM 3.2 has ports behind the
/// destination), the payload alone for Style::raw. Errors: malformed.
[[nodiscard]] Result<ReceivedDatagram> read_datagram(Style style, std::string_view bytes);

} // namespace sipveil::i2p
