#pragma once

#include "control/reply.h"

#include <string>

namespace sipveil::control {

/// Control-spec section 4.1.25; `unknown` is an action that a later tor may add.
enum class HsDescAction { requested, upload, received, uploaded, ignore, failed, created, unknown };

/// The way of an onion service's descriptor to and from the directories:
///
///     HS_DESC CREATED <address> UNKNOWN UNKNOWN <descriptor id>
///     HS_DESC UPLOAD <address> UNKNOWN $AAAA~relay <descriptor id> HSDIR_INDEX=…
///     HS_DESC UPLOADED <address> UNKNOWN $AAAA~relay
///     HS_DESC FAILED <address> UNKNOWN $AAAA~relay REASON=UPLOAD_REJECTED
struct HsDescEvent {
  HsDescAction action = HsDescAction::unknown;
  std::string address;       ///< the service id without ".onion", or UNKNOWN
  std::string directory;     ///< "$fingerprint~nickname", or UNKNOWN
  std::string descriptor_id; ///< empty where tor leaves it out
  std::string reason;        ///< of FAILED: NOT_FOUND, UPLOAD_REJECTED, …
};

/// Reads the text behind "HS_DESC ". Errors: malformed.
[[nodiscard]] Result<HsDescEvent> parse_hs_desc(std::string_view text);

} // namespace sipveil::control
