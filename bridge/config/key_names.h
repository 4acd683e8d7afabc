#pragma once

#include "bridge/config/config.h"

#include <string>
#include <vector>

namespace sipveil {

// Which keys a configuration lives on, as far as it tells; names as those of privasip::KeyStore, sorted, each once.

/// Of whom a public key must be pinned (`sipveil keys fetch`): homes of accounts, domains of routes. Names that only a
/// call gives (a callee's own key, a domain that goes by "*") are not known here.
[[nodiscard]] std::vector<std::string> names_to_pin(const Config& config);

/// Of whom there must be a key of our own (`sipveil keys generate`).
[[nodiscard]] std::vector<std::string> names_to_own(const Config& config);

} // namespace sipveil
