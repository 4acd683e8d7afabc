#pragma once

#include "base/clock.h"

#include <cstddef>
#include <deque>

namespace sipveil::hop {

/// How many links calls have lately wanted while one was being built: what a pool needs so that the next such moment
/// finds enough of them.
class Demand {
 public:
  /// Calls longer ago do not count: people call in the same hour, not in the same minute.
  static constexpr Duration memory = std::chrono::minutes(5);
  /// A larger burst than that exceeds every pool.
  static constexpr std::size_t most_calls = 128;

  void note_call(TimePoint now);
  /// Drops what no longer counts, so that forgets_at() lies ahead.
  void forget(TimePoint now);
  /// A link took so long to build.
  void note_build(Duration took);
  /// The most calls within one building time during `memory`.
  [[nodiscard]] unsigned peak(TimePoint now) const;
  /// When the oldest call is forgotten; TimePoint::max() if there is none.
  [[nodiscard]] TimePoint forgets_at() const;
  [[nodiscard]] Duration building_time() const { return building_time_; }

 private:
  std::deque<TimePoint> calls_;
  Duration building_time_ = 5s; ///< of an onion link; smoothed once some are measured
};

} // namespace sipveil::hop
