#pragma once

#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sipveil::hop {

struct Timeline;

/// How a call's set-up ended.
enum class CallOutcome : std::uint8_t {
  answered,   ///< 2xx
  redirected, ///< 3xx
  cancelled,  ///< 487: the caller hung up first
  refused,    ///< any other final answer, after somebody had answered or rung
  failed,     ///< nobody had answered: no way, no link, no peer, or no time left
};
inline constexpr std::size_t call_outcomes = 5;

[[nodiscard]] std::string_view name(CallOutcome outcome);
/// Of a call whose status is final.
[[nodiscard]] CallOutcome outcome_of(const Timeline& timeline);

/// How many durations fell into each of a few ranges.
struct DurationCounts {
  /// Upper bounds in seconds, each inclusive. Close together where a round trip through an onion service lies (0.2 to
  /// 1 s), up to the 32 s after which RFC 3261 timer B gives up.
  static constexpr std::array<double, 17> bounds{0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
                                                 0.8,   1,    1.5,  2,   3,   5,   10,  32};
  std::array<std::uint64_t, bounds.size() + 1> counts{}; ///< the last: above all bounds
  double sum = 0;                                        ///< seconds

  void add(Duration duration);
  [[nodiscard]] std::uint64_t total() const;
};

/// All calls since the start, each counted once, when it got its final answer. 2 KiB.
struct CallCounts {
  static constexpr std::size_t sources = 4; ///< of LinkSource
  template <class T>
  using BySource = std::array<T, sources>;
  template <class T>
  using ByDirection = std::array<T, 2>; ///< inbound, outbound

  ByDirection<BySource<std::array<std::uint64_t, call_outcomes>>> calls{};
  ByDirection<BySource<DurationCounts>> ringing{}; ///< from the INVITE's arrival to the 180 passed on, if there was one
  BySource<DurationCounts> link_wait{};            ///< outbound: from the INVITE's arrival to the usable link
  std::uint64_t moves = 0;                         ///< repetitions on another link

  void add(const Timeline& timeline);
};

} // namespace sipveil::hop
