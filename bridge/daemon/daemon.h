#pragma once

#include "bridge/config/config.h"

namespace sipveil {

/// Runs the bridge until SIGTERM or SIGINT. Returns an exit code: 0 after a clean stop, 2 for what the configuration
/// must mend (a port in use, an unreadable key), 1 for everything else.
int run_daemon(const Config& config);

} // namespace sipveil
