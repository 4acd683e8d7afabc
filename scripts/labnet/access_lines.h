// What the access lines of two nodes do to a packet between them: they hold it back, and may lose it.
#pragma once

#include "delay_queue.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace lab {

/// Of one node. Every packet to or from it passes here once.
struct AccessLine {
  Nanoseconds delay = 0;
  Nanoseconds jitter = 0; // mean of what is added to the delay
  double loss = 0;        // probability, 0 to 1
};

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): eight bytes of state,
/// for there is one for each pair of addresses.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  /// From [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  /// Exponentially distributed, cut off at ten times the mean, where 5 of 100,000 would be beyond.
  Nanoseconds exponential(Nanoseconds mean) {
    constexpr double MOST = 10;
    return std::llround(std::min(-std::log1p(-uniform()), MOST) * static_cast<double>(mean));
  }

 private:
  std::uint64_t state_;
};

/// The way from each address to each other one.
///
/// A packet waits for the delays of both lines and, on each, for an exponentially distributed time with the line's
/// jitter as its mean: queues only add to a delay, seldom much. It is lost on each line with that line's probability.
/// A pair of addresses keeps its order: no packet overtakes an earlier one, as in a queue. What happens to the n-th
/// packet of a pair depends on the seed, the two addresses and n alone, but not on the traffic of others.
class AccessLines {
 public:
  explicit AccessLines(std::uint64_t seed) : seed_(seed) {}

  void set(std::uint32_t address, AccessLine line) { lines_[address] = line; }

  /// When a packet that comes in `now` goes out; none if it is lost. `now` never decreases.
  std::optional<Nanoseconds> due(std::uint32_t from, std::uint32_t to, Nanoseconds now) {
    auto& pair = pair_of(from, to);
    const auto& near = lines_[from];
    const auto& far = lines_[to];
    // Always as many draws, so that a change of the loss leaves the jitter as it was.
    const bool lost_near = pair.random.uniform() < near.loss;
    const bool lost_far = pair.random.uniform() < far.loss;
    const auto jitter = pair.random.exponential(near.jitter) + pair.random.exponential(far.jitter);
    if (lost_near || lost_far) return std::nullopt;
    return pair.last = std::max(pair.last, now + near.delay + far.delay + jitter);
  }

 private:
  struct Pair {
    Random random;
    Nanoseconds last = 0;
  };

  Pair& pair_of(std::uint32_t from, std::uint32_t to) {
    const auto key = (std::uint64_t{from} << 32U) | to;
    const auto found = pairs_.find(key);
    if (found != pairs_.end()) return found->second;
    return pairs_.emplace(key, Pair{Random(seed_ ^ Random(key).next())}).first->second;
  }

  std::uint64_t seed_;
  std::unordered_map<std::uint32_t, AccessLine> lines_;
  std::unordered_map<std::uint64_t, Pair> pairs_;
};

} // namespace lab
