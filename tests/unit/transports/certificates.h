#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

namespace sipveil::test {

/// A certificate and its key, both PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

/// What a certificate says of its owner.
struct Subject {
  std::string alternative_name; ///< OpenSSL's form: "DNS:sip.example.org" or "IP:127.0.0.1"
  long first_day = -1;          ///< validity in days from now
  long last_day = 1;
};

/// A certificate authority of its own, P-256.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  [[nodiscard]] Certificate issue(const Subject& subject) const;
  [[nodiscard]] std::string pem() const;
  /// A certificate that vouches for itself.
  [[nodiscard]] static Certificate self_signed(const Subject& subject);

 private:
  EVP_PKEY* key_;
  X509* certificate_;
};

} // namespace sipveil::test
