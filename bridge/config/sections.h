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
/// To be called when [tor] has been read: a single-hop service needs a tor of ours.
OnionConfig read_onion(Reader& reader, const std::optional<TorConfig>& tor);
TunnelConfig read_tunnel(Reader& reader);
LogConfig read_log(Reader& reader);
StandbyConfig read_standby(Reader& reader);
MetricsConfig read_metrics(Reader& reader);

/// What a section needs to know of the rest of the file.
struct Names {
  std::optional<Role> role;                 ///< nullopt: missing or wrong, which is a mistake already
  bool tor = false;                         ///< there is a [tor] section, valid or not
  std::map<std::string, unsigned> peers;    ///< every name that a [[peer]] claims, valid or not, and its line
  std::map<std::string, unsigned> domains;  ///< every domain that a [[route]] claims, and its line
  std::map<std::string, unsigned> accounts; ///< every address of record that an [[account]] claims, and its line
};

/// nullopt if it has no usable name or address.
std::optional<PeerConfig> read_peer(Reader& reader, Names& names);
/// To be called when `names` holds all peers. nullopt if it has no usable domain or peers.
std::optional<RouteConfig> read_route(Reader& reader, Names& names);

/// Whether the name is a peer's; notes it if not. To be called when `names` holds all peers.
bool is_peer(const Text& name, const Names& names, Reading& reading);

/// `state_dir`: for the default of keys_dir.
IdentityConfig read_identity(Reader& reader, const Names& names, const std::filesystem::path& state_dir);
/// To be called when `names` holds all peers. nullopt if it has no usable address of record.
std::optional<AccountConfig> read_account(Reader& reader, Names& names, const std::optional<IdentityConfig>& identity);

// Of [identity] and [[account]] both:
std::optional<privasip::KnownTo> read_known_to(Reader& reader);
/// Notes it if the algorithm cannot keep the class of `caller_known_to`.
void check_aes_class(const Reader& reader, privasip::Algorithm algorithm, privasip::KnownTo known_to);

} // namespace sipveil
