#include "bridge/cli/find_config.h"
#include "bridge/doctor/status_field.h"
#include "bridge/status/socket.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::cli {
namespace {

/// The text of each object of the array, which holds no objects or arrays itself. As doctor::status_field, for our own
/// reports only.
std::vector<std::string_view> objects_of(std::string_view report, std::string_view array) {
  std::vector<std::string_view> objects;
  const std::string start = fmt::format("\"{}\":[", array);
  auto at = report.find(start);
  if (at == std::string_view::npos) return objects;
  at += start.size();
  while (at < report.size() && report[at] != ']') {
    const auto end = std::min(report.find('}', at), report.size() - 1);
    objects.push_back(report.substr(at, end + 1 - at));
    at = end + 1;
    if (at < report.size() && report[at] == ',') ++at;
  }
  return objects;
}

void show_standby(std::string_view pool) {
  const auto field = [pool](std::string_view name) { return doctor::status_field(pool, name); };
  const std::string fastest = field("fastest_ms");
  fmt::print("standby  {}: {} of {} ready{}, {} taken, {} missed\n", field("peer"), field("ready"), field("wanted"),
             fastest == "null" ? "" : fmt::format(" (fastest {} ms)", fastest.substr(0, fastest.find('.'))),
             field("taken"), field("missed"));
}

/// The text of an object that holds no other, empty if it is null.
std::string_view object_of(std::string_view report, std::string_view name) {
  const std::string start = fmt::format("\"{}\":{{", name);
  const auto at = report.find(start);
  if (at == std::string_view::npos) return {};
  return report.substr(at, std::min(report.find('}', at), report.size() - 1) + 1 - at);
}

void show_i2p(std::string_view i2p) {
  if (i2p.empty()) return;
  const auto field = [i2p](std::string_view name) { return doctor::status_field(i2p, name); };
  fmt::print("i2p      {}, {} sessions\n", field("state"), field("sessions"));
  const std::string destination = field("destination");
  if (!destination.empty())
    fmt::print("         {}{}\n", destination, field("reachable") == "true" ? "" : " (not reachable yet)");
}

/// What a person asks first; --json has all of it.
void show(const std::string& report) {
  const auto field = [&report](std::string_view name) { return doctor::status_field(report, name); };
  const std::string onion = field("onion");
  fmt::print("running  sipveil {}, role {}, for {} s\n", field("version"), field("role"), field("uptime_s"));
  fmt::print("tor      {}\n", field("tor"));
  if (!onion.empty()) fmt::print("onion    {}{}\n", onion, field("published") == "true" ? "" : " (not published yet)");
  show_i2p(object_of(report, "i2p"));
  for (const std::string_view pool : objects_of(report, "standby"))
    show_standby(pool);
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
