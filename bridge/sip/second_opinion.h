#pragma once

#include <string_view>

namespace sipveil::sip {

/// Has sofia-sip parse the message too and compares what both found. The only place that includes sofia-sip.
/// Where two parsers disagree, so will two elements of a path: such a message is ambiguous, and it is not let
/// in. Internal to bridge/sip.
struct Findings {
  bool request = true;
  int status = 0;
  std::string_view call_id;
  std::string_view method; ///< of CSeq
  unsigned cseq = 0;
  std::string_view from_tag;
  std::string_view to_tag;
  std::size_t via_count = 0;
  std::size_t body_size = 0;
};

/// Null, or a sentence about what is wrong. `bytes` must be one message within the bounds of message.h:
/// sofia-sip has none.
[[nodiscard]] const char* second_opinion(std::string_view bytes, const Findings& ours);

} // namespace sipveil::sip
