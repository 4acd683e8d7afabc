#pragma once

#include "base/clock.h"
#include "bridge/hop/call_counts.h"
#include "bridge/hop/flow.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace sipveil::hop {

/// Where the link of a call came from.
enum class LinkSource : std::uint8_t {
  none,    ///< not sent into the tunnel, or not yet
  built,   ///< dialled for this call
  standby, ///< opened ahead
  shared,  ///< other calls use it too: its route's circuit is not per-call
};

[[nodiscard]] constexpr std::string_view name(LinkSource source) {
  switch (source) {
  case LinkSource::none: return "none";
  case LinkSource::built: return "built";
  case LinkSource::standby: return "standby";
  case LinkSource::shared: return "shared";
  }
  return "?";
}

/// When each part of one call's set-up happened at this hop. A point that was not reached is TimePoint{}.
struct Timeline {
  std::uint64_t call = 0; ///< first 8 bytes of SHA-256 of the Call-ID as the INVITE brought it
  std::uint64_t wire = 0; ///< the same of the Call-ID on the wire, so that two hops' records can be matched
  bool outbound = false;  ///< from the phone side into the tunnel
  LinkId link = 0;
  LinkSource source = LinkSource::none;
  /// Name of the peer by which it went, as the configuration has it; empty if it did not go into the tunnel, or to a
  /// phone that is registered here.
  std::string way;
  /// First 8 bytes of SHA-256 of "user:password", the SOCKS5 isolation credential of its link, so that a tester finds
  /// it among tor's STREAM events; 0 without one.
  std::uint64_t credential = 0;
  unsigned moved = 0;     ///< how often it had to be repeated on another link
  TimePoint received;     ///< INVITE at this hop
  TimePoint link_ready;   ///< stream to the peer usable (outbound)
  TimePoint sent;         ///< INVITE handed on
  TimePoint first_answer; ///< first response other than 100 received
  TimePoint ringing;      ///< 180 passed on
  TimePoint answered;     ///< final response passed on
  int status = 0;         ///< of the final response, 0 while there is none
  Duration busy{};        ///< time spent in the hop's own code for this call's set-up, `identity` included
  Duration identity{};    ///< time spent on sealing or opening the names in the INVITE
};

/// The last calls, for `sipveil status`, the demo and the delay tables; and what all calls add up to, for the metrics:
/// more calls may come between two looks than are kept.
class TimelineRing {
 public:
  /// Enough for a run of the delay tables between two looks; 128 KiB.
  static constexpr std::size_t capacity = 1024;
  void add(const Timeline& timeline) {
    if (ring_.size() == capacity) ring_.pop_front();
    ring_.push_back(timeline);
    counts_.add(timeline);
  }
  [[nodiscard]] const std::deque<Timeline>& all() const { return ring_; }
  [[nodiscard]] const CallCounts& counts() const { return counts_; }

 private:
  std::deque<Timeline> ring_;
  CallCounts counts_;
};

} // namespace sipveil::hop
