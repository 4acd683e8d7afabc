#include "bridge/hop/timeline.h"
#include "bridge/metrics/families.h"

namespace sipveil::metrics {
namespace {

using hop::CallCounts;
using hop::CallOutcome;
using hop::LinkSource;
using prometheus::MetricType;
using Samples = std::vector<prometheus::ClientMetric>;

constexpr std::array<std::string_view, 2> directions{"inbound", "outbound"};

/// What comes about in the normal course is there from the start: a rate needs a first value. The rest when it happens.
bool usual(std::size_t direction, std::size_t source, bool has_link) {
  const bool none = static_cast<LinkSource>(source) == LinkSource::none;
  return direction == 0 ? none : !none || !has_link;
}

std::string_view source_name(std::size_t source) {
  return hop::name(static_cast<LinkSource>(source));
}

Samples by_outcome(const CallCounts& counts) {
  Samples samples;
  for (std::size_t direction = 0; direction < directions.size(); ++direction)
    for (std::size_t source = 0; source < CallCounts::sources; ++source)
      for (std::size_t outcome = 0; outcome < hop::call_outcomes; ++outcome) {
        const std::uint64_t count = counts.calls.at(direction).at(source).at(outcome);
        if (count == 0 && !usual(direction, source, false)) continue;
        samples.push_back(counter(count, {{"direction", directions.at(direction)},
                                          {"source", source_name(source)},
                                          {"outcome", hop::name(static_cast<CallOutcome>(outcome))}}));
      }
  return samples;
}

Samples ringing(const CallCounts& counts) {
  Samples samples;
  for (std::size_t direction = 0; direction < directions.size(); ++direction)
    for (std::size_t source = 0; source < CallCounts::sources; ++source) {
      const hop::DurationCounts& durations = counts.ringing.at(direction).at(source);
      if (durations.total() == 0 && !usual(direction, source, true)) continue;
      samples.push_back(
          histogram(durations, {{"direction", directions.at(direction)}, {"source", source_name(source)}}));
    }
  return samples;
}

Samples link_wait(const CallCounts& counts) {
  Samples samples;
  for (std::size_t source = 0; source < CallCounts::sources; ++source) {
    const hop::DurationCounts& durations = counts.link_wait.at(source);
    if (durations.total() == 0 && !usual(1, source, true)) continue;
    samples.push_back(histogram(durations, {{"source", source_name(source)}}));
  }
  return samples;
}

} // namespace

Families call_families(const CallCounts& counts) {
  return {
      family(MetricType::Counter, "sipveil_calls_total", "Calls that got their final answer", by_outcome(counts)),
      family(MetricType::Counter, "sipveil_call_moves_total", "Repetitions of a call's INVITE on another link",
             {counter(counts.moves)}),
      family(MetricType::Histogram, "sipveil_call_ringing_seconds",
             "From a call's INVITE to its 180, counted when it got its final answer", ringing(counts)),
      family(MetricType::Histogram, "sipveil_call_link_wait_seconds",
             "From a call's INVITE to a usable link to the peer, counted when it got its final answer",
             link_wait(counts)),
  };
}

} // namespace sipveil::metrics
