#pragma once

#include "bridge/policy/rule.h"

namespace sipveil::policy {

// Header values that are numbers, states and references to dialogs.

/// A number below 2^32, and nothing else.
bool number(std::string_view value, const Context& context, std::string& out);
/// A number; comment and parameters behind it go (Retry-After: "18000;duration=3600 (in a meeting)").
bool leading_number(std::string_view value, const Context& context, std::string& out);
/// RFC 3262 section 7.2: RSeq and CSeq numbers and a method.
bool rack(std::string_view value, const Context& context, std::string& out);
/// RFC 4028 section 4: seconds and the refresher.
bool session_expires(std::string_view value, const Context& context, std::string& out);
/// RFC 6665 section 8.4: state, expires, reason, retry-after.
bool subscription_state(std::string_view value, const Context& context, std::string& out);
/// RFC 3326: protocols and causes, no text.
bool reason(std::string_view value, const Context& context, std::string& out);
/// RFC 3891, RFC 3911, RFC 4538: Call-ID and tags become the other side's.
bool dialog_reference(std::string_view value, const Context& context, std::string& out);
/// RFC 3261 section 20.11: what the body is for, and whether it must be understood.
bool content_disposition(std::string_view value, const Context& context, std::string& out);
/// RFC 3261 section 20.44, RFC 7616 section 3.3: of a Digest challenge what the answer is computed from. `domain` is a
/// list of addresses.
bool digest_challenge(std::string_view value, const Context& context, std::string& out);
/// RFC 7616 section 3.5.
bool authentication_info(std::string_view value, const Context& context, std::string& out);

} // namespace sipveil::policy
