#pragma once

#include "bridge/policy/rule.h"

namespace sipveil::policy {

// Lists of registered words. A word that is not known here does not pass: a token can spell a name as well as a display
// name can. What passes is written in the order of our list, each word once, so that a list tells what a phone can do
// and not which phone it is.

/// Methods of the registered SIP methods (RFC 3261 section 20.5 and the RFCs of the extensions).
bool methods(std::string_view value, const Context& context, std::string& out);
/// Option tags of the extensions that work through a bridge.
bool option_tags(std::string_view value, const Context& context, std::string& out);
/// The same, but one unknown tag makes the whole value unfit: who requires it must not be served without it.
bool required_option_tags(std::string_view value, const Context& context, std::string& out);
/// Event packages (RFC 6665 section 8.4).
bool event_packages(std::string_view value, const Context& context, std::string& out);
/// One event package and its id.
bool event(std::string_view value, const Context& context, std::string& out);
/// RFC 3323 section 4.2, with RFC 3325 `id` and RFC 7044 `history`.
bool privacy(std::string_view value, const Context& context, std::string& out);
/// RFC 5009 section 8.
bool early_media(std::string_view value, const Context& context, std::string& out);
/// One of the four values of RFC 3261 section 20.26.
bool priority(std::string_view value, const Context& context, std::string& out);
/// true or false (RFC 4488 section 4).
bool refer_sub(std::string_view value, const Context& context, std::string& out);

/// True if it is a registered method; case matters.
[[nodiscard]] bool is_method(std::string_view name);

} // namespace sipveil::policy
