#include "bridge/hop/demand.h"

#include <algorithm>

namespace sipveil::hop {

void Demand::note_call(TimePoint now) {
  forget(now);
  if (calls_.size() == most_calls) calls_.pop_front();
  calls_.push_back(now);
}

void Demand::forget(TimePoint now) {
  while (!calls_.empty() && calls_.front() + memory <= now)
    calls_.pop_front();
}

void Demand::note_build(Duration took) {
  building_time_ = (building_time_ * 3 + std::clamp<Duration>(took, 1s, 30s)) / 4;
}

unsigned Demand::peak(TimePoint now) const {
  std::size_t most = 0;
  auto first = std::find_if(calls_.begin(), calls_.end(), [&](TimePoint call) { return call + memory > now; });
  for (auto last = first; last != calls_.end(); ++last) {
    while (*last - *first > building_time_)
      ++first;
    most = std::max(most, static_cast<std::size_t>(last - first) + 1);
  }
  return static_cast<unsigned>(most);
}

TimePoint Demand::forgets_at() const {
  return calls_.empty() ? TimePoint::max() : calls_.front() + memory;
}

} // namespace sipveil::hop
