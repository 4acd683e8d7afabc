#pragma once

#include "base/clock.h"

#include <cstddef>
#include <limits>
#include <vector>

namespace sipveil::hop {

/// A binary heap whose items know their place, so that a deadline is moved or taken back in O(log n) and no stale entry
/// stays behind: at 4,000 calls/s and 32 s of lingering, stale entries would outnumber the live ones.
///
/// `Item` has a public member `std::size_t timer_slot` (TimerQueue::idle at first) and is not owned.
template <class Item>
class TimerQueue {
 public:
  static constexpr std::size_t idle = std::numeric_limits<std::size_t>::max();

  void set(Item& item, TimePoint when) {
    if (item.timer_slot == idle) {
      item.timer_slot = heap_.size();
      heap_.push_back({when, &item});
      rise(item.timer_slot);
      return;
    }
    const std::size_t slot = item.timer_slot;
    const bool earlier = when < heap_[slot].when;
    heap_[slot].when = when;
    if (earlier) {
      rise(slot);
    } else {
      sink(slot);
    }
  }

  void cancel(Item& item) {
    const std::size_t slot = item.timer_slot;
    if (slot == idle) return;
    item.timer_slot = idle;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (slot == heap_.size()) return;
    place(slot, last);
    rise(slot);
    sink(last.item->timer_slot);
  }

  /// The earliest item due at `now`, taken out; nullptr if none.
  Item* pop_due(TimePoint now) {
    if (heap_.empty() || heap_.front().when > now) return nullptr;
    Item* item = heap_.front().item;
    cancel(*item);
    return item;
  }

  [[nodiscard]] TimePoint next() const { return heap_.empty() ? TimePoint::max() : heap_.front().when; }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint when;
    Item* item;
  };

  void place(std::size_t slot, Entry entry) {
    heap_[slot] = entry;
    entry.item->timer_slot = slot;
  }

  void rise(std::size_t slot) {
    const Entry entry = heap_[slot];
    while (slot > 0) {
      const std::size_t parent = (slot - 1) / 2;
      if (heap_[parent].when <= entry.when) break;
      place(slot, heap_[parent]);
      slot = parent;
    }
    place(slot, entry);
  }

  void sink(std::size_t slot) {
    const Entry entry = heap_[slot];
    for (;;) {
      std::size_t child = 2 * slot + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1].when < heap_[child].when) ++child;
      if (entry.when <= heap_[child].when) break;
      place(slot, heap_[child]);
      slot = child;
    }
    place(slot, entry);
  }

  std::vector<Entry> heap_;
};

} // namespace sipveil::hop
