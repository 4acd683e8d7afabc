#pragma once

#include "bridge/metrics/sample.h"
#include "bridge/status/report.h"

namespace sipveil::metrics {

/// The report as Prometheus reads it; docs/metrics.md lists the names. Its labels are peers' names in the configuration
/// and words of ours: whoever calls, is called or registers is in none of them, nor is an address. `report.calls` and
/// the peers of `report.links` are not read.
[[nodiscard]] Families families(const status::Report& report);

/// The part of it that counts calls.
[[nodiscard]] Families call_families(const hop::CallCounts& counts);

} // namespace sipveil::metrics
