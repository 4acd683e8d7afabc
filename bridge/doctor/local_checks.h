#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"

namespace sipveil::doctor {

/// The state directory is there and writable, or can be made, and nobody else reads it or its files. Changes nothing.
void check_state_directory(const Config& config, Report& report);

/// Each address that the configuration listens on can be had now. `running`: a sipveil of this configuration runs and
/// has them.
void check_listen_addresses(const Config& config, bool running, Report& report);

} // namespace sipveil::doctor
