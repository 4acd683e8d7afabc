#pragma once

#include "bridge/transaction/timers.h"

#include <algorithm>

namespace sipveil::transaction {

/// INVITE client transaction, RFC 3261 section 17.1.1 with the Accepted state of RFC 6026 section 7.2 and the proxy's
/// timer C of section 16.8. No sockets and no messages: status codes and time in, steps out.
class InviteClient {
 public:
  enum class State { calling, proceeding, accepted, completed, terminated };

  /// The request is being sent now. `reliable`: over a stream, where nothing is repeated.
  InviteClient(bool reliable, TimePoint now)
      : reliable_(reliable), sent_at_(now), retransmit_(reliable ? never : now + t1), gap_(t1), limit_(now + timeout) {}

  Step on_response(int status, TimePoint now) {
    if (state_ == State::terminated) return {};
    if (status < 200) return on_provisional(now);
    if (status < 300) return on_success(now);
    return on_failure(now);
  }

  /// A stream peer has shown that it read past the request (a pong to a later ping): as good as a 100, which the link
  /// does not carry.
  void on_proof_of_receipt(TimePoint now) {
    if (state_ == State::calling) on_provisional(now);
  }

  Step on_time(TimePoint now) {
    if (now >= limit_) {
      if (state_ == State::proceeding && !cancelled_) { // timer C: section 16.8 asks for a CANCEL, not for silence
        on_cancel_sent(now);
        return {.cancel = true};
      }
      const bool unanswered = state_ == State::calling || state_ == State::proceeding;
      state_ = State::terminated; // timers B, C, D, M
      return {.timed_out = unanswered};
    }
    if (now >= retransmit_) { // timer A
      gap_ *= 2;
      retransmit_ = now + gap_;
      return {.transmit = true};
    }
    return {};
  }

  /// RFC 3261 section 9.1: after a CANCEL the INVITE is given up if no final response comes within 64*T1.
  void on_cancel_sent(TimePoint now) {
    cancelled_ = true;
    limit_ = now + timeout;
  }

  [[nodiscard]] TimePoint deadline() const {
    return state_ == State::terminated ? never : std::min(retransmit_, limit_);
  }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] TimePoint sent_at() const { return sent_at_; }

 private:
  Step on_provisional(TimePoint now) {
    if (state_ != State::calling && state_ != State::proceeding) return {};
    state_ = State::proceeding;
    retransmit_ = never;
    if (!cancelled_) limit_ = now + timer_c;
    return {.deliver = true};
  }

  Step on_success(TimePoint now) {
    if (state_ == State::completed) return {};
    if (state_ != State::accepted) {
      state_ = State::accepted;
      retransmit_ = never;
      limit_ = now + timeout; // timer M
    }
    return {.deliver = true};
  }

  Step on_failure(TimePoint now) {
    if (state_ == State::accepted) return {};
    if (state_ == State::completed) return {.acknowledge = true};
    state_ = reliable_ ? State::terminated : State::completed;
    retransmit_ = never;
    limit_ = now + timer_d;
    return {.deliver = true, .acknowledge = true};
  }

  bool reliable_;
  bool cancelled_ = false;
  State state_ = State::calling;
  TimePoint sent_at_;
  TimePoint retransmit_; ///< timer A
  Duration gap_;
  TimePoint limit_; ///< timers B, C, D, M by state
};

} // namespace sipveil::transaction
