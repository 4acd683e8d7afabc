#pragma once

#include "base/error.h"
#include "control/client_auth.h"
#include "control/onion_key.h"
#include "transports/address.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace sipveil::control {

/// A single-hop onion service (tor(1), HiddenServiceSingleHopMode): its circuits to introduction and rendezvous points
/// have one hop instead of three or four, which takes half of the round trip away, and those relays see this machine's
/// address. A rendezvous point is chosen by the caller, so whoever knows the onion address can learn where the service
/// is. Tor takes such a service from its torrc alone: with ADD_ONION its circuits stay long.
struct SingleHopService {
  /// Where its tor has its files, below the state directory.
  static constexpr auto directory = "tor-service";

  OnionKey key;
  std::uint16_t virtual_port = 0;       ///< 1-65535, the port in the peer's address
  Endpoint target;                      ///< where tor connects to for every stream
  std::vector<ClientPublicKey> clients; ///< not empty: only these may reach it
};

/// Makes tor's HiddenServiceDir anew: the key and authorized_clients/<number>.auth, each "descriptor:x25519:<base32>"
/// (tor(1), CLIENT AUTHORIZATION). What stood there goes, so that a client who was taken from the list is out. Errors:
/// io.
[[nodiscard]] Result<void> write_service(const std::filesystem::path& directory, const SingleHopService& service);

/// The name in the directory's file hostname, which tor has written when its control port answers. Errors: io, invalid.
[[nodiscard]] Result<OnionName> read_service_name(const std::filesystem::path& directory);

/// Refuses a file with onion services of its own: this tor would run them as well, in single-hop mode, and so tell
/// where a service is that was meant to be hidden. Files that it includes in its turn are not looked at. Errors:
/// invalid.
[[nodiscard]] Result<void> check_extra_torrc(const std::optional<std::filesystem::path>& extra);

} // namespace sipveil::control
