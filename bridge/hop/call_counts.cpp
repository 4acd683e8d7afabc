#include "bridge/hop/call_counts.h"

#include "bridge/hop/timeline.h"

#include <algorithm>
#include <numeric>

namespace sipveil::hop {

std::string_view name(CallOutcome outcome) {
  switch (outcome) {
  case CallOutcome::answered: return "answered";
  case CallOutcome::redirected: return "redirected";
  case CallOutcome::cancelled: return "cancelled";
  case CallOutcome::refused: return "refused";
  case CallOutcome::failed: return "failed";
  }
  return "?";
}

CallOutcome outcome_of(const Timeline& timeline) {
  if (timeline.status / 100 == 2) return CallOutcome::answered;
  if (timeline.status / 100 == 3) return CallOutcome::redirected;
  if (timeline.status == 487) return CallOutcome::cancelled;
  return timeline.first_answer == TimePoint{} ? CallOutcome::failed : CallOutcome::refused;
}

void DurationCounts::add(Duration duration) {
  // A link may have been ready before the call came.
  const double seconds = std::max(0.0, std::chrono::duration<double>(duration).count());
  const auto range = std::ranges::lower_bound(bounds, seconds) - bounds.begin();
  ++counts.at(static_cast<std::size_t>(range));
  sum += seconds;
}

std::uint64_t DurationCounts::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void CallCounts::add(const Timeline& timeline) {
  const std::size_t direction = timeline.outbound ? 1 : 0;
  const auto source = static_cast<std::size_t>(timeline.source);
  ++calls.at(direction).at(source).at(static_cast<std::size_t>(outcome_of(timeline)));
  moves += timeline.moved;
  if (timeline.ringing != TimePoint{}) ringing.at(direction).at(source).add(timeline.ringing - timeline.received);
  if (timeline.outbound && timeline.link_ready != TimePoint{})
    link_wait.at(source).add(timeline.link_ready - timeline.received);
}

} // namespace sipveil::hop
