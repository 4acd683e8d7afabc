#pragma once

#include "bridge/sip/text.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sipveil::policy {

/// Finds the row of a table by its `name`, in any case. The compiler builds it: a look-up reads one or two slots, and
/// no message pays for a table. The rows outlive it.
template <class Row, std::size_t Count>
class NameIndex {
 public:
  // consteval: a table that does not fit, or names a row twice, does not compile.
  consteval explicit NameIndex(const std::array<Row, Count>& rows) : rows_(rows.data()) {
    for (std::size_t i = 0; i < Count; ++i) {
      if (find(rows[i].name) != nullptr) throw "a row stands twice";
      std::size_t slot = first_slot(rows[i].name);
      while (slots_[slot] != 0)
        slot = (slot + 1) % slot_count;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  /// Null if there is no such row.
  [[nodiscard]] constexpr const Row* find(std::string_view name) const {
    if (name.empty()) return nullptr;
    for (std::size_t slot = first_slot(name); slots_[slot] != 0; slot = (slot + 1) % slot_count) {
      const Row& row = rows_[slots_[slot] - 1];
      if (sip::iequals(row.name, name)) return &row;
    }
    return nullptr;
  }

 private:
  static_assert(Count < 255, "a slot holds a row's number plus one in a byte");
  static constexpr std::size_t slot_count =
      1024; ///< at least four a row: most names are found, or not, at the first look

  // Length and four letters tell nearly all header names apart; the whole name is compared afterwards anyhow.
  static constexpr std::size_t first_slot(std::string_view name) {
    const auto letter = [name](std::size_t at) { return static_cast<unsigned char>(sip::lower(name[at])); };
    const std::size_t size = name.size();
    std::size_t hash = size;
    for (const std::size_t at : {std::size_t{0}, size / 3, size / 2, size - 1})
      hash = hash * 31 + letter(at);
    return hash % slot_count;
  }

  const Row* rows_;
  std::array<std::uint8_t, slot_count> slots_{};
};

} // namespace sipveil::policy
