#include "control/client_auth.h"

#include "base/encoding.h"
#include "base/random.h"
#include "control/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace sipveil::control {
namespace {

constexpr std::size_t key_size = 32;

Error not_a_key(std::string_view which) {
  return {Errc::invalid, Fault::configuration,
          "the " + std::string(which) + " of a client authorization is not 52 base32 characters (a-z, 2-7)", "", false};
}

} // namespace

Result<ClientPublicKey> ClientPublicKey::parse(std::string_view text) {
  const auto bytes = base32_decode(text);
  if (!bytes || bytes->size() != key_size) return not_a_key("public key");
  ClientPublicKey key;
  std::copy(bytes->begin(), bytes->end(), key.key_.begin());
  return key;
}

std::string ClientPublicKey::text() const {
  return base32_encode(key_);
}

Result<ClientAuthKey> ClientAuthKey::generate() {
  SecretBytes key(key_size);
  fill_random(key.writable());
  return from_bytes(std::move(key));
}

Result<ClientAuthKey> ClientAuthKey::parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  auto bytes = base32_decode(text);
  if (!bytes || bytes->size() != key_size) return not_a_key("private key");
  SecretBytes key{std::span<const unsigned char>(*bytes)};
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return from_bytes(std::move(key));
}

Result<ClientAuthKey> ClientAuthKey::from_bytes(SecretBytes key) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, key.bytes().data(), key.size()), &EVP_PKEY_free);
  ClientAuthKey result(std::move(key));
  std::size_t size = key_size;
  if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), result.public_key_.key_.data(), &size) != 1)
    return Error{Errc::crypto, Fault::system, "cannot make a key for client authorization", "", false};
  return result;
}

SecretBytes ClientAuthKey::text() const {
  auto encoded = base32_encode(key_.bytes());
  SecretBytes result{std::string_view(encoded)};
  OPENSSL_cleanse(encoded.data(), encoded.size());
  return result;
}

SecretBytes ClientAuthKey::base64() const {
  return base64_encode(key_.bytes());
}

} // namespace sipveil::control
