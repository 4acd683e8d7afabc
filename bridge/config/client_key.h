#pragma once

#include "base/error.h"
#include "control/client_auth.h"

#include <filesystem>

namespace sipveil {

/// Reads the key of a peer's client_key_file, which only its owner may read. Errors: io, too_large, invalid, each
/// naming the file; none repeats its content.
[[nodiscard]] Result<control::ClientAuthKey> read_client_key(const std::filesystem::path& file);

} // namespace sipveil
