#pragma once

#include "bridge/sip/field.h"

#include <string_view>
#include <vector>

namespace sipveil::sip {

// The head of a message: start line and header fields, up to and with the empty line. Internal to bridge/sip.

/// Position behind the empty line, npos if it has not come. The search starts at `from`.
[[nodiscard]] std::size_t find_head_end(std::string_view bytes, std::size_t from = 0);

/// True if no line break is a bare CR or LF, no continuation line is blank, and there is no control character
/// but HT. Anything else may be read as the end of the header by the next element of the path (request
/// smuggling), or drive a terminal that shows a log. RFC 3261 allows control characters in a quoted pair and
/// blank continuation lines; no phone sends them, and they are refused.
[[nodiscard]] bool is_clean(std::string_view lines);

/// The first line with its CRLF; all of `head` if there is no line break.
[[nodiscard]] std::string_view first_line(std::string_view head);

/// Cuts what follows the start line into fields, continuation lines joined, and stops at the empty line. A
/// line that is no header field becomes a Field without a name.
void scan_fields(std::string_view lines, std::vector<Field>& fields);

/// Number of fields, members of comma lists counted one by one; counts on only until it exceeds `limit`.
[[nodiscard]] std::size_t count_members(std::string_view head, const std::vector<Field>& fields, std::size_t limit);

} // namespace sipveil::sip
