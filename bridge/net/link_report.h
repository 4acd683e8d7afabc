#pragma once

#include "base/clock.h"
#include "bridge/hop/flow.h"

#include <optional>
#include <string>

namespace sipveil::net {

/// One link as `sipveil status` shows it.
struct LinkReport {
  hop::LinkId id = 0;
  bool inbound = false;
  bool open = false;
  std::string peer;                   ///< its name in the configuration; empty for an inbound link
  std::optional<Duration> round_trip; ///< of the last ping
};

} // namespace sipveil::net
