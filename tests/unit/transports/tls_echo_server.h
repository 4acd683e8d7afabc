#pragma once

#include "tests/unit/transports/certificates.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace sipveil::test {

/// A TLS server on a free port of 127.0.0.1 that sends back what it gets.
class TlsEchoServer {
 public:
  TlsEchoServer(boost::asio::io_context& io, const Certificate& certificate);
  ~TlsEchoServer();
  TlsEchoServer(const TlsEchoServer&) = delete;
  TlsEchoServer& operator=(const TlsEchoServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// For changes before the first connection.
  boost::asio::ssl::context& context();
  /// After each echo the server asks for new keys of both sides (RFC 8446 section 4.6.3).
  void update_keys();
  /// SNI of the latest complete handshake; empty if the client sent none.
  [[nodiscard]] const std::string& server_name() const;
  [[nodiscard]] std::size_t handshakes() const;
  /// Ends the connection after the next echo, with close_notify.
  void end_after_echo();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

} // namespace sipveil::test
