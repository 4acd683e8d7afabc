#include "privasip/opener.h"

#include "base/random.h"
#include "privasip/binding.h"
#include "privasip/key_state.h"
#include "privasip/lru_cache.h"
#include "privasip/password_cipher.h"
#include "privasip/plaintext.h"
#include "privasip/rsa_oaep.h"

#include <algorithm>
#include <set>

namespace sipveil::privasip {
namespace {

/// So many keys are tried for a token that does not name its key: two domains with a new and an old key each, twice.
constexpr std::size_t max_tried = 8;

/// What is remembered of a token that opened.
struct Known {
  Opened opened;
  std::optional<UnixSeconds> key_retired_at;
};

bool usable(const std::optional<UnixSeconds>& retired_at, UnixSeconds now) {
  return !retired_at || now <= *retired_at;
}

/// The kinds of key that this token can be for; RSA tokens tell by their length.
KeyKind kind_of(const Token& token) {
  if (token.algorithm == Algorithm::ecies_x25519) return KeyKind::x25519;
  if (token.algorithm == Algorithm::ecies_p256) return KeyKind::p256;
  return token.body().size() == 2048 / 8 ? KeyKind::rsa_2048 : KeyKind::rsa_3072;
}

std::optional<Plaintext> open_rsa(const PrivateKey::State& key, const Token& token, const Bytes& bound) {
  const auto plaintext = rsa_open(key.key.get(), bound, token.body());
  return plaintext ? decode(plaintext->bytes(), false) : std::nullopt;
}

/// `enc` as RFC 9180 has it.
std::optional<Plaintext> open_ecies(const PrivateKey::State& key, std::span<const unsigned char> enc,
                                    std::span<const unsigned char> ciphertext, const Bytes& bound) {
  const PublicKey::State& own = key.public_key.state();
  SecretBytes plaintext(ciphertext.size() - tag_size);
  if (!hpke::open({kem_of(own.kind), hpke::Aead::aes_256_gcm}, enc, key.key.get(), own.serialized, as_bytes(purpose),
                  bound, ciphertext, plaintext.writable()))
    return std::nullopt;
  return decode(plaintext.bytes(), true);
}

} // namespace

struct Opener::State {
  std::vector<OwnKey> keys; ///< current ones first, then those that retire last
  std::vector<Subscriber> subscribers;
  std::vector<std::string> subscriber_names; ///< user@realm, in the same order
  PasswordKey decoy_password;
  std::set<std::string, std::less<>> served;
  SecretHash cache_master; ///< of this process
  LruCache<Known> good;
  LruCache<char> bad; ///< apart, so that forged tokens cannot push out good ones
  Counters counters;

