#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <filesystem>

namespace sipveil {

/// Reads an account's password_file, which only its owner may read: one line, whose end is not part of the password.
/// Errors: io, too_large, invalid, each naming the file; none repeats its content.
[[nodiscard]] Result<SecretBytes> read_password(const std::filesystem::path& file);

} // namespace sipveil
