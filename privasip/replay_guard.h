#pragma once

#include "privasip/key_store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sipveil::privasip {

/// Tells a request that opens a dialog from its replay (RFC 9180 section 9.7: HPKE has no protection of its own). A
/// request is known by its token and CSeq: one that is repeated with credentials has the next CSeq. Remembers in memory
/// only: a replay across a restart is bounded by the window. No I/O; one thread.
class ReplayGuard {
 public:
  /// Tokens remembered at once; beyond it the oldest go, and with them what was issued before them counts as stale, so
  /// that a flood cannot make the guard forget.
  static constexpr std::size_t default_capacity = 262'144;

  /// `window`: how old a token may be, at least 60 s. Its sender's clock may be 120 s ahead.
  explicit ReplayGuard(std::chrono::seconds window, std::size_t capacity = default_capacity);
  ReplayGuard(ReplayGuard&&) noexcept;
  ReplayGuard& operator=(ReplayGuard&&) noexcept;
  ReplayGuard(const ReplayGuard&) = delete;
  ReplayGuard& operator=(const ReplayGuard&) = delete;
  ~ReplayGuard();

  enum class Verdict {
    fresh,    ///< not seen with this or a later CSeq; remembered now
    repeated, ///< seen
    stale,    ///< issued outside the window
  };
  [[nodiscard]] Verdict check(std::string_view token, std::uint32_t cseq, UnixSeconds issued, UnixSeconds now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace sipveil::privasip
