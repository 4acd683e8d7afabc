#include "bridge/cli/find_config.h"
#include "bridge/daemon/daemon.h"

namespace sipveil::cli {

int run(const Invocation& invocation) {
  const auto loaded = load_config(invocation);
  return loaded ? run_daemon(loaded->config) : exit_usage;
}

} // namespace sipveil::cli
