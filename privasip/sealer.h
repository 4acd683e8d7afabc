#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "privasip/identity.h"
#include "privasip/key_store.h"
#include "privasip/keys.h"

#include <memory>
#include <string>
#include <variant>

namespace sipveil::privasip {

/// Who will open it. Borrowed for the call.
using Recipient = std::variant<const PublicKey*, const PasswordKey*>;

/// Makes tokens. The same identity, context, recipient and time of issue give the same bytes as long as the token is
/// cached, and with ECIES and AES for ever: their randomness is derived from the local master key and everything that
/// goes in (RFC 9180 section 7.1.3, DeriveKeyPair), so that a dialog keeps its From and To through a restart, and no
/// other plaintext ever meets the same key. RSA-OAEP draws anew once the cache has forgotten. One thread.
class Sealer {
 public:
  /// Dialogs remembered at once, the least recently used goes first.
  static constexpr std::size_t default_cache = 16'384;

  /// `master`: 32 bytes, the local key.
  explicit Sealer(const SecretBytes& master, std::size_t cache_entries = default_cache);
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;
  ~Sealer();

  /// The token's text. `hide_host`: the host is sealed as well and the key id is not told. `issued` goes into the
  /// token: the time of the dialog's first request. Errors: too_large (user or hidden host), crypto.
  [[nodiscard]] Result<std::string> seal(const Identity& identity, bool hide_host, const Context& context,
                                         const Recipient& recipient, UnixSeconds issued);

  struct Counters {
    std::uint64_t sealed = 0; ///< public-key or AES operations done
    std::uint64_t cached = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace sipveil::privasip
