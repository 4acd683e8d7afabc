#pragma once

#include "base/backoff.h"
#include "bridge/config/config.h"
#include "bridge/hop/demand.h"
#include "bridge/hop/flow.h"
#include "bridge/hop/standby_report.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

namespace sipveil::hop {

/// Which links to one peer are kept open ahead of calls: how many, how old, which of them. Decides only; `Links` dials
/// and closes. No clock and no sockets.
///
/// Taking the fastest and dropping the slowest is a choice among circuits that tor drew at random; what that gives away
/// is written in docs/standby.md.
class StandbyPool {
 public:
  /// A link that ends sooner counts as one that was never good for a call, so that a peer which closes what it accepts
  /// is not dialled in a circle.
  static constexpr Duration proving_time = 30s;
  /// While the local tor is away a try costs nothing and tells nobody anything.
  static constexpr Duration local_retry = 1s;
  /// So far a link must have been dialled ahead to be better than a new one.
  static constexpr Duration head_start = 1s;

  explicit StandbyPool(const StandbyConfig& config, std::function<std::uint64_t()> random = random_u64);

  /// A call wants a link: the one with the shortest round trip, or none. The pool does not know it any more.
  [[nodiscard]] std::optional<LinkId> take(TimePoint now);
  /// The same for a call that has asked already.
  [[nodiscard]] std::optional<LinkId> take_ready();
  /// None was ready: the one that will be soonest, if waiting for it beats dialling anew, which saves a round trip by
  /// sending its first words along. The pool does not know it any more.
  [[nodiscard]] std::optional<LinkId> take_building(TimePoint now);
  /// A dial that takes longer has met something that a later one has not.
  [[nodiscard]] Duration stuck_after() const { return std::max<Duration>(demand_.building_time() * 2, 3s); }
  /// take() would give one.
  [[nodiscard]] bool has_ready() const;
  /// The round trip of that one; the longest of all if it is not known, or there is none.
  [[nodiscard]] Duration best() const;
  /// A call waits for a link: the next one is dialled now, whatever has failed before.
  void try_now(TimePoint now) { blocked_until_ = std::min(blocked_until_, now); }

  void dialled(LinkId id, TimePoint now);
  void up(LinkId id, TimePoint now);
  void measured(LinkId id, Duration round_trip);
  /// The dial failed, the stream ended, or its path is suspect. `local`: the fault lies on this machine.
  void gone(LinkId id, bool local, TimePoint now);
  /// Nothing is wanted any more: all its links, which are to be closed and which it does not know any more.
  [[nodiscard]] std::vector<LinkId> give_up();
  /// A call has reached the peer: it is there, whatever failed before.
  void reachable(TimePoint now);

  struct Plan {
    unsigned dial = 0;         ///< so many more are to be opened now
    std::vector<LinkId> close; ///< not wanted any more; the pool has forgotten them
  };
  /// What is to be done now, if `slots` more may be dialled.
  [[nodiscard]] Plan plan(TimePoint now, unsigned slots);
  /// When plan() may have something new to say without an event.
  [[nodiscard]] TimePoint next_deadline(TimePoint now) const;

  [[nodiscard]] unsigned building() const;
  /// When the oldest of them was dialled; TimePoint::max() if none is.
  [[nodiscard]] TimePoint oldest_building() const;
  [[nodiscard]] StandbyReport report(TimePoint now) const;

 private:
  struct Entry {
    LinkId id = 0;
    bool ready = false;
    TimePoint since{};      ///< dialled, and once ready: up
    TimePoint stale_at{};   ///< from here on a fresh one is opened beside it
    TimePoint expires_at{}; ///< closed, whether or not there is another
    std::optional<Duration> round_trip;
  };

  [[nodiscard]] std::vector<Entry>::iterator find(LinkId id);
  [[nodiscard]] const Entry* fastest() const;
  [[nodiscard]] unsigned wanted(TimePoint now) const;
  void close_stuck(TimePoint now, Plan& plan);
  void close_old(TimePoint now, Plan& plan);
  void close_surplus(TimePoint now, Plan& plan);

  const StandbyConfig& config_;
  std::function<std::uint64_t()> random_;
  std::vector<Entry> entries_; ///< a few dozen at most
  Demand demand_;
  Backoff backoff_;
  TimePoint blocked_until_{};
  unsigned spare_ = 0; ///< links that may still be opened only to see whether they are faster
  StandbyReport counted_;
};

} // namespace sipveil::hop
