#pragma once

#include "bridge/config/config.h"
#include "bridge/config/reader.h"

#include <map>
#include <optional>
#include <string>

namespace sipveil {

// One function a section. Each reads all of it, notes every mistake, and gives what is valid.

InnerConfig read_inner(Reader& reader);
TorConfig read_tor(Reader& reader);
OnionConfig read_onion(Reader& reader);
TunnelConfig read_tunnel(Reader& reader);
LogConfig read_log(Reader& reader);

/// What [[peer]] and [[route]] need to know of the rest of the file.
struct Names {
  bool tor = false;                        ///< there is a [tor] section, valid or not
  std::map<std::string, unsigned> peers;   ///< every name that a [[peer]] claims, valid or not, and its line
  std::map<std::string, unsigned> domains; ///< every domain that a [[route]] claims, and its line
};

/// nullopt if it has no usable name or address.
std::optional<PeerConfig> read_peer(Reader& reader, Names& names);
/// To be called when `names` holds all peers. nullopt if it has no usable domain or peers.
std::optional<RouteConfig> read_route(Reader& reader, Names& names);

} // namespace sipveil
