#include "privasip/dhkem.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>

namespace sipveil::privasip::hpke {
namespace {

constexpr std::size_t scalar_size = 32; // Nsk of both
using Scalar = SecretArray<scalar_size>;

std::array<unsigned char, 5> suite_of(Kem kem) {
  const auto id = static_cast<unsigned>(kem);
  return {'K', 'E', 'M', static_cast<unsigned char>(id >> 8U), static_cast<unsigned char>(id)};
}

const EC_GROUP* p256() {
  static const std::unique_ptr<EC_GROUP, FreeBy<EC_GROUP_free>> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  require(group != nullptr);
  return group.get();
}

Bytes octets(const EC_POINT* point) {
  Bytes out(public_size(Kem::p256));
  const auto size = EC_POINT_point2oct(p256(), point, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(), nullptr);
  return size == out.size() ? out : Bytes{};
}

Point point_of(std::span<const unsigned char> encoded) {
  Point point(EC_POINT_new(p256()));
  if (!point || EC_POINT_oct2point(p256(), point.get(), encoded.data(), encoded.size(), nullptr) != 1) return nullptr;
  return point;
}

/// A P-256 key of OpenSSL's from its public part and, unless empty, its private one (native byte order).
Key make_p256(std::span<const unsigned char> serialized, std::span<unsigned char> native_scalar) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  char group[] = "prime256v1";
  Bytes point(serialized.begin(), serialized.end());
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      native_scalar.empty()
          ? OSSL_PARAM_construct_end()
          : OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native_scalar.data(), native_scalar.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, native_scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR,
                        const_cast<OSSL_PARAM*>(parameters)) != 1) // NOLINT: it is not written to
    return nullptr;
  return Key(key);
}

std::optional<KeyPair> pair_of(Kem kem, const Scalar& scalar) {
  const auto bytes = scalar.bytes();
  if (kem == Kem::x25519) {
    Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, bytes.data(), bytes.size()));
    Bytes serialized = key ? serialize(kem, key.get()) : Bytes{};
    if (serialized.empty()) return std::nullopt;
    return KeyPair{std::move(key), std::move(serialized)};
  }
  const Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  const Point point(EC_POINT_new(p256()));
  Scalar native;
  if (!number || !point || EC_POINT_mul(p256(), point.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
      BN_bn2nativepad(number.get(), native.writable().data(), static_cast<int>(scalar_size)) < 0)
    return std::nullopt;
  Bytes serialized = octets(point.get());
  Key key = make_p256(serialized, native.writable());
  if (!key) return std::nullopt;
  return KeyPair{std::move(key), std::move(serialized)};
}

/// 0 < scalar < order of the group.
bool in_range(const Scalar& scalar) {
  const Number number(BN_bin2bn(scalar.bytes().data(), static_cast<int>(scalar_size), nullptr));
  return number && BN_is_zero(number.get()) == 0 && BN_cmp(number.get(), EC_GROUP_get0_order(p256())) < 0;
}

/// DH of section 4.1. Without OpenSSL's check of the peer: for P-256, whose cofactor is 1, a point on the curve is a
/// good one, and only such a point becomes a key; for X25519 OpenSSL itself refuses the result zero (RFC 7748
/// section 6.1).
std::optional<SecretArray<32>> diffie_hellman(EVP_PKEY* own, EVP_PKEY* peer) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  SecretArray<32> secret;
  std::size_t size = secret.bytes().size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), peer, 0) != 1 ||
      EVP_PKEY_derive(context.get(), secret.writable().data(), &size) != 1 || size != secret.bytes().size())
    return std::nullopt;
  static constexpr std::array<unsigned char, 32> zero{};
  if (CRYPTO_memcmp(secret.bytes().data(), zero.data(), zero.size()) == 0) return std::nullopt;
  return secret;
}

/// ExtractAndExpand of section 4.1.
SecretHash shared_secret(Kem kem, const SecretArray<32>& dh, std::span<const unsigned char> enc,
                         std::span<const unsigned char> recipient) {
  const auto suite = suite_of(kem);
  Bytes context(enc.begin(), enc.end());
  context.insert(context.end(), recipient.begin(), recipient.end());
  SecretHash out;
  labeled_expand(suite, labeled_extract(suite, {}, "eae_prk", dh.bytes()), "shared_secret", context, out.writable());
  return out;
}

} // namespace

