#pragma once

#include "bridge/policy/rule.h"

namespace sipveil::policy {

/// A session description that names no person, address, device, key or clock: the lines of sdp_table.h, in order, with
/// CRLF. Its streams point nowhere until media is carried. The same is done in both directions: inward, an address of a
/// stranger's choice would have the phone send RTP or ICE checks there, outside the tunnel, and so tell who it is.
/// False: it does not parse, or a line that it cannot do without is not fit.
bool session_description(std::string_view body, const Context& context, std::string& out);

} // namespace sipveil::policy
