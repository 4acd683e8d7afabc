#include "privasip/primitives.h"

#include "privasip/handles.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdlib>

namespace sipveil::privasip {
namespace {

using Digest = std::unique_ptr<EVP_MD, FreeBy<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, FreeBy<EVP_CIPHER_free>>;
using Mac = std::unique_ptr<EVP_MAC, FreeBy<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeBy<EVP_MAC_CTX_free>>;

/// Looked up once in OpenSSL's providers; a look-up by name at each use costs more than the use.
struct Fetched {
  Digest sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  Mac hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  Cipher aes_128_gcm{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
  Cipher aes_256_gcm{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  Fetched() { require(sha256 && hmac && aes_128_gcm && aes_256_gcm); }
};

const Fetched& fetched() {
  static const Fetched algorithms;
  return algorithms;
}

/// The contexts of one thread.
struct Scratch {
  DigestContext digest{EVP_MD_CTX_new()};
  MacContext mac{EVP_MAC_CTX_new(fetched().hmac.get())};
  CipherContext gcm{EVP_CIPHER_CTX_new()};
  Scratch() {
    require(digest && mac && gcm);
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    require(EVP_MAC_CTX_set_params(mac.get(), parameters) == 1);
  }
};

Scratch& scratch() {
  static thread_local Scratch contexts;
  return contexts;
}

const EVP_CIPHER* cipher_for(std::span<const unsigned char> key) {
  require(key.size() == 16 || key.size() == 32);
  return key.size() == 16 ? fetched().aes_128_gcm.get() : fetched().aes_256_gcm.get();
}

/// OpenSSL counts with int; nothing of ours comes near its bound.
int length(std::span<const unsigned char> bytes) {
  require(bytes.size() <= 1U << 24U);
  return static_cast<int>(bytes.size());
}

} // namespace

void require(bool good) {
  if (!good) std::abort();
}

Hash sha256(Parts parts) {
  Hash out{};
  EVP_MD_CTX* digest = scratch().digest.get();
  require(EVP_DigestInit_ex2(digest, fetched().sha256.get(), nullptr) == 1);
  for (const auto part : parts)
    require(EVP_DigestUpdate(digest, part.data(), part.size()) == 1);
  require(EVP_DigestFinal_ex(digest, out.data(), nullptr) == 1);
  return out;
}

SecretHash hmac_sha256(std::span<const unsigned char> key, Parts parts) {
  SecretHash out;
  EVP_MAC_CTX* mac = scratch().mac.get();
  require(!key.empty() && EVP_MAC_init(mac, key.data(), key.size(), nullptr) == 1);
  for (const auto part : parts)
    require(EVP_MAC_update(mac, part.data(), part.size()) == 1);
  std::size_t size = 0;
  require(EVP_MAC_final(mac, out.writable().data(), &size, hash_size) == 1 && size == hash_size);
  return out;
}

SecretHash hkdf_extract(std::span<const unsigned char> salt, Parts key_material) {
  static constexpr Hash no_salt{}; // RFC 5869 section 2.2
  return hmac_sha256(salt.empty() ? std::span<const unsigned char>(no_salt) : salt, key_material);
}

void hkdf_expand(std::span<const unsigned char> key, Parts info, std::span<unsigned char> out) {
  require(out.size() <= 255 * hash_size);
  Bytes joined;
  for (const auto part : info)
    joined.insert(joined.end(), part.begin(), part.end());
  SecretHash block;
  std::span<const unsigned char> previous; // T(0) is empty
  for (unsigned char counter = 1; !out.empty(); ++counter) {
    block = hmac_sha256(key, {previous, joined, {&counter, 1}});
    previous = block.bytes();
    const std::size_t taken = std::min(out.size(), hash_size);
    std::copy_n(block.bytes().begin(), taken, out.begin());
    out = out.subspan(taken);
  }
}

Bytes gcm_seal(std::span<const unsigned char> key, std::span<const unsigned char, nonce_size> nonce,
               std::span<const unsigned char> additional, std::span<const unsigned char> plaintext) {
  Bytes out(plaintext.size() + tag_size);
  EVP_CIPHER_CTX* gcm = scratch().gcm.get();
  int size = 0;
  require(EVP_EncryptInit_ex2(gcm, cipher_for(key), key.data(), nonce.data(), nullptr) == 1);
  require(EVP_EncryptUpdate(gcm, nullptr, &size, additional.data(), length(additional)) == 1);
  require(EVP_EncryptUpdate(gcm, out.data(), &size, plaintext.data(), length(plaintext)) == 1);
  require(EVP_EncryptFinal_ex(gcm, out.data() + size, &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + plaintext.size()) == 1);
  return out;
}

bool gcm_open(std::span<const unsigned char> key, std::span<const unsigned char, nonce_size> nonce,
              std::span<const unsigned char> additional, std::span<const unsigned char> sealed,
              std::span<unsigned char> out) {
  require(sealed.size() >= tag_size && out.size() == sealed.size() - tag_size);
  EVP_CIPHER_CTX* gcm = scratch().gcm.get();
  std::array<unsigned char, tag_size> tag{};
  std::copy_n(sealed.last(tag_size).begin(), tag_size, tag.begin());
  int size = 0;
  require(EVP_DecryptInit_ex2(gcm, cipher_for(key), key.data(), nonce.data(), nullptr) == 1);
  require(EVP_DecryptUpdate(gcm, nullptr, &size, additional.data(), length(additional)) == 1);
  require(EVP_DecryptUpdate(gcm, out.data(), &size, sealed.data(), length(out)) == 1);
  require(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(gcm, tag.data(), &size) == 1) return true;
  OPENSSL_cleanse(out.data(), out.size());
  return false;
}

} // namespace sipveil::privasip
