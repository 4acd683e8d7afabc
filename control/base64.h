#pragma once

#include "base/secret.h"

#include <optional>
#include <span>
#include <string_view>

namespace sipveil::control {

/// RFC 4648 section 4 with padding, as tor writes its keys. Results are secrets, because keys are all it is
/// used for.
[[nodiscard]] SecretBytes base64_encode(std::span<const unsigned char> bytes);
/// nullopt for a foreign character, missing padding or a length that is not a multiple of four.
[[nodiscard]] std::optional<SecretBytes> base64_decode(std::string_view text);

} // namespace sipveil::control
