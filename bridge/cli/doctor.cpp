#include "bridge/doctor/doctor.h"

#include "base/log.h"
#include "bridge/cli/find_config.h"
#include "bridge/config/load.h"

#include <fmt/format.h>

#include <cstdio>
#include <unistd.h>

namespace sipveil::cli {
namespace {

/// Each check as soon as it is done: some take as long as a dial.
void show(const doctor::Check& check) {
  fmt::print("{}", doctor::to_text(check));
  std::fflush(stdout);
}

/// To the terminal of somebody who waits, and never into a file.
void show_progress(const doctor::Subject& subject, std::string_view how_far) {
  if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "{}", doctor::progress_text(subject, how_far));
}

/// The first check. nullopt if it failed; its detail then names every mistake.
std::optional<Config> check_config(const std::filesystem::path& file, doctor::Report& report) {
  auto loaded = load(file);
  if (auto* config = std::get_if<Config>(&loaded)) {
    report.ok(doctor::configuration, file.string());
    return std::move(*config);
  }
  std::string lines;
  for (const Mistake& mistake : std::get<std::vector<Mistake>>(loaded))
    lines += (lines.empty() ? "" : "\n") + mistake.line_of(file.string());
  report.failed(doctor::configuration, std::move(lines), "");
  doctor::skip_all(report, fmt::format("needs: {}", doctor::configuration.title));
  return std::nullopt;
}

} // namespace

int doctor(const Invocation& invocation) {
  // What libraries of ours log must not stand between the lines of the report.
  set_up_log({.level = "error"});
  const auto file = find_config(invocation);
  if (!file) return exit_usage;
  doctor::Report report(invocation.json ? doctor::Report::Show() : doctor::Report::Show(show), show_progress);
  const auto config = check_config(*file, report);
  if (config) doctor::examine(*config, report);
  fmt::print("{}", invocation.json ? doctor::to_json(report) : doctor::summary(report) + "\n");
  if (!config) return exit_usage;
  return report.healthy() ? exit_done : exit_failed;
}

} // namespace sipveil::cli
