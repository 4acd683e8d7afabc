#pragma once

#include "base/clock.h"

#include <optional>

namespace sipveil {

/// What is known of a path's round trip, and how long to wait for something that takes one: the estimator of RFC 6298
/// section 2, fed with pings instead of segments.
class RoundTrip {
 public:
  void sample(Duration measured);

  [[nodiscard]] std::optional<Duration> last() const { return last_; }
  /// SRTT + 4 * RTTVAR, within `least` and `most`; `most` as long as nothing was measured.
  [[nodiscard]] Duration timeout(Duration least, Duration most) const;

 private:
  std::optional<Duration> last_;
  Duration smoothed_{};
  Duration variation_{};
};

} // namespace sipveil
