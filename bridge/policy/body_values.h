#pragma once

#include "bridge/policy/rule.h"

namespace sipveil::policy {

// Bodies other than session descriptions. Each rule makes a whole body.

/// One of 0-9, *, #, A-D.
bool dtmf(std::string_view body, const Context& context, std::string& out);
/// Signal=1 and Duration=160, a line each.
bool dtmf_relay(std::string_view body, const Context& context, std::string& out);
/// RFC 3842 section 5.2: Messages-Waiting, and the counts of the message classes.
bool message_summary(std::string_view body, const Context& context, std::string& out);
/// RFC 3420: of a status line the code, with its usual phrase. What a transfer reports to its sender (RFC 3515
/// section 2.4.5) is that line; the rest of the message is the transfer target's.
bool status_line(std::string_view body, const Context& context, std::string& out);
/// PEM blocks: nothing but the characters of base64 and of their BEGIN and END lines.
bool public_keys(std::string_view body, const Context& context, std::string& out);
/// What a person writes is for that person to judge.
bool as_it_is(std::string_view body, const Context& context, std::string& out);

} // namespace sipveil::policy
