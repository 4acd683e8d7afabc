#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <filesystem>

namespace sipveil {

/// Reads a whole file of at most `limit` bytes.
/// Errors: io (with the reason of the operating system), too_large.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

/// Reads a key file. Refuses one that others may read (any bit of 0077), as ssh does. At most 64 KiB.
[[nodiscard]] Result<SecretBytes> read_secret_file(const std::filesystem::path& path);

/// Writes `bytes` with mode 0600 by a temporary file in the same directory, fsync and rename: after a crash
/// either the old or the new file is there, whole.
[[nodiscard]] Result<void> write_secret_file(const std::filesystem::path& path, const SecretBytes& bytes);

/// Makes the directory and its parents; an own directory gets mode 0700.
[[nodiscard]] Result<void> make_private_directory(const std::filesystem::path& path);

} // namespace sipveil
