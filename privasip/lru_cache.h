#pragma once

#include "privasip/primitives.h"

#include <cstring>
#include <list>
#include <optional>
#include <unordered_map>

namespace sipveil::privasip {

/// A table of at most `capacity` entries; the least recently used goes first. Keys are keyed hashes: nobody outside can
/// make two collide, or crowd one bucket. Capacity 0 remembers nothing.
template <class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  /// The entry, now the most recently used; nullptr if it is not there. Valid until the next `put`.
  [[nodiscard]] const Value* find(const Hash& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  void put(const Hash& key, Value value) {
    if (capacity_ == 0) return;
    if (const auto found = index_.find(key); found != index_.end()) {
      found->second->second = std::move(value);
      entries_.splice(entries_.begin(), entries_, found->second);
      return;
    }
    if (index_.size() == capacity_) {
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, std::move(value));
    index_.emplace(key, entries_.begin());
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  struct FirstBytes {
    std::size_t operator()(const Hash& key) const {
      std::size_t value = 0;
      std::memcpy(&value, key.data(), sizeof value);
      return value;
    }
  };
  using Entries = std::list<std::pair<Hash, Value>>;

  std::size_t capacity_;
  Entries entries_; ///< most recently used first
  std::unordered_map<Hash, typename Entries::iterator, FirstBytes> index_;
};

} // namespace sipveil::privasip
