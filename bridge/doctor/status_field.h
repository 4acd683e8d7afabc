#pragma once

#include <string>
#include <string_view>

namespace sipveil::doctor {

/// A member of the report that the running sipveil gives (bridge/status/report.h): the text of a string, or a number or
/// truth value as it stands. The first of that name; empty if there is none. Only for our own reports: it relies on
/// their having no white space between tokens and no escapes in what is asked for.
[[nodiscard]] std::string status_field(std::string_view report, std::string_view name);

} // namespace sipveil::doctor
