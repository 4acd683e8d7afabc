#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "bridge/config/config.h"
#include "privasip/key_store.h"
#include "privasip/opener.h"
#include "privasip/sealer.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipveil::identity {

/// The keys of a running bridge: its own, those of others, and the passwords of its accounts. One thread.
class KeyBook {
 public:
  /// A pinned key is read from its file again after this long, so that `sipveil keys fetch` needs no restart.
  static constexpr Duration reread_after = 60s;
  /// A name without a key is looked for again after this long.
  static constexpr Duration missing_after = 2s;

  /// Without any key: nothing is sealed or opened. `master`: 32 bytes.
  explicit KeyBook(const SecretBytes& master);
  /// From the files that the configuration names. Errors: those of KeyStore and of the password files.
  [[nodiscard]] static Result<KeyBook> load(const Config& config, const SecretBytes& master, privasip::UnixSeconds now);

  /// The public key under which identities for `name` (a domain, or user@domain) are sealed: our own published one or
  /// the pinned one of this algorithm, the newest first. nullptr if there is none. Lives until the next call.
  [[nodiscard]] const privasip::PublicKey* recipient(std::string_view name, privasip::Algorithm algorithm,
                                                     TimePoint now);
  /// What the account and its home share; nullptr without a password.
  [[nodiscard]] const privasip::PasswordKey* shared_key(const AccountConfig& account) const;
  [[nodiscard]] const SecretBytes* password(const AccountConfig& account) const;
  [[nodiscard]] const SecretBytes& pseudonym_key() const { return pseudonym_key_; }
  /// Public keys of our own `name`, for who asks for them.
  [[nodiscard]] std::vector<privasip::PublicKey> published(std::string_view name) const;

  privasip::Sealer sealer;
  privasip::Opener opener;

 private:
  struct Known {
    std::vector<privasip::PublicKey> keys;
    TimePoint read_at;
  };
  struct Shared {
    SecretBytes password;
    privasip::PasswordKey key;
  };
  KeyBook(privasip::Sealer with_sealer, privasip::Opener with_opener);
  [[nodiscard]] Result<void> read_passwords(const Config& config);
  [[nodiscard]] static std::string account_key(const AccountConfig& account);

  std::unique_ptr<privasip::KeyStore> store_;
  std::vector<std::pair<std::string, privasip::PublicKey>> own_; ///< current ones, with their names
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, Shared> shared_; ///< by user@host of the account
  SecretBytes pseudonym_key_;
};

} // namespace sipveil::identity