  Hash cache_key(std::string_view token, const Context& context) const;
  std::optional<Known> work(const Token& token, const Context& context, UnixSeconds now);
  std::optional<Known> try_keys(const Token& token, const Bytes& bound, UnixSeconds now);
  std::optional<Known> try_subscribers(const Token& token, const Bytes& bound);
  /// The keys that `token` may be for; empty if it names none of ours.
  std::vector<const OwnKey*> candidates(const Token& token, UnixSeconds now) const;
};

Hash Opener::State::cache_key(std::string_view token, const Context& context) const {
  // A token that parses has no colon: it ends where the rest begins.
  const std::array<unsigned char, 3> rest{':', static_cast<unsigned char>(context.sender),
                                          static_cast<unsigned char>(context.subject)};
  return sha256({cache_master.bytes(), as_bytes(token), rest, as_bytes(context.dialog)});
}

std::vector<const OwnKey*> Opener::State::candidates(const Token& token, UnixSeconds now) const {
  const KeyKind kind = kind_of(token);
  const bool named = token.key_id != KeyId{};
  std::vector<const OwnKey*> out;
  for (const OwnKey& own : keys) {
    const PublicKey& key = own.key.public_key();
    if (key.kind() == kind && usable(own.retired_at, now) && (!named || key.id() == token.key_id) &&
        out.size() < max_tried)
      out.push_back(&own);
  }
  return out;
}

std::optional<Known> Opener::State::try_keys(const Token& token, const Bytes& bound, UnixSeconds now) {
  // A token that names none of our keys costs what one of ours does: it is tried with the first key of its kind, and
  // whatever comes out is thrown away. Without any key of its kind there is nothing to hide: which kinds a domain takes
  // is as public as its keys are.
  std::vector<const OwnKey*> tried = candidates(token, now);
  const bool decoy = tried.empty();
  if (decoy) {
    const auto any = std::find_if(keys.begin(), keys.end(),
                                  [&](const OwnKey& own) { return own.key.public_key().kind() == kind_of(token); });
    if (any == keys.end()) return std::nullopt;
    tried.push_back(&*any);
  }
  const bool rsa = token.algorithm == Algorithm::rsa;
  const std::size_t prefix = prefix_size(token.algorithm);
  Bytes enc(token.body().begin(), token.body().begin() + static_cast<std::ptrdiff_t>(prefix));
  if (token.algorithm == Algorithm::ecies_p256) {
    auto expanded = hpke::expand(token.body().first<p256_enc_size>());
    if (!expanded) return std::nullopt; // no point of the curve: its sender knows that as well
    enc = std::move(*expanded);
  }
  std::optional<Known> found;
  for (const OwnKey* own : tried) { // to the end: how many keys came before the right one is nobody's business
    ++counters.operations;
    auto plaintext = rsa ? open_rsa(own->key.state(), token, bound)
                         : open_ecies(own->key.state(), enc, token.body().subspan(prefix), bound);
    if (plaintext)
      found = Known{{std::move(plaintext->identity), plaintext->host_hidden, plaintext->issued, own->name},
                    own->retired_at};
  }
  return decoy ? std::nullopt : found;
}

std::optional<Known> Opener::State::try_subscribers(const Token& token, const Bytes& bound) {
  const auto body = token.body();
  const auto salt = body.first<salt_size>();
  std::uint64_t wanted = 0;
  for (const unsigned char byte : body.subspan(salt_size, handle_size))
    wanted = wanted << 8U | byte;
  // All of them, without a branch on the result: the time tells neither where a subscriber stands nor whether there is
  // one.
  std::size_t found = subscribers.size();
  for (std::size_t i = 0; i < subscribers.size(); ++i)
    found = subscribers[i].key.state().handle(salt) == wanted ? i : found;
  const bool decoy = found == subscribers.size();
  const PasswordKey& key = decoy ? decoy_password : subscribers[found].key;
  ++counters.operations;
  SecretBytes plaintext(body.size() - salt_size - handle_size - tag_size);
  const bool authentic = open_with_password(key.state(), body, bound, plaintext.writable());
  if (!authentic || decoy) return std::nullopt;
  auto decoded = decode(plaintext.bytes(), true);
  if (!decoded) return std::nullopt;
  return Known{{std::move(decoded->identity), decoded->host_hidden, decoded->issued, subscriber_names[found]},
               std::nullopt};
}

std::optional<Known> Opener::State::work(const Token& token, const Context& context, UnixSeconds now) {
  const ForgetErrors forget;
  const Bytes bound = binding(std::span(token.bytes).first<Token::head_size>(), context);
  auto known = token.algorithm == Algorithm::aes ? try_subscribers(token, bound) : try_keys(token, bound, now);
  // Which characters a name may have depends on where it will stand; anybody may have sealed this one.
  if (known && !is_user(known->opened.identity.user, context.subject)) return std::nullopt;
  return known;
}

Opener::Opener(std::vector<OwnKey> keys, std::vector<Subscriber> subscribers, std::size_t cache_entries)
    : state_(new State{std::move(keys),
                       std::move(subscribers),
                       {},
                       PasswordKey::from_password("", "", SecretBytes(random_hex(32))),
                       {},
                       {},
                       LruCache<Known>(cache_entries),
                       LruCache<char>(cache_entries),
                       {}}) {
  State& state = *state_;
  fill_random(state.cache_master.writable());
  const auto rank = [](const OwnKey& own) { return own.retired_at.value_or(std::numeric_limits<UnixSeconds>::max()); };
  std::stable_sort(state.keys.begin(), state.keys.end(),
                   [&](const OwnKey& a, const OwnKey& b) { return rank(a) > rank(b); });
  for (const OwnKey& own : state.keys)
    state.served.insert(own.name);
  for (const Subscriber& subscriber : state.subscribers) {
    state.subscriber_names.push_back(subscriber.user + "@" + subscriber.realm);
    state.served.insert(subscriber.realm);
    state.served.insert(state.subscriber_names.back());
  }
}

Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

bool Opener::may_be_ours(std::string_view token, UnixSeconds now) const {
  const auto parsed = Token::parse(token);
  if (!parsed) return false;
  return parsed->algorithm == Algorithm::aes ? !state_->subscribers.empty() : !state_->candidates(*parsed, now).empty();
}

std::optional<Opened> Opener::open(std::string_view token, const Context& context, UnixSeconds now) {
  State& state = *state_;
  const auto refuse = [&]() -> std::optional<Opened> {
    ++state.counters.refused;
    return std::nullopt;
  };
  const auto parsed = Token::parse(token);
  if (!parsed) return refuse();
  const Hash key = state.cache_key(token, context);
  if (const Known* known = state.good.find(key); known != nullptr && usable(known->key_retired_at, now)) {
    ++state.counters.cached;
    ++state.counters.opened;
    return known->opened;
  }
  if (state.bad.find(key) != nullptr) {
    ++state.counters.cached;
    return refuse();
  }
  auto known = state.work(*parsed, context, now);
  if (!known) {
    state.bad.put(key, 0);
    return refuse();
  }
  ++state.counters.opened;
  state.good.put(key, *known);
  return std::move(known->opened);
}

bool Opener::serves(std::string_view name) const {
  return state_->served.contains(name);
}

Opener::Counters Opener::counters() const {
  return state_->counters;
}

} // namespace sipveil::privasip
