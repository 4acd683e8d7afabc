#pragma once

#include "bridge/transaction/timers.h"

#include <algorithm>

namespace sipveil::transaction {

/// INVITE server transaction of a hop, RFC 3261 section 17.2.1 with the Accepted state of RFC 6026 section 7.1.
///
/// One addition, because the hop absorbs what a callee repeats, lest a slow tunnel carry it: on a datagram side the 2xx
/// is repeated from here until its ACK is seen, at the intervals that section 13.3.1.4 asks of the callee.
class InviteServer {
 public:
  enum class State { proceeding, accepted, completed, confirmed, terminated };

  /// `lingers`: over a stream whose sender may lose it and repeat the request on another one: what was answered is kept
  /// until he cannot come any more.
  explicit InviteServer(bool reliable, bool lingers = false)
      : reliable_(reliable), memory_(lingers ? 2 * timeout : timeout) {}

  /// The INVITE came again.
  Step on_request() {
    // Accepted: RFC 6026 absorbs it, and the repeated 2xx answers it anyway.
    return {.transmit = state_ == State::proceeding || state_ == State::completed};
  }

  /// A response is to be sent.
  Step on_send(int status, TimePoint now) {
    const bool another_fork = state_ == State::accepted && status >= 200 && status < 300;
    if (state_ != State::proceeding && !another_fork) return {};
    if (status < 200) return {.transmit = true};
    gap_ = t1;
    retransmit_ = reliable_ ? never : now + t1; // timer G
    if (another_fork) return {.transmit = true};
    limit_ = now + memory_; // timers H, L
    state_ = status < 300 ? State::accepted : State::completed;
    return {.transmit = true};
  }

  /// ACK for a non-2xx matched this transaction, or the ACKs for all its 2xx have passed this hop.
  Step on_ack(TimePoint now) {
    retransmit_ = never;
    if (state_ == State::completed) {
      state_ = reliable_ ? State::terminated : State::confirmed;
      limit_ = now + t4; // timer I
    }
    return {};
  }

  Step on_time(TimePoint now) {
    if (now >= limit_) {
      const bool no_ack = state_ == State::completed;
      state_ = State::terminated;
      return {.timed_out = no_ack};
    }
    if (now >= retransmit_) {
      gap_ = std::min(gap_ * 2, t2);
      retransmit_ = now + gap_;
      return {.transmit = true};
    }
    return {};
  }

  [[nodiscard]] bool answered() const { return state_ != State::proceeding; }
  [[nodiscard]] TimePoint deadline() const {
    return state_ == State::terminated ? never : std::min(retransmit_, limit_);
  }
  [[nodiscard]] State state() const { return state_; }

 private:
  bool reliable_;
  Duration memory_;
  State state_ = State::proceeding;
  Duration gap_ = t1;
  TimePoint retransmit_ = never;
  TimePoint limit_ = never;
};

} // namespace sipveil::transaction
