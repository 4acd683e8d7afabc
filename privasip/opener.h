#pragma once

#include "privasip/identity.h"
#include "privasip/key_store.h"
#include "privasip/keys.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::privasip {

struct Opened {
  Identity identity;         ///< host empty if it was not hidden
  bool host_hidden = false;  ///< the host was sealed with the user
  UnixSeconds issued = 0;    ///< when it was sealed, by the sender's clock
  std::string_view key_name; ///< of the own key (domain or user@domain); for AES the subscriber's user@realm. Lives as
                             ///< long as the opener
};

/// One line of a subscriber file.
struct Subscriber {
  std::string user;
  std::string realm;
  PasswordKey key;
};
/// `user:realm:HA1` a line, '#' comments and empty lines skipped, at most 100,000. Errors: malformed with the line
/// number.
[[nodiscard]] Result<std::vector<Subscriber>> parse_subscribers(const SecretBytes& text);

/// Opens tokens with our own keys. Whatever is wrong with a token (unknown key, cut, forged, of another dialog, a
/// broken padding) there is one answer, nullopt, after the same work: an unknown key id is tried against a decoy.
/// Opened tokens and refused ones are cached by their hash and context, so that a dialog costs one operation. One
/// thread.
class Opener {
 public:
  static constexpr std::size_t default_cache = 16'384;

  Opener(std::vector<OwnKey> keys, std::vector<Subscriber> subscribers, std::size_t cache_entries = default_cache);
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) noexcept;
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;
  ~Opener();

  [[nodiscard]] std::optional<Opened> open(std::string_view token, const Context& context, UnixSeconds now);
  /// The token may have been sealed to us, as far as its head tells everybody: it names a key of ours, or none. One
  /// that does not is somebody else's, and no work is owed to it.
  [[nodiscard]] bool may_be_ours(std::string_view token, UnixSeconds now) const;
  /// A key of this name can open: the identity is one of ours.
  [[nodiscard]] bool serves(std::string_view name) const;

  struct Counters {
    std::uint64_t opened = 0;     ///< calls that gave an identity
    std::uint64_t refused = 0;    ///< calls that gave none
    std::uint64_t cached = 0;     ///< of both: those answered from a cache
    std::uint64_t operations = 0; ///< private-key or AES-GCM operations done, for decoys as well
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace sipveil::privasip
