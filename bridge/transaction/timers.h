#pragma once

#include "base/clock.h"

namespace sipveil::transaction {

/// RFC 3261 table 4, as every machine here uses it. Tests shorten nothing: they hand in the time.
inline constexpr Duration t1 = 500ms;        ///< round-trip estimate of the phone side
inline constexpr Duration t2 = 4s;           ///< longest gap between retransmissions
inline constexpr Duration t4 = 5s;           ///< how long a datagram may linger in the network
inline constexpr Duration timeout = 64 * t1; ///< timers B, F, H, J (datagrams), L, M
inline constexpr Duration timer_d = 32s;     ///< a datagram INVITE client absorbs repeated final responses
/// Section 16.6 step 11: "more than 3 minutes"; the answer 408 then ends a call that rings for ever.
inline constexpr Duration timer_c = 181s;
/// RFC 4320 section 4.1: a 100 to a non-INVITE may not be sent before the client's timer E has grown to T2.
inline constexpr Duration non_invite_trying = 3500ms;

/// What the owner of a machine has to do after an event. Several may be asked for at once.
struct Step {
  bool transmit = false;    ///< client: send the request again; server: send the last response (again)
  bool deliver = false;     ///< pass the message on (to the other side of the hop)
  bool acknowledge = false; ///< client: send an ACK for this non-2xx final response
  bool timed_out = false;   ///< no answer came: act as if a 408 had been received (client), or give up (server)
  bool cancel = false;      ///< client: rang too long (timer C): send a CANCEL
  bool trying = false;      ///< server: a 100 is due now
};

/// The time at which a machine wants `on_time`; `never` if it waits for messages only.
inline constexpr TimePoint never = TimePoint::max();

} // namespace sipveil::transaction
