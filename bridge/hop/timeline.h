#pragma once

#include "base/clock.h"
#include "bridge/hop/flow.h"

#include <cstdint>
#include <deque>
#include <string>

namespace sipveil::hop {

/// When each part of one call's set-up happened at this hop. A point that was not reached is TimePoint{}.
struct Timeline {
  std::uint64_t call = 0; ///< first 8 bytes of SHA-256 of the Call-ID as the INVITE brought it
  std::uint64_t wire = 0; ///< the same of the Call-ID on the wire, so that two hops' records can be matched
  bool outbound = false;  ///< from the phone side into the tunnel
  LinkId link = 0;
  TimePoint received;     ///< INVITE at this hop
  TimePoint link_ready;   ///< stream to the peer usable (outbound)
  TimePoint sent;         ///< INVITE handed on
  TimePoint first_answer; ///< first response other than 100 received
  TimePoint ringing;      ///< 180 passed on
  TimePoint answered;     ///< final response passed on
  int status = 0;         ///< of the final response, 0 while there is none
  Duration busy{};        ///< time spent in the hop's own code for this call's set-up
};

/// The last calls, for `sipveil status`, the demo and the delay tables.
class TimelineRing {
 public:
  /// Enough for a run of the delay tables between two looks; 128 KiB.
  static constexpr std::size_t capacity = 1024;
  void add(const Timeline& timeline) {
    if (ring_.size() == capacity) ring_.pop_front();
    ring_.push_back(timeline);
  }
  [[nodiscard]] const std::deque<Timeline>& all() const { return ring_; }

 private:
  std::deque<Timeline> ring_;
};

} // namespace sipveil::hop
