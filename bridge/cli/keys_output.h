#pragma once

#include "base/error.h"
#include "privasip/key_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipveil::cli {

/// "ecies-x25519  1a2b3c4d", the columns that every table of keys has.
[[nodiscard]] std::string key_columns(const privasip::PublicKey& key);

/// Members of a JSON object: "algorithm":...,"id":...,"fingerprint":...
[[nodiscard]] std::string json_members(const privasip::PublicKey& key);
/// An array of such objects.
[[nodiscard]] std::string json_array(const std::vector<privasip::PublicKey>& keys);

/// "2026-01-31 12:00:00 UTC"
[[nodiscard]] std::string utc(privasip::UnixSeconds time);

/// The wall clock, as key files count.
[[nodiscard]] privasip::UnixSeconds now();

/// Tells standard error; returns exit_failed.
int fail(const Error& error);

} // namespace sipveil::cli
