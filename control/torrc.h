#pragma once

#include "base/error.h"
#include "control/single_hop.h"
#include "transports/address.h"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace sipveil::control {

/// The files of a tor of our own, all in one directory that only we may enter.
struct TorLayout {
  std::filesystem::path directory; ///< tor's DataDirectory, <state_dir>/<name>
  std::filesystem::path torrc;
  std::filesystem::path log; ///< where tor's output goes, which is its log
  Endpoint control;
  Endpoint socks;                ///< only of a tor that dials
  std::filesystem::path service; ///< HiddenServiceDir, only of a tor that runs a service

  /// Errors: configuration, for a state directory whose path has no room for a unix socket (107 bytes,
  /// unix(7)) or holds a line end.
  [[nodiscard]] static Result<TorLayout> below(const std::filesystem::path& state_directory,
                                               const std::string& name = "tor");
};

/// The torrc of our own tor; it logs to its standard output. `extra` is included first, so that our settings
/// win. `owner` is the process with which tor ends, should it end before it could take ownership by the
/// control connection.
[[nodiscard]] std::string make_torrc(const TorLayout& layout, const std::optional<std::filesystem::path>& extra,
                                     pid_t owner);

/// The torrc of a tor of our own that does nothing but run one service over circuits of one hop. Such a tor may not
/// dial: HiddenServiceNonAnonymousMode needs SocksPort 0 (tor(1)).
[[nodiscard]] std::string make_service_torrc(const TorLayout& layout, const std::optional<std::filesystem::path>& extra,
                                             pid_t owner, const SingleHopService& service);

/// The sentences of the last warnings and errors in tor's log, at most three, in one line; empty if there are
/// none.
[[nodiscard]] std::string last_complaints(std::string_view log);

} // namespace sipveil::control
