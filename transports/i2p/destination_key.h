#pragma once

#include "base/secret.h"
#include "transports/address.h"
#include "transports/stream.h"

#include <filesystem>
#include <optional>

namespace sipveil::i2p {

/// The private key of a destination as SAM writes it (base64 in I2P's alphabet), and the name that others dial.
struct DestinationKey {
  SecretBytes private_key; ///< never logged
  B32Name name;            ///< SHA-256 of the public part
};

/// A new destination from the router (DEST GENERATE, SIGNATURE_TYPE=7: Ed25519). Errors: those of SamConnection::open;
/// malformed if the router gives another kind of key, or one that is not that of the public part it gives.
asio::awaitable<Result<DestinationKey>> generate_destination(Endpoint sam);

/// Reads STATE_DIR/i2p_destination, a key file. Errors: as of read_secret_file; invalid if it holds no destination key.
/// nullopt if there is none yet.
[[nodiscard]] Result<std::optional<DestinationKey>> load_destination(const std::filesystem::path& state_dir);
/// Writes it, mode 0600, never over another. Errors: io; invalid if there is one.
[[nodiscard]] Result<void> store_destination(const std::filesystem::path& state_dir, const DestinationKey& key);

} // namespace sipveil::i2p
