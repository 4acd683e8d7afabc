#pragma once

#include "bridge/transaction/timers.h"

#include <algorithm>

namespace sipveil::transaction {

/// Non-INVITE server transaction, RFC 3261 section 17.2.2, with the late 100 of RFC 4320 section 4.1.
class NonInviteServer {
 public:
  enum class State { trying, proceeding, completed, terminated };

  /// `lingers`: over a stream whose sender may lose it and repeat the request on another one: the answer is kept as
  /// long as on a datagram side.
  NonInviteServer(bool reliable, TimePoint now, bool lingers = false)
      : forgets_(reliable && !lingers), trying_(reliable ? never : now + non_invite_trying) {}

  /// The request came again.
  Step on_request() { return {.transmit = state_ == State::proceeding || state_ == State::completed}; }

  /// A response is to be sent.
  Step on_send(int status, TimePoint now) {
    if (state_ == State::completed || state_ == State::terminated) return {};
    if (status < 200) {
      state_ = State::proceeding;
      return {.transmit = true};
    }
    trying_ = never;
    limit_ = now + timeout; // timer J
    state_ = forgets_ ? State::terminated : State::completed;
    return {.transmit = true};
  }

  Step on_time(TimePoint now) {
    if (now >= limit_) {
      state_ = State::terminated;
      return {};
    }
    if (now >= trying_) {
      trying_ = never;
      return {.trying = state_ == State::trying};
    }
    return {};
  }

  /// Nobody will answer any more (RFC 4320 section 4.2 forbids a 408 here).
  void abandon() { state_ = State::terminated; }

  [[nodiscard]] bool answered() const { return state_ == State::completed || state_ == State::terminated; }
  [[nodiscard]] TimePoint deadline() const { return state_ == State::terminated ? never : std::min(trying_, limit_); }
  [[nodiscard]] State state() const { return state_; }

 private:
  bool forgets_; ///< timer J is zero
  State state_ = State::trying;
  TimePoint trying_;
  TimePoint limit_ = never;
};

} // namespace sipveil::transaction
