#include "privasip/sealer.h"

#include "privasip/binding.h"
#include "privasip/key_state.h"
#include "privasip/lru_cache.h"
#include "privasip/password_cipher.h"
#include "privasip/plaintext.h"
#include "privasip/rsa_oaep.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sipveil::privasip {
namespace {

Error unsealable(Errc code, std::string what) {
  return {code, Fault::phone, std::move(what), "", false};
}

std::optional<Error> mistake(const Identity& identity, bool hide_host, Subject subject, UnixSeconds issued) {
  if (identity.user.size() > max_user)
    return unsealable(Errc::too_large, fmt::format("a user part has more than {} bytes", max_user));
  if (!is_user(identity.user, subject))
    return unsealable(Errc::invalid, "a user part is empty or has characters that RFC 3261 does not allow there");
  if (hide_host && identity.host.size() > max_host)
    return unsealable(Errc::too_large, fmt::format("a host to be hidden has more than {} bytes", max_host));
  if (hide_host && !is_host(identity.host))
    return unsealable(Errc::invalid, "a host to be hidden is empty or is not a lower-case host name");
  if (issued < 0 || issued > std::numeric_limits<std::uint32_t>::max())
    return Error{Errc::invalid, Fault::system, "the clock is not between 1970 and 2106", "Set the clock.", false};
  return std::nullopt;
}

/// One token to be made; all that goes in.
struct Order {
  Head head{};
  Bytes bound;
  SecretBytes plaintext;
};

std::optional<Bytes> seal_for(const PublicKey& recipient, const Order& order, const SecretHash& seed) {
  const PublicKey::State& key = recipient.state();
  if (is_rsa(key.kind)) return rsa_seal(key.key.get(), order.bound, order.plaintext.bytes());
  SecretHash ikm_e;
  hkdf_expand(seed.bytes(), {as_bytes("ephemeral")}, ikm_e.writable());
  const auto sealed = hpke::seal({kem_of(key.kind), hpke::Aead::aes_256_gcm}, key.key.get(), key.serialized,
                                 as_bytes(purpose), order.bound, order.plaintext.bytes(), ikm_e.bytes());
  if (!sealed) return std::nullopt;
  Bytes body = sealed->enc;
  if (key.kind == KeyKind::p256) {
    const auto point = hpke::compress(std::span(sealed->enc).first<65>());
    body.assign(point.begin(), point.end());
  }
  body.insert(body.end(), sealed->ciphertext.begin(), sealed->ciphertext.end());
  return body;
}

Bytes seal_for(const PasswordKey& recipient, const Order& order, const SecretHash& seed) {
  SecretArray<salt_size> salt;
  hkdf_expand(seed.bytes(), {as_bytes("salt")}, salt.writable());
  return seal_with_password(recipient.state(), salt.bytes(), order.bound, order.plaintext.bytes());
}

} // namespace

struct Sealer::State {
  SecretHash derivation; ///< from the master key, for this use alone
  LruCache<std::string> tokens;
  Counters counters;
};

Sealer::Sealer(const SecretBytes& master, std::size_t cache_entries)
    : state_(new State{{}, LruCache<std::string>(cache_entries), {}}) {
  require(master.size() == 32);
  const SecretHash root = hkdf_extract(as_bytes(purpose), {as_bytes("local master"), master.bytes()});
  hkdf_expand(root.bytes(), {as_bytes("sealer")}, state_->derivation.writable());
}

Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<std::string> Sealer::seal(const Identity& identity, bool hide_host, const Context& context,
                                 const Recipient& recipient, UnixSeconds issued) {
  if (auto wrong = mistake(identity, hide_host, context.subject, issued)) return std::move(*wrong);
  const ForgetErrors forget;
  const auto* public_key = std::get_if<const PublicKey*>(&recipient);
  const auto* password_key = std::get_if<const PasswordKey*>(&recipient);
  const Algorithm algorithm = public_key != nullptr ? (*public_key)->algorithm() : Algorithm::aes;

  Order order;
  order.head = token_head(algorithm, public_key != nullptr && !hide_host ? (*public_key)->id() : KeyId{});
  order.bound = binding(order.head, context);
  order.plaintext =
      encode({{identity.user, hide_host ? identity.host : ""}, hide_host, issued}, algorithm != Algorithm::rsa);

  // Everything that goes in, so that no two plaintexts or recipients ever meet the same ephemeral key. The fingerprint
  // has a fixed length and the binding tells its own; nothing can slide from one part into the next.
  const std::span<const unsigned char> fingerprint =
      public_key != nullptr ? std::span<const unsigned char>((*public_key)->state().fingerprint)
                            : (*password_key)->state().fingerprint.bytes();
  const SecretHash seed = hmac_sha256(state_->derivation.bytes(), {fingerprint, order.bound, order.plaintext.bytes()});
  Hash cache_key{};
  hkdf_expand(seed.bytes(), {as_bytes("cache")}, cache_key);
  if (const std::string* known = state_->tokens.find(cache_key)) {
    ++state_->counters.cached;
    return *known;
  }

  const std::optional<Bytes> body = public_key != nullptr ? seal_for(**public_key, order, seed)
                                                          : std::optional(seal_for(**password_key, order, seed));
  if (!body) return Error{Errc::crypto, Fault::configuration, "an identity could not be sealed", "", false};
  ++state_->counters.sealed;
  Bytes token(order.head.begin(), order.head.end());
  token.insert(token.end(), body->begin(), body->end());
  std::string text = base32_encode(token);
  state_->tokens.put(cache_key, text);
  return text;
}

Sealer::Counters Sealer::counters() const {
  return state_->counters;
}

} // namespace sipveil::privasip
