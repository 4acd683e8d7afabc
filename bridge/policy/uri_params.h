#pragma once

#include "bridge/policy/policy.h"

#include <string>
#include <string_view>

namespace sipveil::policy {

// Parameters that pass, for the steps that build URIs and Contacts themselves. Each takes and gives "name=value;name",
// as sip::Uri::params has it, without the first semicolon. What cannot be read gives nothing.

/// Of a URI (RFC 3261 section 19.1.1): transport, lr, user, method, each with a registered value. Out are, among
/// others: maddr and ttl (addresses), gr and ob (name a device, RFC 5627, RFC 5626), comp and sigcomp-id, isub, ext,
/// tgrp, trunk-context, phone-context, cause and target (who was called before, RFC 4458), and outward `sv` and `svh`,
/// which hold what an inner proxy may know: bridge/identity puts these back itself. The same passes in both directions.
[[nodiscard]] std::string keep_uri_params(std::string_view params, Direction direction);

/// Of a Contact in a registration: expires and q. Out are +sip.instance and reg-id (name a device, RFC 5626), pub-gruu
/// and temp-gruu, and feature tags (RFC 3840: they describe the device and its owner).
[[nodiscard]] std::string keep_contact_params(std::string_view params);

} // namespace sipveil::policy
