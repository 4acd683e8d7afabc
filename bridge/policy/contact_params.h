#pragma once

#include <string>
#include <string_view>

namespace sipveil::policy {

/// Parameters of a Contact in a registration that pass: expires and q, without the first semicolon; what cannot be read
/// gives nothing. Out are +sip.instance and reg-id (name a device, RFC 5626), pub-gruu
/// and temp-gruu, and feature tags (RFC 3840: they describe the device and its owner).
[[nodiscard]] std::string keep_contact_params(std::string_view params);

} // namespace sipveil::policy
