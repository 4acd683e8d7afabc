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
I2pConfig read_i2p(Reader& reader);
DestinationConfig read_destination(Reader& reader);
StandbyConfig read_standby(Reader& reader);
MetricsConfig read_metrics(Reader& reader);

/// What a section needs to know of the rest of the file.
struct Names {
  std::optional<Role> role;                 ///< nullopt: missing or wrong, which is a mistake already
  bool tor = false;                         ///< there is a [tor] section, valid or not
  bool i2p = false;                         ///< the same of [i2p]
  bool destination = false;                 ///< the same of [destination]
  std::map<std::string, unsigned> peers;    ///< every name that a [[peer]] claims, valid or not, and its line
  std::map<std::string, Text> same_as;      ///< what a [[peer]] of this name says in same_as
  std::map<std::string, unsigned> domains;  ///< every domain that a [[route]] claims, and its line
  std::map<std::string, unsigned> accounts; ///< every address of record that an [[account]] claims, and its line
};

/// nullopt if it has no usable name or address. Its `same_as` is left to `check_ways`.
std::optional<PeerConfig> read_peer(Reader& reader, Names& names);
/// Holds every `same_as` against all peers, and gives those that are right to theirs. To be called when `names` and
/// `config` hold all peers.
void check_ways(const Names& names, Config& config, Reading& reading);
/// To be called when `names` and `config` hold all peers, and `config` its [standby]. nullopt if it has no usable
/// domain or peers.
std::optional<RouteConfig> read_route(Reader& reader, Names& names, const Config& config);

// Of [[peer]]:
/// What `via` says, before it is held against the address.
std::optional<Via> read_via_text(const Text& text, Reading& reading);
/// `via` and `i2p_identity`.
std::optional<Via> read_via(Reader& reader, const PeerAddress& address, const Names& names);
/// An I2P destination by an HTTP proxy: i2pd's, which dials all of them from one destination of its own.
[[nodiscard]] bool is_i2p_proxy(const PeerConfig& peer);

/// A program that stands in PATH is named without a slash; anything else is a path. `fallback` without the key.
std::string read_binary(Reader& reader, const std::string& fallback);

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
