#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"

namespace sipveil::doctor {

/// Examines everything that a valid configuration needs to carry calls, in order, from this machine to the peers.
/// Blocks, at most for the dial time-outs and the start of an own tor. Nothing of it stays but the files of such a tor.
void examine(const Config& config, Report& report);

/// Notes every check that `examine` would do as skipped, with the reason.
void skip_all(Report& report, const std::string& why);

} // namespace sipveil::doctor
