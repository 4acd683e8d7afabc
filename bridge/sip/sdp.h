#pragma once

#include "base/error.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::sip {

/// Lines in a session description. Three times what a browser's offer of audio and video with all its candidates has.
inline constexpr std::size_t max_sdp_lines = 1000;
/// Media sections in one. A conference with sixteen screens beside its sixteen cameras.
inline constexpr std::size_t max_sdp_media = 32;

/// `type=value` (RFC 8866 section 5).
struct SdpLine {
  char type = 0;          ///< lower-case letter
  std::string_view value; ///< without the line break; never CR, LF or NUL
};

/// A session description cut into its lines, in order: session level first, then one section for each `m=`. Own parser,
/// because sofia-sip's can be made to eat all memory. It knows lines and sections; what a value means is for its
/// reader. Views live as long as the parsed text does.
class Sdp {
 public:
  /// The first two lines are `v=0` and an `o=`; neither comes again. Line breaks are CRLF or LF; the last may be
  /// missing, and only line breaks may follow it. Errors: malformed; too_large beyond the bounds above.
  [[nodiscard]] static Result<Sdp> parse(std::string_view text);

  [[nodiscard]] std::span<const SdpLine> lines() const { return lines_; }
  [[nodiscard]] std::span<const SdpLine> session() const;
  [[nodiscard]] std::size_t media_count() const { return media_.size(); }
  /// From its `m=` line to the line before the next one.
  [[nodiscard]] std::span<const SdpLine> media(std::size_t index) const;

  /// All lines as they came, each with CRLF.
  [[nodiscard]] std::string print() const;

 private:
  std::vector<SdpLine> lines_;
  std::vector<std::size_t> media_; ///< where in lines_ the `m=` lines stand
};

/// Appends "type=value" and CRLF, the only line break that RFC 8866 has its writers use.
void append_sdp_line(std::string& text, char type, std::string_view value);

} // namespace sipveil::sip
