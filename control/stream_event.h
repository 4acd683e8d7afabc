#pragma once

#include "control/reply.h"

#include <string>

namespace sipveil::control {

/// Control-spec section 4.1.2; `unknown` is a status that a later tor may add.
enum class StreamStatus {
  fresh, ///< NEW: asked for by a SOCKS client
  fresh_resolve,
  remap,
  sent_connect,
  sent_resolve,
  succeeded,
  failed,
  closed,
  detached,
  controller_wait,
  unknown,
};

/// A SOCKS stream as a STREAM event describes it:
///
///     STREAM 12 NEW 0 example.onion:5060 SOURCE_ADDR=127.0.0.1:40000 PURPOSE=USER SOCKS_USERNAME="…"
///     STREAM 12 SUCCEEDED 7 example.onion:5060
///     STREAM 12 FAILED 7 example.onion:5060 REASON=END REMOTE_REASON=MISC
struct StreamEvent {
  std::string id;
  StreamStatus status = StreamStatus::unknown;
  std::string circuit; ///< CIRC id that carries it; "0" while none does
  std::string target;  ///< host:port as the SOCKS client asked for; an identity in logs
  std::string reason;
  std::string remote_reason;
  std::string source; ///< address of the SOCKS client, where tor knows it
  std::string purpose;
  std::string socks_username;
  std::string socks_password;
};

/// Reads the text behind "STREAM ". Errors: malformed.
[[nodiscard]] Result<StreamEvent> parse_stream(std::string_view text);

} // namespace sipveil::control
