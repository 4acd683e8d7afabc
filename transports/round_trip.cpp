#include "transports/round_trip.h"

#include <algorithm>
#include <chrono>

namespace sipveil {

void RoundTrip::sample(Duration measured) {
  if (!last_) { // (2.2)
    smoothed_ = measured;
    variation_ = measured / 2;
  } else { // (2.3), alpha 1/8, beta 1/4
    variation_ = (variation_ * 3 + std::chrono::abs(smoothed_ - measured)) / 4;
    smoothed_ = (smoothed_ * 7 + measured) / 8;
  }
  last_ = measured;
}

Duration RoundTrip::timeout(Duration least, Duration most) const {
  return last_ ? std::clamp(smoothed_ + 4 * variation_, least, most) : most;
}

} // namespace sipveil
