#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil {

/// Bytes that are zeroed when they go and that cannot be printed: every formatter gives "[secret]".
/// Copying is explicit (`clone`), so that a secret does not multiply by accident.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::span<const unsigned char> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  explicit SecretBytes(std::string_view text) : bytes_(text.begin(), text.end()) {}
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(); }

  [[nodiscard]] SecretBytes clone() const { return SecretBytes(std::span<const unsigned char>(bytes_)); }
  [[nodiscard]] std::span<const unsigned char> bytes() const { return bytes_; }
  [[nodiscard]] std::span<unsigned char> writable() { return bytes_; }
  /// The same bytes as characters; the view lives as long as this object.
  [[nodiscard]] std::string_view reveal() const;
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  void wipe() noexcept;
  std::vector<unsigned char> bytes_;
};

/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::span<const unsigned char> a, std::span<const unsigned char> b);

} // namespace sipveil

template <>
struct fmt::formatter<sipveil::SecretBytes> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const sipveil::SecretBytes&, Context& context) const {
    return fmt::formatter<std::string_view>::format("[secret]", context);
  }
};
