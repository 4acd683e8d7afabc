#pragma once

#include "control/reply.h"

#include <string>
#include <vector>

namespace sipveil::control {

/// Control-spec section 4.1.1; `unknown` is a status that a later tor may add.
enum class CircuitStatus { launched, built, guard_wait, extended, failed, closed, unknown };

/// A circuit as a CIRC event and GETINFO circuit-status describe it:
///
///     CIRC 7 BUILT $AAAA~guard,$BBBB~middle,$CCCC~exit BUILD_FLAGS=NEED_CAPACITY PURPOSE=GENERAL
///       TIME_CREATED=2024-01-01T00:00:00.000000 SOCKS_USERNAME="…" SOCKS_PASSWORD="…"
///     CIRC 7 CLOSED $AAAA~guard,$BBBB~middle PURPOSE=HS_CLIENT_REND REASON=FINISHED
struct CircEvent {
  std::string id;
  CircuitStatus status = CircuitStatus::unknown;
  std::vector<std::string> path; ///< "$fingerprint~nickname" of each relay, the guard first; empty at LAUNCHED
  std::string purpose;           ///< GENERAL, HS_CLIENT_REND, …
  std::string hs_state;          ///< of onion service circuits: HSCR_JOINED, …
  std::string reason;            ///< of FAILED and CLOSED
  std::string remote_reason;     ///< what the relay said, if it did
  std::string socks_username;    ///< the isolation key of the streams that may use it
  std::string socks_password;
};

/// Reads the text of a CIRC event behind "CIRC ", or one line of circuit-status. Errors: malformed.
[[nodiscard]] Result<CircEvent> parse_circuit(std::string_view text);

} // namespace sipveil::control
