#pragma once

#include "bridge/sip/field.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipveil::sip {

/// A response (RFC 3261 section 8.2.6.2) from the fields of a request. Internal to bridge/sip.
struct ResponseParts {
  int status = 0;
  std::string_view reason;
  std::string_view to_tag;        ///< appended to To unless empty
  std::string_view extra_headers; ///< whole lines
};
[[nodiscard]] std::string compose_response(const std::vector<Field>& request, const ResponseParts& parts);

} // namespace sipveil::sip
