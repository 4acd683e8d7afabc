#include "bridge/metrics/sample.h"

namespace sipveil::metrics {
namespace {

prometheus::ClientMetric labelled(const Labels& labels) {
  prometheus::ClientMetric sample;
  for (const auto& [name, value] : labels)
    sample.label.push_back({std::string(name), std::string(value)});
  return sample;
}

} // namespace

prometheus::ClientMetric gauge(double value, const Labels& labels) {
  auto sample = labelled(labels);
  sample.gauge.value = value;
  return sample;
}

prometheus::ClientMetric counter(std::uint64_t value, const Labels& labels) {
  auto sample = labelled(labels);
  sample.counter.value = static_cast<double>(value);
  return sample;
}

prometheus::ClientMetric histogram(const hop::DurationCounts& durations, const Labels& labels) {
  auto sample = labelled(labels);
  std::uint64_t below = 0; // Prometheus counts a duration in every range whose bound is not below it
  for (std::size_t i = 0; i < durations.bounds.size(); ++i) {
    below += durations.counts.at(i);
    sample.histogram.bucket.push_back({below, durations.bounds.at(i)});
  }
  // The range without a bound is written from this.
  sample.histogram.sample_count = durations.total();
  sample.histogram.sample_sum = durations.sum;
  return sample;
}

prometheus::MetricFamily family(prometheus::MetricType type, std::string name, std::string help,
                                std::vector<prometheus::ClientMetric> samples) {
  return {std::move(name), std::move(help), type, std::move(samples)};
}

} // namespace sipveil::metrics
