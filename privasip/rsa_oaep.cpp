#include "privasip/rsa_oaep.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

namespace sipveil::privasip {
namespace {

using Start = int (*)(EVP_PKEY_CTX*, const OSSL_PARAM[]);

/// A context set up by EVP_PKEY_encrypt_init_ex or EVP_PKEY_decrypt_init_ex; nullptr if OpenSSL refuses.
KeyContext oaep(EVP_PKEY* key, std::span<const unsigned char> label, Start start) {
  KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  char padding[] = OSSL_PKEY_RSA_PAD_MODE_OAEP;
  char hash[] = "SHA256";
  Bytes copy(label.begin(), label.end()); // OpenSSL's parameters are not const
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding, 0),
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, hash, 0),
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, hash, 0),
      OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, copy.data(), copy.size()),
      OSSL_PARAM_construct_end()};
  return context && start(context.get(), parameters) == 1 ? std::move(context) : nullptr;
}

} // namespace

std::optional<Bytes> rsa_seal(EVP_PKEY* recipient, std::span<const unsigned char> label,
                              std::span<const unsigned char> plaintext) {
  const KeyContext context = oaep(recipient, label, EVP_PKEY_encrypt_init_ex);
  Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(recipient)));
  std::size_t size = out.size();
  if (!context || EVP_PKEY_encrypt(context.get(), out.data(), &size, plaintext.data(), plaintext.size()) != 1 ||
      size != out.size())
    return std::nullopt;
  return out;
}

std::optional<SecretBytes> rsa_open(EVP_PKEY* own, std::span<const unsigned char> label,
                                    std::span<const unsigned char> ciphertext) {
  const KeyContext context = oaep(own, label, EVP_PKEY_decrypt_init_ex);
  SecretBytes buffer(static_cast<std::size_t>(EVP_PKEY_get_size(own)));
  std::size_t size = buffer.size();
  if (!context ||
      EVP_PKEY_decrypt(context.get(), buffer.writable().data(), &size, ciphertext.data(), ciphertext.size()) != 1)
    return std::nullopt;
  return SecretBytes(buffer.bytes().first(size));
}

} // namespace sipveil::privasip
