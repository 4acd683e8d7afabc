#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::control {

/// The files of an i2pd of our own, all in one directory that only we may enter.
struct I2pdLayout {
  std::filesystem::path directory; ///< its data directory, <state_dir>/i2pd
  std::filesystem::path log;
  std::filesystem::path output; ///< what it says before its log is open
  std::filesystem::path pid_file;

  /// Errors: configuration, for a state directory that has no absolute path.
  [[nodiscard]] static Result<I2pdLayout> below(const std::filesystem::path& state_directory);
};

/// The command that runs our own i2pd. What we settle stands on the command line, which wins over `extra`, the
/// configuration file (boost::program_options keeps what is stored first). Off is all that others could use or that
/// asks the network for what we do not need: proxies, console, I2CP, BOB, I2PControl, UPnP, the address book's sources.
/// The rest is i2pd's own: it carries the tunnels of others with up to 32 KB/s (bandwidth L), as users of I2P expect of
/// each other, and which makes our own traffic less conspicuous; it is no floodfill.
[[nodiscard]] std::vector<std::string> i2pd_command(const I2pdLayout& layout, const std::string& binary,
                                                    const std::optional<std::filesystem::path>& extra,
                                                    std::uint16_t sam_port);

/// Refuses lines that would take i2pd out of our hands: one that runs as a daemon is no child any more. Errors:
/// configuration, with the line.
[[nodiscard]] Result<void> check_extra_conf(std::string_view text);

/// The sentences of the last warnings and errors in i2pd's log or output, at most three, in one line; empty if there
/// are none.
[[nodiscard]] std::string last_i2pd_complaints(std::string_view log);

} // namespace sipveil::control
