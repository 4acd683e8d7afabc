#pragma once

#include "base/error.h"
#include "privasip/keys.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::privasip {

/// Wall-clock seconds since 1970, as tokens and key files carry them.
using UnixSeconds = std::int64_t;

struct OwnKey {
  std::string name; ///< the domain, or user@domain, whose identities it opens
  PrivateKey key;
  std::optional<UnixSeconds> retired_at; ///< it opens until then; nullopt: current
};

/// The files below `keys_dir`:
///   own/<name>.<key id>.pem      PKCS#8 PEM, mode 0600
///   own/<name>.<key id>.pub      SubjectPublicKeyInfo PEM, what others get
///   own/<name>.<key id>.retired  decimal Unix time until which a rotated key still opens
///   peers/<name>.pem             pinned public keys of others, one or several PEM blocks
///   pseudonym.key                32 bytes, mode 0600
/// A name is a domain or user@domain: lower case, at most 128 of [a-z0-9.@_+-], no "..". Reads and writes files when
/// called; not for the path of a message.
class KeyStore {
 public:
  explicit KeyStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// All own keys that still open at `now`. A key file that others may read is an error, not skipped.
  [[nodiscard]] Result<std::vector<OwnKey>> own(UnixSeconds now) const;
  /// Makes a key. If one of the same name and algorithm is current: invalid, unless `rotate`, then that one opens
  /// for `overlap` more.
  [[nodiscard]] Result<PublicKey> generate(std::string_view name, KeyKind kind, bool rotate,
                                           std::chrono::seconds overlap, UnixSeconds now) const;
  /// Current public keys of our own `name`: what `fetch` of others gets, newest first.
  [[nodiscard]] Result<std::vector<PublicKey>> published(std::string_view name, UnixSeconds now) const;

  /// Pinned keys of a name. unknown_peer if there are none.
  [[nodiscard]] Result<std::vector<PublicKey>> pinned(std::string_view name) const;
  /// Names with pinned keys, sorted.
  [[nodiscard]] Result<std::vector<std::string>> pinned_names() const;
  enum class Pin {
    first,     ///< nothing was pinned: pinned now
    unchanged, ///< the same keys
    changed,   ///< other keys than the pinned ones: nothing was written
    replaced,  ///< changed, and every new key's fingerprint was in `accepted`
  };
  [[nodiscard]] Result<Pin> pin(std::string_view name, const std::vector<PublicKey>& keys,
                                const std::vector<std::string>& accepted) const;

  /// Made at the first call.
  [[nodiscard]] Result<SecretBytes> pseudonym_key() const;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

} // namespace sipveil::privasip
