#pragma once

#include "base/error.h"
#include "privasip/opener.h"

#include <filesystem>
#include <vector>

namespace sipveil {

/// Reads a subscribers_file, which only its owner may read; at most 16 MiB, that is the 100,000 lines that
/// privasip::parse_subscribers takes with room for long realms. Errors: io, too_large, and those of the parser; none
/// repeats its content.
[[nodiscard]] Result<std::vector<privasip::Subscriber>> read_subscribers(const std::filesystem::path& file);

} // namespace sipveil
