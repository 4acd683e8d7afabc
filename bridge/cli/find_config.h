#pragma once

#include "bridge/cli/command.h"
#include "bridge/config/config.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace sipveil::cli {

/// A configuration and the name of its file as messages show it.
struct LoadedConfig {
  Config config;
  std::filesystem::path file;
};

/// Where a configuration is looked for when neither -c nor SIPVEIL_CONFIG names one, in order: the working directory,
/// the user's configuration directory (XDG_CONFIG_HOME, ~/.config), /etc.
[[nodiscard]] std::vector<std::filesystem::path> default_config_places();

/// The file that -c, SIPVEIL_CONFIG or the default places give, or nullopt after standard error has been told where it
/// was looked for and how to make one.
[[nodiscard]] std::optional<std::filesystem::path> find_config(const Invocation& invocation);

/// Finds and reads it. nullopt after every mistake has been written to standard error: the command then ends with
/// `exit_usage`.
[[nodiscard]] std::optional<LoadedConfig> load_config(const Invocation& invocation);

} // namespace sipveil::cli
