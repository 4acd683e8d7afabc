#pragma once

#include <optional>
#include <string_view>

namespace sipveil::sip {

/// ( name-addr / addr-spec ) *( SEMI generic-param ), as From, To, Contact, Route and Record-Route hold it. Views into
/// the value that was parsed.
struct NameAddr {
  std::string_view display; ///< display name as written, quotes kept; empty if there is none
  std::string_view uri;     ///< without brackets; of any scheme
  std::string_view params;  ///< of the header field, from the first semicolon on; empty if there are none
  std::string_view tag;     ///< empty if absent
  bool bracketed = false;   ///< name-addr, not a bare addr-spec
};

/// nullopt if it is not well-formed, if anything follows, or if the tag stands twice.
[[nodiscard]] std::optional<NameAddr> parse_name_addr(std::string_view value);

} // namespace sipveil::sip
