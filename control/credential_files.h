#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <filesystem>

namespace sipveil::control {

/// Reads the password of tor's HashedControlPassword: the file's first line. It is a key file, which only its
/// owner may read. Errors: all of the configuration, naming the file.
[[nodiscard]] Result<SecretBytes> read_password(const std::filesystem::path& file);

/// Reads tor's cookie file. Tor decides who may read it, so its mode is not judged. Only a regular file is
/// opened, because the path can come from the other end of the socket and must not make us wait or read a
/// device. Errors: io, too_large (longer than a cookie).
[[nodiscard]] Result<SecretBytes> read_cookie(const std::filesystem::path& file);

} // namespace sipveil::control
