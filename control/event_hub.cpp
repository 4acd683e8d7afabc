#include "control/event_hub.h"

#include <fmt/format.h>

namespace sipveil::control {

Subscription EventHub::add(EventKind kind, EventHandler handler) {
  const auto id = next_++;
  subscribers_.emplace(id, std::make_shared<Subscriber>(Subscriber{kind, std::move(handler)}));
  return Subscription([weak = weak_from_this(), id] {
    if (const auto hub = weak.lock()) hub->subscribers_.erase(id);
  });
}

std::string EventHub::command() const {
  std::set<EventKind> kinds;
  for (const auto& [id, subscriber] : subscribers_)
    kinds.insert(subscriber->kind);
  if (kinds.empty()) return {};
  std::string line = "SETEVENTS";
  for (const auto wanted : kinds)
    line += fmt::format(" {}", name(wanted));
  return line;
}

void EventHub::dispatch(const Reply& reply, TimePoint now) {
  const auto event = parse_event(reply);
  if (!event) {
    unsigned held_back = 0;
    if (unreadable_.allow(now, held_back))
      spdlog::warn("tor sent an event that cannot be read; passed over ({} more since the last such line)", held_back);
    return;
  }
  if (!*event) return;
  const auto its_kind = kind(**event);
  // A copy, because handlers may subscribe and unsubscribe.
  for (const auto& [id, subscriber] : std::map(subscribers_)) {
    if (subscriber->kind == its_kind && subscribers_.contains(id)) subscriber->handler.on_event(**event);
  }
}

void EventHub::lost(const Error& reason) const {
  for (const auto& [id, subscriber] : std::map(subscribers_)) {
    if (subscriber->handler.on_lost && subscribers_.contains(id)) subscriber->handler.on_lost(reason);
  }
}

} // namespace sipveil::control
