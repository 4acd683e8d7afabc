#pragma once

#include "bridge/config/config.h"
#include "bridge/config/mistake.h"

#include <filesystem>
#include <string_view>
#include <variant>
#include <vector>

namespace sipveil {

/// The largest configuration file that is read: 1 MiB is some 5,000 peers with their routes.
inline constexpr std::size_t max_config_bytes = 1024 * 1024;

/// Whether the files that a configuration names (keys, torrc) are looked at.
enum class KeyFiles { checked, unchecked };

/// Reads and checks a configuration file (docs/configuration.md). Either the whole of it is right, or every mistake is
/// given at once, in the order of their lines. A TOML syntax error is the only mistake, since nothing can be read past
/// it.
[[nodiscard]] std::variant<Config, std::vector<Mistake>> load(const std::filesystem::path& path);

/// The same for text that is already there. Relative paths start at the directory of `name`. Without state_dir the
/// environment (XDG_STATE_HOME, HOME) gives it. Never throws, whatever the text holds.
[[nodiscard]] std::variant<Config, std::vector<Mistake>> parse(std::string_view text, const std::filesystem::path& name,
                                                               KeyFiles files = KeyFiles::checked);

} // namespace sipveil
