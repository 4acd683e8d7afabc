#pragma once

#include <cstdint>
#include <string_view>

namespace sipveil::hop {

/// First 8 bytes, big endian, of SHA-256 of `text`: a name by which others who know the text find it again.
[[nodiscard]] std::uint64_t public_number(std::string_view text);

} // namespace sipveil::hop
