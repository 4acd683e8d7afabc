#include "bridge/cli/find_config.h"
#include "bridge/doctor/status_field.h"
#include "bridge/status/socket.h"

#include <fmt/format.h>

namespace sipveil::cli {
namespace {

/// What a person asks first; --json has all of it.
void show(const std::string& report) {
  const auto field = [&report](std::string_view name) { return doctor::status_field(report, name); };
  const std::string onion = field("onion");
  fmt::print("running  sipveil {}, role {}, for {} s\n", field("version"), field("role"), field("uptime_s"));
  fmt::print("tor      {}\n", field("tor"));
  if (!onion.empty()) fmt::print("onion    {}{}\n", onion, field("published") == "true" ? "" : " (not published yet)");
  fmt::print("calls    {} open, {} requests, {} refused\n", field("calls_open"), field("requests"), field("refused"));
}

} // namespace

int status(const Invocation& invocation) {
  const auto loaded = load_config(invocation);
  if (!loaded) return exit_usage;
  const auto report = status::ask(loaded->config);
  if (!report) {
    fmt::print(stderr, "sipveil: {}\n", report.error().text());
    return exit_failed;
  }
  if (invocation.json)
    fmt::print("{}", *report);
  else
    show(*report);
  return exit_done;
}

} // namespace sipveil::cli
