#pragma once

#include "base/error.h"

#include <cstdint>

namespace sipveil {

/// What a SOCKS5 reply code other than 0x00 means for us: whose fault, whether to try again, what mends it.
/// `extended`: take 0xF0-0xF7 as tor's extended errors; otherwise they are unassigned like every code above
/// 0x08.
[[nodiscard]] Error socks5_error(std::uint8_t code, bool extended);

} // namespace sipveil
