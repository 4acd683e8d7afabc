#pragma once

#include "base/error.h"
#include "bridge/sip/message.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::policy {

enum class Direction {
  outward, ///< from the phone side into the tunnel
  inward,  ///< from the tunnel to the phone side
};

/// What the table's rewriters need to know of the message's dialog.
struct Context {
  Direction direction = Direction::outward;
  /// Keyed hash of the dialog's identifiers: the same in every message of a dialog, not guessable outside. Session
  /// numbers in SDP are made from it.
  std::uint64_t dialog_seed = 0;
  /// Maps a Call-ID or tag of this side to the other side's (Replaces, Join, Target-Dialog hold some); empty if it
  /// cannot. What is not mapped does not pass.
  std::function<std::string(std::string_view)> translate;
};

/// Why a request may not pass.
struct Refusal {
  int status = 0;          ///< 400, 415, 420, 469, 488, 489
  std::string_view reason; ///< the usual phrase of the status; lives for ever
};

/// Applies the allow table (table.h) to a message: what it does not list is gone afterwards, what it marks `rewrite` is
/// rewritten, bodies included; a response's reason phrase becomes the usual one. The rest of the start line, Via,
/// Route, Record-Route, Contact, From, To, Call-ID, CSeq, Max-Forwards and the identity headers are left as they are:
/// the hop's and identity's own steps have made them fit to pass (marked `ours` in the table). Methods that nobody
/// knows pass, as a proxy has to let them (RFC 3261 section 16.3): the table holds for their headers and bodies as for
/// all others.
///
/// nullopt: the message may pass. After a Refusal the message is changed in part and must not be sent on. Responses,
/// ACK and CANCEL are never refused, as nothing can be answered to them: they lose what offends. Pure: nothing is
/// remembered, nothing is sent.
[[nodiscard]] std::optional<Refusal> apply(sip::Message& message, const Context& context);

} // namespace sipveil::policy
