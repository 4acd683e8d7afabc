#include "tests/unit/transports/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace sipveil::test {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL could not make a test certificate");
}

template <class Write>
std::string pem_text(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  require(memory != nullptr && write(memory) == 1);
  std::string text(BIO_ctrl_pending(memory), '\0');
  std::size_t count = 0;
  require(BIO_read_ex(memory, text.data(), text.size(), &count) == 1 && count == text.size());
  BIO_free(memory);
  return text;
}

std::string certificate_pem(X509* certificate) {
  return pem_text([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string key_pem(EVP_PKEY* key) {
  return pem_text([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/// A certificate for `key`, named `name`, not signed yet.
X509* make_certificate(EVP_PKEY* key, const std::string& name, const std::string& issuer, const Subject& subject) {
  static long serial = 1;
  X509* certificate = X509_new();
  require(certificate != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), subject.first_day * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), subject.last_day * 86400);
  X509_set_pubkey(certificate, key);
  const auto set_name = [](X509_NAME* where, const std::string& text) {
    require(X509_NAME_add_entry_by_txt(where, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0) == 1);
  };
  set_name(X509_get_subject_name(certificate), name);
  set_name(X509_get_issuer_name(certificate), issuer);
  if (!subject.alternative_name.empty()) add_extension(certificate, NID_subject_alt_name, subject.alternative_name);
  return certificate;
}

EVP_PKEY* make_key() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  require(key != nullptr);
  return key;
}

} // namespace

CertificateAuthority::CertificateAuthority()
    : key_(make_key()), certificate_(make_certificate(key_, "test authority", "test authority", {})) {
  add_extension(certificate_, NID_basic_constraints, "critical,CA:TRUE");
  require(X509_sign(certificate_, key_, EVP_sha256()) != 0);
}

CertificateAuthority::~CertificateAuthority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

Certificate CertificateAuthority::issue(const Subject& subject) const {
  EVP_PKEY* key = make_key();
  X509* certificate = make_certificate(key, "test server", "test authority", subject);
  require(X509_sign(certificate, key_, EVP_sha256()) != 0);
  Certificate result{certificate_pem(certificate), key_pem(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return result;
}

Certificate CertificateAuthority::self_signed(const Subject& subject) {
  EVP_PKEY* key = make_key();
  X509* certificate = make_certificate(key, "test server", "test server", subject);
  require(X509_sign(certificate, key, EVP_sha256()) != 0);
  Certificate result{certificate_pem(certificate), key_pem(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return result;
}

std::string CertificateAuthority::pem() const {
  return certificate_pem(certificate_);
}

} // namespace sipveil::test
