#pragma once

#include "control/reply.h"

#include <string>

namespace sipveil::control {

/// How far tor is from being usable, in the answer to GETINFO status/bootstrap-phase and in STATUS_CLIENT
/// events (control-spec sections 3.9 and 4.1.10):
///
///     NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY="Asking for relay descriptors"
///     WARN BOOTSTRAP PROGRESS=10 TAG=conn SUMMARY="Connecting to a relay" WARNING="Network is unreachable"
///       REASON=NOROUTE COUNT=3 RECOMMENDATION=warn HOSTID="…" HOSTADDR="192.0.2.1:443"
struct BootstrapPhase {
  unsigned percent = 0; ///< 0-100; 100 is usable
  std::string tag;
  std::string summary;
  std::string warning; ///< what hinders it; empty if nothing does

  [[nodiscard]] bool done() const { return percent == 100; }
  /// "Bootstrapped 45% (requesting_descriptors): Asking for relay descriptors", and the warning if there is
  /// one.
  [[nodiscard]] std::string text() const;
};

/// Reads what follows STATUS_CLIENT, or the value of status/bootstrap-phase. Errors: malformed.
[[nodiscard]] Result<BootstrapPhase> parse_bootstrap(std::string_view text);

} // namespace sipveil::control
