#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipveil::privasip {

/// One block of RFC 7468.
struct PemBlock {
  std::string label; ///< "PUBLIC KEY"
  SecretBytes der;
};

/// All blocks of a text of at most 64 KiB; what stands between them is skipped. Errors: too_large (more than `most`
/// blocks or a longer text), malformed (a block without an end, foreign characters, an encrypted key of the old form).
[[nodiscard]] Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t most);
[[nodiscard]] SecretBytes write_pem(const char* label, std::span<const unsigned char> der);

} // namespace sipveil::privasip
