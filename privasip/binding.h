#pragma once

#include "base/encoding.h"
#include "privasip/identity.h"
#include "privasip/token.h"

#include <array>
#include <span>
#include <string_view>

namespace sipveil::privasip {

/// Domain separation: nothing that is made for another purpose, or for another version of this format, ever opens here.
inline constexpr std::string_view purpose = "sipveil privasip 1";

/// The first bytes of a token, as on the wire.
using Head = std::array<unsigned char, Token::head_size>;
[[nodiscard]] Head token_head(Algorithm algorithm, const KeyId& key_id);

/// What a token is authenticated together with, but does not carry whole: AES-GCM's and HPKE's additional data, the
/// label of RSA-OAEP.
///   "sipveil privasip 1" (18) | head (6) | sender (1) | subject (1) | length of the dialog (4, big endian) | dialog
[[nodiscard]] Bytes binding(std::span<const unsigned char, Token::head_size> head, const Context& context);

} // namespace sipveil::privasip
