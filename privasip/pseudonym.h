#pragma once

#include "base/secret.h"
#include "privasip/identity.h"

#include <string>

namespace sipveil::privasip {

/// What a proxy with `view = "pseudonym"` sees instead of the user part: 26 base32 characters of HMAC-SHA256(key,
/// user '@' host), cut to 16 bytes. Stable for one key; without the key nobody links it to the name.
[[nodiscard]] std::string pseudonym(const SecretBytes& key, const Identity& identity);

} // namespace sipveil::privasip
