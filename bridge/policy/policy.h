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
  /// Maps a Call-ID or tag of this side to the other side's (Replaces, Target-Dialog, In-Reply-To hold some).
  std::function<std::string(std::string_view)> translate;
};

/// Why a message may not pass, as the status to answer a request with; a response that may not pass loses what offends
/// instead.
struct Refusal {
  int status = 0; ///< 415, 488, 400
  std::string_view reason;
};

/// Applies the allow table (table.h) to a message: what it does not list is gone afterwards, what it marks `rewrite` is
/// rewritten, bodies included. Start line, Via, Route, Record-Route, Contact, From, To, Call-ID, CSeq, Max-Forwards and the
/// identity headers are left as they are: the hop's and identity's own steps have made them fit to pass (marked `ours` in
/// the table). Pure: nothing is remembered, nothing is sent. nullopt: the message may pass.
[[nodiscard]] std::optional<Refusal> apply(sip::Message& message, const Context& context);

} // namespace sipveil::policy
