#include "base/backoff.h"

#include <algorithm>

namespace sipveil {

Duration Backoff::next() {
  // 2^20 first steps exceed every sensible cap; the bound keeps the shift defined.
  const unsigned doublings = std::min(failures_, 20U);
  ++failures_;
  const Duration step = std::min(limits_.cap, limits_.first * (std::int64_t{1} << doublings));
  const auto half = step.count() / 2;
  const auto jitter = half > 0 ? static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(half + 1)) : 0;
  return Duration(half + jitter);
}

} // namespace sipveil
