#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sipveil::hop {

/// The standby pool of one peer, as `status` and the metrics show it.
struct StandbyReport {
  std::string peer;
  bool phone = false;              ///< one that has registered here; `peer` is its address
  unsigned ready = 0;              ///< open, nobody's yet
  unsigned building = 0;           ///< being opened ahead
  unsigned waiting = 0;            ///< calls that wait for a link
  unsigned wanted = 0;             ///< what recent demand asks for
  std::uint64_t taken = 0;         ///< links given to calls
  std::uint64_t missed = 0;        ///< calls that found none ready
  std::uint64_t dropped_slow = 0;  ///< replaced because others were faster
  std::uint64_t dropped_old = 0;   ///< replaced because of their age
  std::uint64_t failed = 0;        ///< not opened, or lost before a call took them
  std::optional<Duration> fastest; ///< round trip of the one that the next call gets
};

} // namespace sipveil::hop
