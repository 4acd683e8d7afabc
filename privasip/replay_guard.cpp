#include "privasip/replay_guard.h"

#include "base/random.h"
#include "privasip/primitives.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <unordered_map>

namespace sipveil::privasip {
namespace {

/// How far a sender's clock may be ahead. Not more: what is dated ahead outlives what honest senders send, and whoever
/// fills the guard with it would shut them out for as long.
constexpr UnixSeconds max_ahead = 120;

/// Half of a keyed SHA-256: short, whatever a token is long, and nobody can make two meet.
struct Name {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Name&) const = default;
};
struct NameHash {
  std::size_t operator()(const Name& name) const { return name.low; }
};

struct Seen {
  UnixSeconds issued = 0;
  std::uint32_t cseq = 0;
};

} // namespace

struct ReplayGuard::State {
  UnixSeconds window = 0;
  std::size_t capacity = 0;
  SecretHash key; ///< of this process
  std::unordered_map<Name, Seen, NameHash> seen;
  std::set<std::pair<UnixSeconds, Name>> by_age;
  /// Nothing issued then or before is fresh any more: it may have been seen and forgotten.
  UnixSeconds forgotten = std::numeric_limits<UnixSeconds>::min();

  Name name_of(std::string_view token) const {
    const Hash hash = sha256({key.bytes(), as_bytes(token)});
    Name name;
    std::memcpy(&name.high, hash.data(), sizeof name.high);
    std::memcpy(&name.low, hash.data() + sizeof name.high, sizeof name.low);
    return name;
  }
  void forget_oldest() {
    const auto oldest = by_age.begin();
    forgotten = std::max(forgotten, oldest->first);
    seen.erase(oldest->second);
    by_age.erase(oldest);
  }
};

ReplayGuard::ReplayGuard(std::chrono::seconds window, std::size_t capacity) : state_(std::make_unique<State>()) {
  require(window.count() >= 60 && capacity > 0);
  state_->window = window.count();
  state_->capacity = capacity;
  fill_random(state_->key.writable());
}

ReplayGuard::ReplayGuard(ReplayGuard&&) noexcept = default;
ReplayGuard& ReplayGuard::operator=(ReplayGuard&&) noexcept = default;
ReplayGuard::~ReplayGuard() = default;

ReplayGuard::Verdict ReplayGuard::check(std::string_view token, std::uint32_t cseq, UnixSeconds issued,
                                        UnixSeconds now) {
  State& state = *state_;
  if (issued < now - state.window || issued > now + max_ahead) return Verdict::stale;
  const Name name = state.name_of(token);
  if (const auto known = state.seen.find(name); known != state.seen.end()) {
    if (cseq <= known->second.cseq) return Verdict::repeated;
    known->second.cseq = cseq;
    return Verdict::fresh;
  }
  if (issued <= state.forgotten) return Verdict::stale;
  // Those outside the window are stale by the clock: nothing is lost with them. A clock that is set back later finds
  // them below `forgotten`.
  while (!state.by_age.empty() && state.by_age.begin()->first < now - state.window)
    state.forget_oldest();
  if (state.seen.size() == state.capacity) {
    if (issued <= state.by_age.begin()->first) return Verdict::stale; // it would be the one to go
    state.forget_oldest();
  }
  state.seen.emplace(name, Seen{issued, cseq});
  state.by_age.emplace(issued, name);
  return Verdict::fresh;
}

} // namespace sipveil::privasip
