#pragma once

#include "base/error.h"
#include "bridge/sip/message.h"

#include <string>

namespace sipveil::hop {

/// An answer of the hop's own, before it is tied to a request.
struct Answer {
  int status = 500;
  std::string reason;        ///< reason phrase
  std::string extra_headers; ///< whole lines: Reason, Retry-After. For the phone side only: they speak of this machine
};

/// The answer that tells the phone which part failed. `method` matters since RFC 4320 section 4.2 forbids a 408 to
/// anything but an INVITE. The table stands in docs/answers.md.
[[nodiscard]] Answer answer_for(const Error& error, sip::Method method);

/// An answer with a Reason header (RFC 3326) that carries `text`.
[[nodiscard]] Answer answer_with(int status, std::string_view text);

} // namespace sipveil::hop
