#include "bridge/hop/public_number.h"

#include "base/encoding.h"

#include <openssl/sha.h>

#include <array>

namespace sipveil::hop {

std::uint64_t public_number(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(as_bytes(text).data(), text.size(), digest.data());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8U | digest[i];
  return number;
}

} // namespace sipveil::hop
