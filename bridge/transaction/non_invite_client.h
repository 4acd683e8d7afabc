#pragma once

#include "bridge/transaction/timers.h"

#include <algorithm>

namespace sipveil::transaction {

/// Non-INVITE client transaction, RFC 3261 section 17.1.2. Status codes and time in, steps out.
class NonInviteClient {
 public:
  enum class State { trying, proceeding, completed, terminated };

  NonInviteClient(bool reliable, TimePoint now)
      : reliable_(reliable), retransmit_(reliable ? never : now + t1), gap_(t1), limit_(now + timeout) {}

  Step on_response(int status, TimePoint now) {
    if (state_ == State::completed || state_ == State::terminated) return {};
    if (status < 200) {
      state_ = State::proceeding; // timer E goes on: only the gap behind its next firing is T2
      return {.deliver = true};
    }
    state_ = reliable_ ? State::terminated : State::completed;
    retransmit_ = never;
    limit_ = now + t4; // timer K
    return {.deliver = true};
  }

  Step on_time(TimePoint now) {
    if (now >= limit_) {
      const bool unanswered = state_ == State::trying || state_ == State::proceeding;
      state_ = State::terminated; // timers F, K
      return {.timed_out = unanswered};
    }
    if (now >= retransmit_) { // timer E
      gap_ = state_ == State::proceeding ? t2 : std::min(gap_ * 2, t2);
      retransmit_ = now + gap_;
      return {.transmit = true};
    }
    return {};
  }

  [[nodiscard]] TimePoint deadline() const {
    return state_ == State::terminated ? never : std::min(retransmit_, limit_);
  }
  [[nodiscard]] State state() const { return state_; }

 private:
  bool reliable_;
  State state_ = State::trying;
  TimePoint retransmit_; ///< timer E
  Duration gap_;
  TimePoint limit_; ///< timers F, K
};

} // namespace sipveil::transaction
