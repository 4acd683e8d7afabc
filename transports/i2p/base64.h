#pragma once

#include "base/encoding.h"
#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::i2p {

/// I2P's base64: the alphabet of RFC 4648 with '-' for '+' and '~' for '/', padded with '='.
[[nodiscard]] std::string base64_encode(std::span<const unsigned char> bytes);

/// With or without padding; into SecretBytes, since keys are written so. nullopt for a foreign character, an impossible
/// length or non-zero trailing bits, so that each value has one text but for its padding.
[[nodiscard]] std::optional<SecretBytes> base64_decode(std::string_view text);

} // namespace sipveil::i2p
