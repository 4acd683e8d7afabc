#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace sipveil {

/// Source of random bytes; tests inject a predictable one.
using RandomSource = std::function<void(std::span<unsigned char>)>;

/// Fills from the operating system's generator by way of OpenSSL. Ends the process if that fails:
/// nothing in this program is safe without randomness.
void fill_random(std::span<unsigned char> bytes);

[[nodiscard]] std::uint64_t random_u64();
/// `bytes` random bytes as lower-case hex, twice as many characters.
[[nodiscard]] std::string random_hex(std::size_t bytes);

} // namespace sipveil
