#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace sipveil::privasip {

/// Owners of OpenSSL's objects: freed, and what is secret in them wiped, when they go.
template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, FreeBy<BN_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeBy<EVP_CIPHER_CTX_free>>;
using Point = std::unique_ptr<EC_POINT, FreeBy<EC_POINT_clear_free>>;

/// Empties OpenSSL's list of errors at the end of a scope in which it may refuse what a peer sent: TLS on the same
/// thread would take a left-over for its own failure.
struct ForgetErrors {
  ForgetErrors() = default;
  ForgetErrors(const ForgetErrors&) = delete;
  ForgetErrors& operator=(const ForgetErrors&) = delete;
  ~ForgetErrors() { ERR_clear_error(); }
};

} // namespace sipveil::privasip
