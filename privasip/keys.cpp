#include "privasip/keys.h"

#include "privasip/key_state.h"
#include "privasip/pem.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>

namespace sipveil::privasip {
namespace {

/// In one file: all algorithms twice, while keys are changed, and as many again.
constexpr std::size_t max_blocks = 16;

Error malformed(std::string what) {
  return {Errc::malformed, Fault::configuration, std::move(what), "", false};
}

Error unsupported(std::string what) {
  return {Errc::unsupported, Fault::configuration, std::move(what),
          "Make one with: sipveil keys generate NAME --algorithm ecies-x25519", false};
}

Error no_such_kind() {
  return unsupported("the key is none of X25519, P-256, RSA-2048 or RSA-3072 (exponent 65537)");
}

Error failed(std::string what) {
  return {Errc::crypto, Fault::system, std::move(what), "", false};
}

/// SubjectPublicKeyInfo; empty if OpenSSL fails.
Bytes der_of(const EVP_PKEY* key) {
  unsigned char* data = nullptr;
  const int size = i2d_PUBKEY(key, &data);
  Bytes out(data, data + std::max(size, 0));
  OPENSSL_free(data);
  return out;
}

std::optional<KeyKind> kind_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "X25519") == 1) return KeyKind::x25519;
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::array<char, 32> group{};
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) return std::nullopt;
    return std::string_view(group.data()) == "prime256v1" ? std::optional(KeyKind::p256) : std::nullopt;
  }
  if (EVP_PKEY_is_a(key, "RSA") != 1) return std::nullopt;
  // Another exponent than the usual one gains nothing, and a long one would make sealing as slow as opening.
  BIGNUM* exponent = nullptr;
  const bool usual = EVP_PKEY_get_bn_param(key, "e", &exponent) == 1 && BN_is_word(exponent, RSA_F4) == 1;
  BN_free(exponent);
  if (!usual) return std::nullopt;
  if (EVP_PKEY_get_bits(key) == 2048) return KeyKind::rsa_2048;
  if (EVP_PKEY_get_bits(key) == 3072) return KeyKind::rsa_3072;
  return std::nullopt;
}

Result<std::shared_ptr<const PublicKey::State>> state_of(Key key) {
  const auto kind = kind_of(key.get());
  if (!kind) return no_such_kind();
  auto state = std::make_shared<PublicKey::State>();
  state->kind = *kind;
  state->der = der_of(key.get());
  if (!is_rsa(*kind)) state->serialized = hpke::serialize(kem_of(*kind), key.get());
  if (state->der.empty() || (!is_rsa(*kind) && state->serialized.empty()))
    return unsupported("the key has no usable public part");
  state->fingerprint = sha256({state->der});
  std::copy_n(state->fingerprint.begin(), state->id.size(), state->id.begin());
  state->key = std::move(key);
  return std::shared_ptr<const PublicKey::State>(std::move(state));
}

/// The outer form is that of a key, whatever is in it.
bool is_public_key_info(std::span<const unsigned char> der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<X509_PUBKEY, FreeBy<X509_PUBKEY_free>> info(
      d2i_X509_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return info && at == der.data() + der.size();
}

Result<std::shared_ptr<const PublicKey::State>> state_of(const PemBlock& block) {
  const ForgetErrors forget;
  if (block.label != "PUBLIC KEY") return malformed("a PEM block is not a public key");
  const auto der = block.der.bytes();
  const unsigned char* at = der.data();
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!key && is_public_key_info(der))
    return unsupported("the key is of an unknown algorithm, or its point is not on its curve");
  if (!key || at != der.data() + der.size()) return malformed("a PEM block does not hold a public key");
  auto state = state_of(std::move(key));
  // One key, one fingerprint: no compressed point, no explicit parameters, no other spelling of the same key.
  const std::size_t wanted = !state || is_rsa((*state)->kind) ? der.size() : (*state)->kind == KeyKind::p256 ? 91 : 44;
  if (state &&
      (der.size() != wanted || !std::equal(der.begin(), der.end(), (*state)->der.begin(), (*state)->der.end())))
    return unsupported("the key is not written in the usual form (named curve, uncompressed point)");
  return state;
}

