#include "bridge/hop/redial.h"

namespace sipveil::hop {

bool Redials::schedule(const Digest& call, TimePoint now) {
  auto& entry = entries_[call];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>(
        Entry{TimerQueue<Entry>::idle, call, Backoff({.first = 500ms, .cap = 15s}, random_), std::nullopt});
    ++unheard_;
  } else if (entry->heard_at) {
    if (now - *entry->heard_at >= proving_time) entry->backoff.reset();
    entry->heard_at.reset();
    ++unheard_;
  }
  if (entry->backoff.failures() >= max_tries) {
    forget(call);
    return false;
  }
  timers_.set(*entry, now + entry->backoff.next());
  return true;
}

void Redials::heard(const Digest& call, TimePoint now) {
  const auto found = entries_.find(call);
  if (found == entries_.end() || found->second->heard_at) return;
  timers_.cancel(*found->second);
  found->second->heard_at = now;
  --unheard_;
}

void Redials::forget(const Digest& call) {
  const auto found = entries_.find(call);
  if (found == entries_.end()) return;
  timers_.cancel(*found->second);
  if (!found->second->heard_at) --unheard_;
  entries_.erase(found);
}

std::optional<Digest> Redials::pop_due(TimePoint now) {
  const Entry* entry = timers_.pop_due(now);
  if (entry == nullptr) return std::nullopt;
  return entry->call;
}

} // namespace sipveil::hop
