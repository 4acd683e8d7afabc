#pragma once

#include "bridge/sip/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::sip {

/// One Via member taken apart (RFC 3261 section 20.42). Internal to bridge/sip.
struct ParsedVia {
  ViaView view;
  std::string_view version; ///< "2.0"
  std::string_view params;  ///< from the first semicolon on
};

/// nullopt if it is not well-formed or if branch, received or rport stands twice. Blanks and folds are
/// allowed where the grammar has them.
[[nodiscard]] std::optional<ParsedVia> parse_via(std::string_view member);

/// `member` with received= set and, if it asks for it, rport= filled. What the sender wrote into them is
/// replaced.
[[nodiscard]] std::string with_received(std::string_view member, const ParsedVia& parsed, std::string_view address,
                                        std::uint16_t port);

} // namespace sipveil::sip
