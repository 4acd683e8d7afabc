#pragma once

#include "bridge/policy/rule.h"

#include <span>
#include <string_view>

namespace sipveil::policy {

/// A line type or an attribute of a session description. What has no row does not pass.
struct SdpRow {
  std::string_view name;
  Rule rule;               ///< makes the value that passes; null: it does not pass
  bool essential;          ///< a value that is not fit makes the whole description unfit; otherwise the line goes
  std::string_view source; ///< the RFC that defines it
  std::string_view note;   ///< what of it passes, or why nothing does
};

/// Line types, in the order of RFC 8866 section 5.
[[nodiscard]] std::span<const SdpRow> sdp_line_table();
/// Attributes (`a=`), by name.
[[nodiscard]] std::span<const SdpRow> sdp_attribute_table();

/// Null if there is no row.
[[nodiscard]] const SdpRow* find_sdp_line(char type);
[[nodiscard]] const SdpRow* find_sdp_attribute(std::string_view name);

} // namespace sipveil::policy
