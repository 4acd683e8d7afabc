#pragma once

#include "base/clock.h"
#include "base/random.h"

namespace sipveil {

/// Capped exponential back-off, jittered to 50-100 % of the step (RFC 5626 section 4.5), with an injected random
/// source.
class Backoff {
 public:
  struct Limits {
    Duration first = 500ms;
    Duration cap = 60s;
  };

  explicit Backoff(Limits limits, std::function<std::uint64_t()> random = random_u64)
      : limits_(limits), random_(std::move(random)) {}

  /// The wait before the next try; each call doubles the step until the cap.
  [[nodiscard]] Duration next();
  /// To be called after a success.
  void reset() { failures_ = 0; }
  [[nodiscard]] unsigned failures() const { return failures_; }

 private:
  Limits limits_;
  std::function<std::uint64_t()> random_;
  unsigned failures_ = 0;
};

} // namespace sipveil
