#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace sipveil {

/// What a bridge beside a phone keeps of its calls and registrations, one file each in STATE_DIR/calls, so that a
/// bridge that was killed dials their peers again when it starts. The hop seals the records; without its key a file
/// tells only that there was a call, and when. A file that cannot be written costs nothing but that.
class KeptCalls {
 public:
  /// More are not kept at once, nor larger ones: a phone has a handful, and a load test must not become one of the
  /// disk.
  static constexpr std::size_t max_calls = 32;
  static constexpr std::size_t max_record = 64 * 1024;

  explicit KeptCalls(std::filesystem::path state_dir) : directory_(std::move(state_dir) / "calls") {}

  /// `label`: 16 hex digits. An empty record takes the file away.
  void keep(std::string_view label, std::string_view record);
  /// Hands every record to `resume`. To be called once, first.
  void each(const std::function<void(std::string_view label, std::string_view record)>& resume);

 private:
  std::filesystem::path directory_;
  std::set<std::string, std::less<>> labels_; ///< of the files that are there
};

} // namespace sipveil
