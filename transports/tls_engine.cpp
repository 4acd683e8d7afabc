#include "transports/tls_engine.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace sipveil {
namespace {

/// The library's own words for its latest error; empties its queue.
std::string library_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

/// The peer and we have no version or cipher in common.
bool nothing_in_common(unsigned long code) {
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(code)) {
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
  case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
  case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
  case SSL_R_NO_CIPHERS_AVAILABLE: return true;
  default: return false;
  }
}

[[noreturn]] void out_of_memory() {
  std::abort();
}

/// Host name or address that the certificate must be valid for, and SNI (RFC 6066 section 3: for names only).
void expect_peer(SSL* ssl, const HostPort& peer) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  int done = 0;
  if (peer.numeric()) {
    done = X509_VERIFY_PARAM_set1_ip_asc(parameters, peer.host().c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    done = X509_VERIFY_PARAM_set1_host(parameters, peer.host().c_str(), peer.host().size());
    // SSL_set_tlsext_host_name() without the C cast of that macro; OpenSSL copies the name.
    if (done == 1)
      done = static_cast<int>(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                       const_cast<char*>(peer.host().c_str())));
  }
  // Going on without the check would trust any certificate.
  if (done != 1) out_of_memory();
}

} // namespace

Result<TlsEngine> TlsEngine::client(const HostPort& peer, const std::optional<std::string>& ca_file) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
  if (!context) out_of_memory();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // An idle link then holds no 16 KiB record buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file ? SSL_CTX_load_verify_file(context.get(), ca_file->c_str())
                             : SSL_CTX_set_default_verify_paths(context.get());
  if (loaded != 1)
    return Error{Errc::io, Fault::configuration,
                 fmt::format("the certificate authorities in {} cannot be used: {}",
                             ca_file ? *ca_file : std::string("the system's store"), library_reason()),
                 "Check that the file exists and holds certificates in PEM form.", false};

  std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
  BIO* input = BIO_new(BIO_s_mem());
  BIO* output = BIO_new(BIO_s_mem());
  if (!ssl || input == nullptr || output == nullptr) out_of_memory();
  SSL_set_bio(ssl.get(), input, output);
  SSL_set_connect_state(ssl.get());
  expect_peer(ssl.get(), peer);
  return TlsEngine(std::move(ssl));
}

void TlsEngine::feed(std::span<const char> cipher_text) {
  std::size_t written = 0;
  if (!cipher_text.empty() &&
      BIO_write_ex(SSL_get_rbio(ssl_.get()), cipher_text.data(), cipher_text.size(), &written) != 1)
    out_of_memory();
}

bool TlsEngine::has_output() const {
  return BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) > 0;
}

std::string TlsEngine::take_output() {
  std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
  std::size_t count = 0;
  if (!bytes.empty()) BIO_read_ex(SSL_get_wbio(ssl_.get()), bytes.data(), bytes.size(), &count);
  bytes.resize(count);
  return bytes;
}

Result<bool> TlsEngine::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return true;
  if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return false;
  return handshake_error();
}

Error TlsEngine::handshake_error() const {
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK) {
    ERR_clear_error();
    return {Errc::untrusted, Fault::peer,
            fmt::format("the peer's TLS certificate is not accepted: {}", X509_verify_cert_error_string(verdict)),
            "Ask the peer to mend its certificate, name its authority in `tls_ca_file`, or reach it as an onion "
            "service.",
            false};
  }
  const bool unsupported = nothing_in_common(ERR_peek_last_error());
  return {unsupported ? Errc::unsupported : Errc::malformed, Fault::peer,
          "the TLS handshake failed: " + library_reason(),
          unsupported ? "sipveil speaks TLS 1.2 and 1.3; ask the peer to allow one of them."
                      : "Check that the peer speaks TLS at this port; plain SIP over TCP is tcp:host:port.",
          false};
}

Result<std::optional<std::size_t>> TlsEngine::read(std::span<char> buffer) {
  ERR_clear_error();
  std::size_t count = 0;
  const int done = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
  if (done == 1) return std::optional(count);
  const int why = SSL_get_error(ssl_.get(), done);
  if (why == SSL_ERROR_WANT_READ) return std::optional<std::size_t>();
  if (why == SSL_ERROR_ZERO_RETURN)
    return Error{Errc::closed, Fault::peer, "the peer closed the TLS connection", "", true};
  return Error{Errc::malformed, Fault::peer, "the TLS connection broke: " + library_reason(), "", true};
}

Result<void> TlsEngine::write(std::span<const char> plain_text) {
  ERR_clear_error();
  std::size_t count = 0;
  // A memory BIO takes everything, so the only reason to fail is a connection that has ended.
  if (plain_text.empty() || SSL_write_ex(ssl_.get(), plain_text.data(), plain_text.size(), &count) == 1) return {};
  return Error{Errc::closed, Fault::peer, "the TLS connection has ended: " + library_reason(), "", true};
}

} // namespace sipveil
