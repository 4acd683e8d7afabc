#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

namespace sipveil::sip {

/// Holds the texts of one message: what came, and what edits put in its place. Nothing moves or goes before
/// the arena does, so views into it stay valid. Internal to bridge/sip.
class Arena {
 public:
  /// Room for `bytes` more without another allocation.
  void reserve(std::size_t bytes);
  /// The concatenation of the pieces, kept.
  std::string_view store(std::initializer_list<std::string_view> pieces);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
};

} // namespace sipveil::sip