/// The public part as an object of its own, so that copies of it do not keep the secret alive.
Result<std::shared_ptr<const PublicKey::State>> public_part_of(const EVP_PKEY* key) {
  if (!kind_of(key)) return no_such_kind();
  return state_of(PemBlock{"PUBLIC KEY", SecretBytes(std::span<const unsigned char>(der_of(key)))});
}

Key new_key(KeyKind kind) {
  switch (kind) {
  case KeyKind::x25519: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  case KeyKind::p256: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  case KeyKind::rsa_2048: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  case KeyKind::rsa_3072: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{3072}));
  }
  return nullptr;
}

} // namespace

std::string_view name(KeyKind kind) {
  switch (kind) {
  case KeyKind::x25519: return "ecies-x25519";
  case KeyKind::p256: return "ecies-p256";
  case KeyKind::rsa_2048: return "rsa-2048";
  case KeyKind::rsa_3072: return "rsa-3072";
  }
  return "?";
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const auto keys = all_from_pem(pem);
  if (!keys) return keys.error();
  if (keys->size() != 1) return malformed("there are several public keys where one is expected");
  return keys->front();
}

Result<std::vector<PublicKey>> PublicKey::all_from_pem(std::string_view pem) {
  const auto blocks = read_pem(pem, max_blocks);
  if (!blocks) return blocks.error();
  if (blocks->empty()) return malformed("there is no public key in it");
  std::vector<PublicKey> keys;
  for (const PemBlock& block : *blocks) {
    auto state = state_of(block);
    if (!state) return state.error();
    keys.push_back(PublicKey(std::move(*state)));
  }
  return keys;
}

std::string PublicKey::pem() const {
  return std::string(write_pem("PUBLIC KEY", state_->der).reveal());
}

Algorithm PublicKey::algorithm() const {
  switch (state_->kind) {
  case KeyKind::x25519: return Algorithm::ecies_x25519;
  case KeyKind::p256: return Algorithm::ecies_p256;
  case KeyKind::rsa_2048:
  case KeyKind::rsa_3072: return Algorithm::rsa;
  }
  return Algorithm::rsa;
}

KeyKind PublicKey::kind() const {
  return state_->kind;
}

const KeyId& PublicKey::id() const {
  return state_->id;
}

std::string PublicKey::fingerprint() const {
  return hex_encode(state_->fingerprint);
}

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::generate(KeyKind kind) {
  const ForgetErrors forget;
  Key key = new_key(kind);
  if (!key) return failed("a key could not be made");
  auto public_part = public_part_of(key.get());
  if (!public_part) return public_part.error();
  return PrivateKey(std::make_unique<State>(State{std::move(key), PublicKey(std::move(*public_part))}));
}

Result<PrivateKey> PrivateKey::from_pem(const SecretBytes& pem) {
  const ForgetErrors forget;
  const auto blocks = read_pem(pem.reveal(), max_blocks);
  if (!blocks) return blocks.error();
  if (blocks->size() != 1 || blocks->front().label != "PRIVATE KEY")
    return malformed("it is not one private key in PKCS#8 without a password");
  const auto der = blocks->front().der.bytes();
  const unsigned char* at = der.data();
  Key key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  if (!key || at != der.data() + der.size()) return malformed("a PEM block does not hold a private key");
  auto public_part = public_part_of(key.get());
  if (!public_part) return public_part.error();
  return PrivateKey(std::make_unique<State>(State{std::move(key), PublicKey(std::move(*public_part))}));
}

SecretBytes PrivateKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem())); // OpenSSL zeroes its buffer when it goes
  require(bio &&
          PEM_write_bio_PKCS8PrivateKey(bio.get(), state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return SecretBytes(std::string_view(text, static_cast<std::size_t>(size)));
}

const PublicKey& PrivateKey::public_key() const {
  return state_->public_key;
}

} // namespace sipveil::privasip
