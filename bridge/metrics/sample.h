#pragma once

#include "bridge/hop/call_counts.h"

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipveil::metrics {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

// One sample of a family.
[[nodiscard]] prometheus::ClientMetric gauge(double value, const Labels& labels = {});
[[nodiscard]] prometheus::ClientMetric counter(std::uint64_t value, const Labels& labels = {});
[[nodiscard]] prometheus::ClientMetric histogram(const hop::DurationCounts& durations, const Labels& labels = {});

/// A family of samples that were made by the function of its type. `help` is one sentence without a final full stop.
[[nodiscard]] prometheus::MetricFamily family(prometheus::MetricType type, std::string name, std::string help,
                                              std::vector<prometheus::ClientMetric> samples);

} // namespace sipveil::metrics
