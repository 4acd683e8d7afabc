#pragma once

#include "base/error.h"
#include "transports/address.h"

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace sipveil {

/// The client's side of TLS 1.2 and 1.3 without sockets: cipher text and plain text in, the other out.
///
/// The certificate must lead to a trusted authority and be valid for the host (RFC 6125; a numeric host by
/// its IP address entry). No session is kept or resumed: a ticket would tie two calls together.
class TlsEngine {
 public:
  /// `ca_file`: PEM file of the only trusted authorities; nullopt: those of the system.
  /// Errors: io/configuration if the file cannot be used.
  [[nodiscard]] static Result<TlsEngine> client(const HostPort& peer, const std::optional<std::string>& ca_file);

  /// Takes cipher text that was received. The caller bounds it: not more at a time than it wants to hold.
  void feed(std::span<const char> cipher_text);
  /// Cipher text to be sent; empty if there is none. Also after an error, for then it is the alert for the
  /// peer.
  [[nodiscard]] std::string take_output();
  [[nodiscard]] bool has_output() const;

  /// Goes on with the handshake; call first without any input, then after each feed. True when it is done.
  /// Errors: untrusted (the certificate, with the reason), unsupported (no common version or cipher),
  /// malformed.
  [[nodiscard]] Result<bool> handshake();

  /// Plain text that has arrived, or nullopt if more cipher text is needed.
  /// Errors: closed (the peer's close_notify), malformed.
  [[nodiscard]] Result<std::optional<std::size_t>> read(std::span<char> buffer);
  /// Encrypts all of it into the output. Errors: closed.
  [[nodiscard]] Result<void> write(std::span<const char> plain_text);

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  explicit TlsEngine(std::unique_ptr<SSL, Free> ssl) : ssl_(std::move(ssl)) {}
  [[nodiscard]] Error handshake_error() const;

  std::unique_ptr<SSL, Free> ssl_; // owns both memory BIOs
};

} // namespace sipveil
