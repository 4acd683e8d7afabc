#pragma once

#include "bridge/hop/flow.h"
#include "bridge/seal/local_seal.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// What the hop must know to send an in-dialog request on, kept nowhere but in the dialog's own Record-Route: a
/// restarted hop with the same key handles the next message of the call.
struct RouteToken {
  enum class Origin : std::uint8_t {
    inner,  ///< the tunnel end is reached by dialling `peer`
    tunnel, ///< the tunnel end is the link `link`
  };
  Origin origin = Origin::inner;
  bool opened_inside = true; ///< the dialog's first request came from the phone side
  bool for_wire = true;      ///< it stands in the tunnel side's Record-Route; on the other side it is worth nothing
  Carrier carrier = Carrier::udp; ///< of the phone side: udp or tcp
  std::uint8_t listener = 0;      ///< inner listener through which the phone is reached
  InnerAddress phone;             ///< where in-dialog requests to the phone go
  LinkId link = 0;                ///< origin tunnel
  /// The peer's name in the configuration or its address, at most 96 bytes; with origin tunnel, who is dialled when the
  /// link is gone, empty if nobody can be.
  std::string peer;
  std::uint32_t issued = 0;        ///< Unix time in the identity tokens of the dialog
  std::uint8_t sealing = 0;        ///< identity::Sealing of the dialog
  std::uint8_t sealed_parties = 0; ///< dialogs opened outside: which of From and To came as tokens

  std::string from_uri; ///< as the phone wrote it, if we sealed it; at most 255 bytes. Only for the tunnel side
  std::string to_uri;   ///< likewise
  /// Record-Route entries of the other side, which this side does not see: name-addrs in the order in which a request
  /// from this side meets them; `sealed_size` of them at most.
  std::vector<std::string> routes;
  static constexpr std::size_t max_routes_size = 1408;
};

/// Bytes that routes take in a token.
[[nodiscard]] std::size_t sealed_size(const std::vector<std::string>& routes);

/// Seals and opens route tokens.
///
/// Text: base32 in lower case (RFC 4648) of what LocalSeal makes of the plaintext, with the Call-ID of the wire as
/// associated data, so that a token cut from one dialog is useless in another. Nothing in it is constant: a version,
/// key or instance number in clear would let a peer see that two calls come from one bridge. Plaintext:
///   version (1 byte, 2) | origin (1) | opened inside (1) | for the wire (1) | carrier (1) | listener (1) | day of
///   issue since 1970 (2, big endian) | family 4 or 6 (1) | port (2) | address (4 or 16) | link (8) | peer | issued (4)
///   | sealing (1) | sealed parties (1) | From URI | To URI | number of routes (1) | routes | zeros up to a multiple of
///   32
/// so that the length tells neither how a peer is called here nor, for most phones, anything else. Texts stand behind
/// one byte of length. A route is a form (1 byte) and a text: 0, the name-addr as it is; 1, what stands before ";sv=",
/// and behind two bytes of length the token decoded; 2, the same of a bridge's entry for the wire, whose text is known.
class RouteTokens {
 public:
  /// A dialog older than this is not known any more. Days.
  static constexpr unsigned life_days = 30;
  /// Longest text that `open` looks at: more than the longest token that `seal` makes.
  static constexpr std::size_t max_text = 4096;

  /// `seal` must outlive it.
  explicit RouteTokens(const LocalSeal& seal) : seal_(seal) {}

  [[nodiscard]] std::string seal(const RouteToken& token, std::string_view call_id, unsigned today) const;
  /// nullopt for whatever is not a token of ours for this dialog; never says why.
  [[nodiscard]] std::optional<RouteToken> open(std::string_view text, std::string_view call_id, unsigned today) const;

 private:
  const LocalSeal& seal_;
};

} // namespace sipveil::hop
