#include "tests/unit/transports/tls_echo_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace sipveil::test {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

struct TlsEchoServer::State {
  explicit State(asio::io_context& io)
      : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), context(asio::ssl::context::tls_server) {}

  tcp::acceptor acceptor;
  asio::ssl::context context;
  bool update = false;
  bool end = false;
  std::string server_name{};
  std::size_t handshakes = 0;

  static asio::awaitable<void> serve(std::shared_ptr<State> self, tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), self->context);
    try {
      co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
      const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
      self->server_name = name == nullptr ? "" : name;
      ++self->handshakes;
      std::array<char, 4096> buffer{};
      for (;;) {
        const auto count = co_await stream.async_read_some(asio::buffer(buffer), use_awaitable);
        co_await asio::async_write(stream, asio::buffer(buffer.data(), count), use_awaitable);
        if (self->update) SSL_key_update(stream.native_handle(), SSL_KEY_UPDATE_REQUESTED);
        if (self->end) {
          co_await stream.async_shutdown(use_awaitable);
          co_return;
        }
      }
    } catch (const boost::system::system_error&) {
      // The client went away or refused the certificate, which tests do on purpose.
    }
  }

  static asio::awaitable<void> accept_all(std::shared_ptr<State> self) {
    try {
      for (;;) {
        auto socket = co_await self->acceptor.async_accept(use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
      }
    } catch (const boost::system::system_error&) {
      // The server is closed.
    }
  }
};

TlsEchoServer::TlsEchoServer(asio::io_context& io, const Certificate& certificate)
    : state_(std::make_shared<State>(io)) {
  state_->context.use_certificate(asio::buffer(certificate.certificate), asio::ssl::context::pem);
  state_->context.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
  asio::co_spawn(io, State::accept_all(state_), asio::detached);
}

TlsEchoServer::~TlsEchoServer() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

std::uint16_t TlsEchoServer::port() const {
  return state_->acceptor.local_endpoint().port();
}
asio::ssl::context& TlsEchoServer::context() {
  return state_->context;
}
void TlsEchoServer::update_keys() {
  state_->update = true;
}
void TlsEchoServer::end_after_echo() {
  state_->end = true;
}
const std::string& TlsEchoServer::server_name() const {
  return state_->server_name;
}
std::size_t TlsEchoServer::handshakes() const {
  return state_->handshakes;
}

} // namespace sipveil::test
