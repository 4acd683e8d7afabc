#pragma once

#include "bridge/sip/message.h"

#include <string_view>

namespace sipveil::sip {

/// Request-Line or Status-Line (RFC 3261 sections 7.1, 7.2), as views into it. Internal to bridge/sip.
struct StartLine {
  std::string_view method;  ///< empty for a response
  std::string_view uri;     ///< empty for a response
  std::string_view version; ///< "SIP/2.0"; any digits
  int status = 0;           ///< 100-699; 0 for a request
  std::string_view reason;  ///< empty for a request
};

/// From a line with or without its CRLF. nullopt if it is neither: the grammar has exactly one space between
/// the parts and none at the end.
[[nodiscard]] std::optional<StartLine> parse_start_line(std::string_view line);

/// True if the line is to be a response, well-formed or not. Nothing is ever answered to one.
[[nodiscard]] bool is_status_line(std::string_view line);

/// Method names are case-sensitive (section 7.1).
[[nodiscard]] Method method_of(std::string_view name);

} // namespace sipveil::sip
