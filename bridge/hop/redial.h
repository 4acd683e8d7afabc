#pragma once

#include "base/backoff.h"
#include "bridge/hop/keyed_hash.h"
#include "bridge/hop/timer_queue.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>

namespace sipveil::hop {

/// Calls whose link was lost while their dialog lives: when to dial again (capped, jittered back-off).
class Redials {
 public:
  /// A dialog whose peer stays away for so many tries is left to its next request: 0.5 s doubling to 15 s, about ten
  /// minutes.
  static constexpr unsigned max_tries = 56;

  explicit Redials(std::function<std::uint64_t()> random = random_u64) : random_(std::move(random)) {}

  /// The call needs a link again. False once it has been tried too often; the call is then forgotten here.
  bool schedule(const Digest& call, TimePoint now);
  void forget(const Digest& call);
  /// The next call whose time has come.
  [[nodiscard]] std::optional<Digest> pop_due(TimePoint now);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] TimePoint next_deadline() const { return timers_.next(); }

 private:
  struct Entry {
    std::size_t timer_slot = TimerQueue<Entry>::idle;
    Digest call;
    Backoff backoff;
  };
  std::function<std::uint64_t()> random_;
  boost::unordered_flat_map<Digest, std::unique_ptr<Entry>, DigestHash> entries_;
  TimerQueue<Entry> timers_;
};

} // namespace sipveil::hop
