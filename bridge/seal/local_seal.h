#pragma once

#include "base/encoding.h"
#include "base/secret.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipveil {

/// What a sealed text is for: one sealed for one purpose does not open for another.
enum class Purpose : std::uint8_t {
  outer_id = 1,       ///< a Call-ID or tag of the phone side, as the wire sees it
  inner_id = 2,       ///< a Call-ID or tag of the wire, as the phone side sees it
  contact = 3,        ///< a Contact URI of the phone side, as the wire sees it
  far_contact = 4,    ///< a Contact URI of the wire, as the phone side sees it
  registration = 5,   ///< a registered Contact of the wire, as our proxy stores it
  beside = 6,         ///< an identity token that travels beside the name it was opened to
  route = 7,          ///< what the hop knows of a dialog
  kept = 8,           ///< what is kept of a call in the state directory
  dialog_contact = 9, ///< as `contact`, good in its dialog alone
  session = 10,       ///< never opened: numbers that a dialog keeps
};

/// Seals short texts so that they read as base32 (lower case) and open again with the same master key, here or at
/// another instance, today or after a restart. Deterministic: the same text gives the same bytes, as identifiers must.
///
/// AES-256-SIV (RFC 5297): synthetic IV (16 bytes) | ciphertext. Key: HMAC-SHA256 of the master key over two labels.
/// Plaintext: form (1 byte; 0: text, 1: text that is base32 itself, decoded, so that a sealed text can be sealed again
/// without doubling) | length (2, big endian) | text | zeros up to a multiple of 16. Associated data: the purpose, and
/// for bytes what the caller names.
/// Not for use from two threads at once.
class LocalSeal {
 public:
  /// Longest text that is sealed, and four times that is opened: identifiers of real phones have 10 to 80 characters,
  /// Contacts up to 300.
  static constexpr std::size_t max_text = 512;

  /// `master` has 32 bytes.
  explicit LocalSeal(const SecretBytes& master);
  ~LocalSeal();
  LocalSeal(const LocalSeal&) = delete;
  LocalSeal& operator=(const LocalSeal&) = delete;

  /// nullopt only for a text that is too long.
  /// `bound_to`: opens with the same alone.
  [[nodiscard]] std::optional<std::string> seal(Purpose purpose, std::string_view text,
                                                std::optional<std::string_view> bound_to = std::nullopt) const;
  /// nullopt for whatever was not sealed by this key for this purpose.
  [[nodiscard]] std::optional<std::string> open(Purpose purpose, std::string_view sealed,
                                                std::optional<std::string_view> bound_to = std::nullopt) const;
  /// The same for bytes, bound to `associated`: synthetic IV and ciphertext. `plain` is a whole number of blocks of 16
  /// bytes, at least one.
  [[nodiscard]] Bytes seal_bytes(Purpose purpose, std::span<const unsigned char> plain,
                                 std::string_view associated) const;
  [[nodiscard]] std::optional<Bytes> open_bytes(Purpose purpose, std::span<const unsigned char> sealed,
                                                std::string_view associated) const;
  /// A number that is the same for the same text, and that nobody else can compute.
  [[nodiscard]] std::uint64_t number(std::string_view text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace sipveil
