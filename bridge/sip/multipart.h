#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sipveil::sip {

/// Parts of a multipart body. Phones send two or three: SDP, and something beside it.
inline constexpr std::size_t max_body_parts = 16;

/// type/subtype and the parameters behind it, as views into a Content-Type value (RFC 3261 section 25.1, media-type).
struct MediaType {
  std::string_view type;     ///< "application/sdp", as written, without blanks
  std::string_view charset;  ///< unquoted; empty if absent
  std::string_view boundary; ///< unquoted; empty if absent
};
/// nullopt if it is not well-formed, if a parameter that is read stands twice, or if one has a backslash in its quotes
/// (no charset and no boundary needs one, and readers differ in what they make of it).
[[nodiscard]] std::optional<MediaType> parse_media_type(std::string_view value);

/// One part of a multipart body, as views into it.
struct BodyPart {
  std::string_view content_type; ///< value of its header, still folded if it came so; empty if absent
  std::string_view encoding;     ///< value of Content-Transfer-Encoding; empty if absent
  std::string_view body;
};
/// Cuts a multipart body at its boundary (RFC 2046 section 5.1.1). nullopt if the boundary is none, if the closing one
/// is missing, if there is no part or there are more than max_body_parts, if a part's header does not end or cannot be
/// read, and if a line begins with the boundary but goes on, which readers of the RFC take differently.
[[nodiscard]] std::optional<std::vector<BodyPart>> split_multipart(std::string_view body, std::string_view boundary);

} // namespace sipveil::sip