SecretHash labeled_extract(std::span<const unsigned char> suite, std::span<const unsigned char> salt,
                           std::string_view label, std::span<const unsigned char> ikm) {
  return hkdf_extract(salt, {as_bytes("HPKE-v1"), suite, as_bytes(label), ikm});
}

void labeled_expand(std::span<const unsigned char> suite, const SecretHash& key, std::string_view label,
                    std::span<const unsigned char> info, std::span<unsigned char> out) {
  const std::array<unsigned char, 2> size{static_cast<unsigned char>(out.size() >> 8U),
                                          static_cast<unsigned char>(out.size())};
  hkdf_expand(key.bytes(), {size, as_bytes("HPKE-v1"), suite, as_bytes(label), info}, out);
}

std::optional<KeyPair> derive_key_pair(Kem kem, std::span<const unsigned char> ikm) {
  const auto suite = suite_of(kem);
  const SecretHash key = labeled_extract(suite, {}, "dkp_prk", ikm);
  Scalar scalar;
  if (kem == Kem::x25519) {
    labeled_expand(suite, key, "sk", {}, scalar.writable());
    return pair_of(kem, scalar);
  }
  for (unsigned counter = 0; counter < 256; ++counter) {
    const auto byte = static_cast<unsigned char>(counter);
    labeled_expand(suite, key, "candidate", {&byte, 1}, scalar.writable());
    if (in_range(scalar)) return pair_of(kem, scalar);
  }
  return std::nullopt; // of probability 2^-8192 (section 7.1.3)
}

Key deserialize(Kem kem, std::span<const unsigned char> serialized) {
  if (serialized.size() != public_size(kem)) return nullptr;
  if (kem == Kem::x25519)
    return Key(EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, serialized.data(), serialized.size()));
  // SEC1's hybrid form has the same length; OpenSSL itself checks that the point is on the curve.
  return serialized[0] == 4 ? make_p256(serialized, {}) : nullptr;
}

Bytes serialize(Kem kem, const EVP_PKEY* key) {
  Bytes out(public_size(kem));
  std::size_t size = out.size();
  if (kem == Kem::x25519)
    return EVP_PKEY_get_raw_public_key(key, out.data(), &size) == 1 && size == out.size() ? out : Bytes{};
  std::array<unsigned char, 65> encoded{}; // in the form the key came in, compressed perhaps
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) != 1)
    return {};
  const Point point = point_of(std::span(encoded).first(size));
  return point ? octets(point.get()) : Bytes{};
}

std::optional<Encapsulated> encapsulate(Kem kem, EVP_PKEY* recipient,
                                        std::span<const unsigned char> recipient_serialized,
                                        std::span<const unsigned char> ikm_e) {
  auto ephemeral = derive_key_pair(kem, ikm_e);
  if (!ephemeral) return std::nullopt;
  const auto dh = diffie_hellman(ephemeral->key.get(), recipient);
  if (!dh) return std::nullopt;
  return Encapsulated{shared_secret(kem, *dh, ephemeral->serialized, recipient_serialized),
                      std::move(ephemeral->serialized)};
}

std::optional<SecretHash> decapsulate(Kem kem, std::span<const unsigned char> enc, EVP_PKEY* own,
                                      std::span<const unsigned char> own_serialized) {
  const Key peer = deserialize(kem, enc);
  if (!peer) return std::nullopt;
  const auto dh = diffie_hellman(own, peer.get());
  if (!dh) return std::nullopt;
  return shared_secret(kem, *dh, enc, own_serialized);
}

std::array<unsigned char, compressed_size> compress(std::span<const unsigned char, 65> serialized) {
  std::array<unsigned char, compressed_size> out{};
  out[0] = (serialized[64] & 1U) != 0 ? 3 : 2;
  std::copy_n(serialized.begin() + 1, 32, out.begin() + 1);
  return out;
}

std::optional<Bytes> expand(std::span<const unsigned char, compressed_size> compressed) {
  const Point point = point_of(compressed);
  if (!point) return std::nullopt;
  Bytes out = octets(point.get());
  if (out.empty()) return std::nullopt;
  return out;
}

} // namespace sipveil::privasip::hpke
