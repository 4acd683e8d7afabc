#pragma once

#include "bridge/hop/standby_pool.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace sipveil::hop::test {

/// A pool for one peer, with a clock and random numbers of its own.
class StandbyPoolTest : public ::testing::Test {
 protected:
  /// Dials what the pool wants now.
  std::vector<LinkId> dial(unsigned slots = 32) {
    const auto plan = pool_.plan(now_, slots);
    closed_.insert(closed_.end(), plan.close.begin(), plan.close.end());
    std::vector<LinkId> links;
    for (unsigned i = 0; i < plan.dial; ++i) {
      pool_.dialled(next_, now_);
      links.push_back(next_++);
    }
    return links;
  }
  void up(LinkId link, std::optional<Duration> round_trip = {}) {
    pool_.up(link, now_);
    if (round_trip) pool_.measured(link, *round_trip);
  }
  /// One that is open and measured, whatever the pool wants.
  LinkId open(Duration round_trip) {
    pool_.dialled(next_, now_);
    up(next_, round_trip);
    return next_++;
  }
  [[nodiscard]] StandbyReport report() const { return pool_.report(now_); }

  StandbyConfig config_{.min = 1, .max = 8, .parallel = 4, .candidates = 1, .max_age = 300s};
  std::uint64_t random_ = 0; ///< the shortest wait, and the latest replacement
  StandbyPool pool_{config_, [this] { return random_; }};
  TimePoint now_{1h};
  LinkId next_ = 1;
  std::vector<LinkId> closed_;
};

} // namespace sipveil::hop::test
