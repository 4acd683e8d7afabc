#pragma once

#include "base/clock.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <string_view>

namespace sipveil {

struct LogOptions {
  std::string level = "info";     ///< trace, debug, info, warning, error
  bool reveal_identities = false; ///< print names, addresses and Call-IDs in full; for debugging only
};

/// Sends the log to standard error. Call once, before any other thread exists.
void set_up_log(const LogOptions& options);

/// A name, address or Call-ID as it may stand in a log: a short keyed digest, the same for the same text as long as
/// the process lives (so that two lines can be related), unrelated after a restart. The full text only with
/// `reveal_identities`.
[[nodiscard]] std::string redact(std::string_view identity);

/// Holds back log lines that a remote party can cause: at most `burst` in each `period`, then one line that counts
/// those held back.
class RateLimit {
 public:
  explicit RateLimit(unsigned burst = 5, Duration period = 10s) : burst_(burst), period_(period) {}
  /// True if the line may be written. `held_back` then tells how many were dropped since the last one written.
  [[nodiscard]] bool allow(TimePoint now, unsigned& held_back);

 private:
  unsigned burst_;
  Duration period_;
  TimePoint window_{};
  unsigned in_window_ = 0;
  unsigned held_back_ = 0;
};

} // namespace sipveil
