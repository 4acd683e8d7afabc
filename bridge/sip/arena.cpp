#include "bridge/sip/arena.h"

#include <algorithm>

namespace sipveil::sip {

namespace {
// A hop puts in a Via, a Record-Route and a Max-Forwards line: about 300 bytes. One more block than the
// message's own is then the exception.
constexpr std::size_t block_bytes = 512;
} // namespace

void Arena::reserve(std::size_t bytes) {
  if (bytes <= left_) return;
  left_ = std::max(bytes, block_bytes);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
  free_ = blocks_.back().get();
}

std::string_view Arena::store(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces)
    size += piece.size();
  reserve(size);
  char* const begin = free_;
  for (const std::string_view piece : pieces)
    free_ = std::copy(piece.begin(), piece.end(), free_);
  left_ -= size;
  return {begin, size};
}

} // namespace sipveil::sip
