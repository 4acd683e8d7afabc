#pragma once

#include <filesystem>
#include <optional>
#include <span>

namespace sipveil::cli {

// Exit codes of every command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1; ///< it was asked rightly and did not work
inline constexpr int exit_usage = 2;  ///< the command line or the configuration is wrong

/// What the command line gave to a command.
struct Invocation {
  std::optional<std::filesystem::path> config; ///< -c
  bool json = false;                           ///< --json, for those that take it
};

/// One sub-command.
struct Command {
  const char* name;
  const char* about; ///< one line of the help
  bool takes_json;
  int (*run)(const Invocation&); ///< returns an exit code
};

int run(const Invocation& invocation);
int check(const Invocation& invocation);
int doctor(const Invocation& invocation);
int status(const Invocation& invocation);

} // namespace sipveil::cli
