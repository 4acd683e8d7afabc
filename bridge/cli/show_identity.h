#pragma once

#include "bridge/config/config.h"

#include <string_view>

namespace sipveil::cli {

/// A row of what `sipveil check` prints: title and content.
void row(std::string_view title, std::string_view content);

/// The rows of [identity] and [[account]], with what is missing for them to work.
void show_identity(const Config& config);

} // namespace sipveil::cli
