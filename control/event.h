#pragma once

#include "control/bootstrap.h"
#include "control/circ_event.h"
#include "control/hs_desc_event.h"
#include "control/stream_event.h"

#include <optional>
#include <string>
#include <variant>

namespace sipveil::control {

/// The events that can be subscribed to.
enum class EventKind { circ, stream, hs_desc, status_client };

/// The kind as SETEVENTS names it.
[[nodiscard]] std::string_view name(EventKind kind);

/// A STATUS_CLIENT event (control-spec section 4.1.10):
///
///     STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY="Asking for relay
///     descriptors" STATUS_CLIENT NOTICE CIRCUIT_ESTABLISHED
struct StatusClientEvent {
  std::string severity;                    ///< NOTICE, WARN or ERR
  std::string action;                      ///< BOOTSTRAP, CIRCUIT_ESTABLISHED, CIRCUIT_NOT_ESTABLISHED, …
  std::optional<BootstrapPhase> bootstrap; ///< with BOOTSTRAP
};

using Event = std::variant<CircEvent, StreamEvent, HsDescEvent, StatusClientEvent>;

[[nodiscard]] EventKind kind(const Event& event);

/// Reads a 650 reply; nullopt for a kind that we do not know. Errors: malformed.
[[nodiscard]] Result<std::optional<Event>> parse_event(const Reply& reply);

} // namespace sipveil::control
