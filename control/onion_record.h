#pragma once

#include "base/error.h"
#include "transports/address.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::control {

/// What tor keeps of ours if this process ends without a farewell: STATE_DIR/onion_target, mode 0600,
///
///     127.0.0.1:40123
///     <64 hex digits: onion_digest>
///
/// It is there only while a published service of just this digest is in tor as far as we know. It goes before anything
/// else is added and before the service is taken away, and comes when the service is published; so a process that ends
/// at any point leaves no record of a service that was replaced.
class OnionRecord {
 public:
  /// An empty path: nothing is ever recorded.
  explicit OnionRecord(const std::filesystem::path& state_directory)
      : file_(state_directory.empty() ? std::filesystem::path() : state_directory / "onion_target") {}

  /// Where that service delivers, if `wanted` leaves the port of the same host to the system (nullopt: any port of
  /// 127.0.0.1). A file that cannot be read, or that others can read, is none.
  [[nodiscard]] std::optional<Endpoint> target_for(const std::optional<Endpoint>& wanted) const;
  /// Whether there is a record at all.
  [[nodiscard]] bool exists() const { return read().has_value(); }
  [[nodiscard]] bool says(std::string_view digest) const;
  /// Errors: io.
  [[nodiscard]] Result<void> keep(const Endpoint& target, std::string_view digest) const;
  void forget() const;

 private:
  struct Content {
    Endpoint target;
    std::string digest;
  };
  [[nodiscard]] std::optional<Content> read() const;

  std::filesystem::path file_;
};

} // namespace sipveil::control
