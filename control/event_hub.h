#pragma once

#include "base/log.h"
#include "control/event.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace sipveil::control {

/// Ends an event subscription when it goes. May outlive the client.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    reset();
    end_ = std::exchange(other.end_, nullptr);
    return *this;
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { reset(); }
  void reset() {
    if (const auto end = std::exchange(end_, nullptr)) end();
  }

 private:
  std::function<void()> end_;
};

/// Handlers run on the client's executor, one at a time. They may subscribe, end any subscription and stop
/// the client.
struct EventHandler {
  std::function<void(const Event&)> on_event;
  /// The connection is lost, so that events may be missed, or the client was stopped. May be empty.
  std::function<void(const Error&)> on_lost;
};

/// Who wants which events. Outlives connections.
class EventHub : public std::enable_shared_from_this<EventHub> {
 public:
  [[nodiscard]] Subscription add(EventKind kind, EventHandler handler);
  void clear() { subscribers_.clear(); }

  /// "SETEVENTS CIRC HS_DESC" for all that is subscribed to (control-spec section 3.4); empty if nothing is.
  [[nodiscard]] std::string command() const;

  /// Hands an event to those who want its kind. One that cannot be read is passed over with a rate-limited
  /// warning.
  void dispatch(const Reply& reply, TimePoint now);
  void lost(const Error& reason) const;

 private:
  struct Subscriber {
    EventKind kind = EventKind::circ;
    EventHandler handler;
  };

  std::map<std::uint64_t, std::shared_ptr<Subscriber>> subscribers_;
  std::uint64_t next_ = 0;
  RateLimit unreadable_;
};

} // namespace sipveil::control
