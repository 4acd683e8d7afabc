#pragma once

#include "bridge/doctor/way_to_peer.h"

namespace sipveil::doctor {

/// What tells, when the stream is open, how long that took since now; and, with `pings`, whether the other end answers
/// one. Errors: timed_out, malformed (it does not speak SIP), those of the stream.
[[nodiscard]] PeerTalk report_on(bool pings);

} // namespace sipveil::doctor
