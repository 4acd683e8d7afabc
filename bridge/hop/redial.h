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
  /// A link that is heard and then lasts so long ends the back-off. One that ends sooner does not: a peer that answers
  /// a ping and closes each link would have circuits built for it as fast as it likes, and who makes a bridge build
  /// many of them learns from those that pass by his relays. So it gets about ten in the first minute, five in each
  /// later one.
  static constexpr Duration proving_time = 30s;

  explicit Redials(std::function<std::uint64_t()> random = random_u64) : random_(std::move(random)) {}

  /// The call needs a link again. False once it has been tried too often; the call is then forgotten here.
  bool schedule(const Digest& call, TimePoint now);
  /// Its far end was heard on the link that it has.
  void heard(const Digest& call, TimePoint now);
  /// The call is over, or given up.
  void forget(const Digest& call);
  /// The next call whose time has come.
  [[nodiscard]] std::optional<Digest> pop_due(TimePoint now);
  /// No call waits for a link, or to be heard on one.
  [[nodiscard]] bool empty() const { return unheard_ == 0; }
  [[nodiscard]] TimePoint next_deadline() const { return timers_.next(); }

 private:
  struct Entry {
    std::size_t timer_slot = TimerQueue<Entry>::idle;
    Digest call;
    Backoff backoff;
    std::optional<TimePoint> heard_at;
  };
  std::function<std::uint64_t()> random_;
  boost::unordered_flat_map<Digest, std::unique_ptr<Entry>, DigestHash> entries_;
  std::size_t unheard_ = 0;
  TimerQueue<Entry> timers_;
};

} // namespace sipveil::hop
