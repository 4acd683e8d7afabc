#include "tests/unit/transports/fake_socks_proxy.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <list>

namespace sipveil::test {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using Socket = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

asio::awaitable<std::string> read(Socket& socket, std::size_t count) {
  std::string bytes(count, '\0');
  co_await asio::async_read(socket, asio::buffer(bytes), use_awaitable);
  co_return bytes;
}

std::uint8_t octet(const std::string& bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes.at(index));
}

asio::awaitable<std::string> read_field(Socket& socket) {
  const auto length = co_await read(socket, 1);
  co_return co_await read(socket, octet(length, 0));
}

std::string two(char first, char second) {
  return {first, second};
}

/// Tests need not wait for Nagle; a unix socket has no such option.
void no_delay(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

bool looks_numeric(const std::string& host) {
  boost::system::error_code failed;
  asio::ip::make_address(host, failed);
  return !failed;
}

} // namespace

struct FakeSocksProxy::State {
  explicit State(asio::io_context& loop) : io(loop), acceptor(loop) {}

  asio::io_context& io;
  Acceptor acceptor;
  std::string path{};
  Behaviour behaviour{};
  std::vector<Call> calls{};
  std::vector<std::string> violations{};
  std::set<std::string> credentials{};
  std::list<std::weak_ptr<Socket>> sockets{};

  void expect(bool kept, std::string rule) {
    if (!kept) violations.push_back(std::move(rule));
  }

  /// Sends an answer, or what the behaviour puts in its place. False: the dialogue ends here.
  asio::awaitable<bool> answer(Socket& socket, const Behaviour& how, Step step, std::string bytes) {
    expect(socket.available() == 0 || step == Step::reply, "bytes came ahead of the proxy's answer");
    if (how.close_at == step) co_return false;
    if (how.silent_at == step) {
      // Ends when the caller has enough.
      co_await read(socket, 1);
      co_return false;
    }
    if (how.garbage_at == step) bytes = "HTTP/1.0 501 Tor is not an HTTP Proxy\r\n\r\n";
    const std::size_t piece = how.split ? 1 : bytes.size();
    for (std::size_t sent = 0; sent < bytes.size(); sent += piece)
      co_await asio::async_write(socket, asio::buffer(bytes.data() + sent, piece), use_awaitable);
    co_return true;
  }

  asio::awaitable<bool> negotiate(Socket& socket, const Behaviour& how, Call& call) {
    const auto greeting = co_await read(socket, 2);
    const auto methods = co_await read(socket, octet(greeting, 1));
    expect(octet(greeting, 0) == 5, "the greeting is not of version 5");
    expect(methods.size() == 1, "more than one method was offered");
    const bool isolated = methods.find('\x02') != std::string::npos;
    expect(isolated || !how.require_isolation, "no user/password was offered");
    const char method = how.no_acceptable_method ? '\xff' : isolated ? '\x02' : '\x00';
    const bool answered = co_await answer(socket, how, Step::method, two('\x05', method));
    if (!answered || !isolated || how.no_acceptable_method) co_return answered;

    expect(octet(co_await read(socket, 1), 0) == 1, "the authentication is not of version 1");
    call.user = co_await read_field(socket);
    call.password = co_await read_field(socket);
    expect(credentials.insert(call.user + '\n' + call.password).second, "a credential was used twice");
    const char status = how.refuse_credentials ? '\x01' : '\x00';
    co_return co_await answer(socket, how, Step::auth, two('\x01', status));
  }

  asio::awaitable<void> read_request(Socket& socket, const Behaviour& how, Call& call) {
    const auto head = co_await read(socket, 4);
    expect(head.starts_with(std::string("\x05\x01\x00", 3)), "the request is not a CONNECT of version 5");
    call.address_type = octet(head, 3);
    if (call.address_type == 1) {
      asio::ip::address_v4::bytes_type raw{};
      co_await asio::async_read(socket, asio::buffer(raw), use_awaitable);
      call.host = asio::ip::address_v4(raw).to_string();
    } else if (call.address_type == 4) {
      asio::ip::address_v6::bytes_type raw{};
      co_await asio::async_read(socket, asio::buffer(raw), use_awaitable);
      call.host = asio::ip::address_v6(raw).to_string();
    } else {
      call.host = co_await read_field(socket);
      expect(call.address_type == 3, "the address type is unknown");
      expect(!looks_numeric(call.host), "an address was sent as a name");
    }
    const auto port = co_await read(socket, 2);
    call.port = static_cast<std::uint16_t>(octet(port, 0) << 8U | octet(port, 1));
    call.early_data = co_await read(socket, std::max(how.early_bytes, socket.available()));
  }

  static asio::awaitable<void> pump(std::shared_ptr<Socket> from, std::shared_ptr<Socket> to) {
    std::array<char, 4096> buffer{};
    try {
      for (;;) {
        const auto count = co_await from->async_read_some(asio::buffer(buffer), use_awaitable);
        co_await asio::async_write(*to, asio::buffer(buffer.data(), count), use_awaitable);
      }
    } catch (const boost::system::system_error&) {
      boost::system::error_code ignored;
      to->shutdown(Socket::shutdown_both, ignored);
    }
  }

  asio::awaitable<void> carry(std::shared_ptr<Socket> caller, const Behaviour& how, const Call& call) {
    const auto port = how.route ? how.route(call.host, call.port) : std::uint16_t{0};
    if (port == 0) {
      if (!call.early_data.empty()) co_await asio::async_write(*caller, asio::buffer(call.early_data), use_awaitable);
      co_await pump(caller, caller);
      co_return;
    }
    const auto far = std::make_shared<Socket>(io);
    sockets.push_back(far);
    co_await far->async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port), use_awaitable);
    no_delay(*far);
    if (!call.early_data.empty()) co_await asio::async_write(*far, asio::buffer(call.early_data), use_awaitable);
    asio::co_spawn(io, pump(far, caller), asio::detached);
    co_await pump(caller, far);
  }

  static asio::awaitable<void> serve(std::shared_ptr<State> self, std::shared_ptr<Socket> socket) {
    const Behaviour how = self->behaviour;
    Call call;
    try {
      if (!co_await self->negotiate(*socket, how, call)) co_return;
      co_await self->read_request(*socket, how, call);
      self->calls.push_back(call);
      std::string reply = two('\x05', static_cast<char>(how.reply)) + '\x00';
      if (how.bound_name.empty())
        reply += std::string("\x01\x00\x00\x00\x00\x00\x00", 7);
      else
        reply += '\x03' + std::string(1, static_cast<char>(how.bound_name.size())) + how.bound_name + "\x13\xc4";
      if (how.reply == 0) reply += how.stream_head;
      const bool answered = co_await self->answer(*socket, how, Step::reply, reply);
      if (!answered || how.reply != 0) co_return;
      co_await self->carry(socket, how, call);
    } catch (const boost::system::system_error&) {
      // The caller went away, which tests do on purpose.
    }
  }

  static asio::awaitable<void> accept_all(std::shared_ptr<State> self) {
    try {
      for (;;) {
        const auto socket = std::make_shared<Socket>(self->io);
        co_await self->acceptor.async_accept(*socket, use_awaitable);
        no_delay(*socket);
        self->sockets.push_back(socket);
        asio::co_spawn(self->io, serve(self, socket), asio::detached);
      }
    } catch (const boost::system::system_error&) {
      // The proxy is closed.
    }
  }

  void drop_all() {
    for (const auto& held : sockets) {
      boost::system::error_code ignored;
      if (const auto socket = held.lock()) socket->close(ignored);
    }
    sockets.clear();
  }
};

FakeSocksProxy::FakeSocksProxy(asio::io_context& io, std::string path) : state_(std::make_shared<State>(io)) {
  asio::generic::stream_protocol::endpoint where;
  if (path.empty())
    where = asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0);
  else
    where = asio::local::stream_protocol::endpoint(path);
  state_->path = std::move(path);
  state_->acceptor.open(where.protocol());
  state_->acceptor.bind(where);
  state_->acceptor.listen();
  asio::co_spawn(io, State::accept_all(state_), asio::detached);
}

FakeSocksProxy::~FakeSocksProxy() {
  for (const auto& rule : state_->violations)
    ADD_FAILURE() << "the SOCKS caller broke a rule: " << rule;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->drop_all();
}

FakeSocksProxy::Behaviour& FakeSocksProxy::behaviour() {
  return state_->behaviour;
}

Endpoint FakeSocksProxy::endpoint() const {
  if (!state_->path.empty()) return Endpoint::parse("unix:" + state_->path).value();
  asio::ip::tcp::endpoint local;
  const auto generic = state_->acceptor.local_endpoint();
  std::copy_n(static_cast<const char*>(static_cast<const void*>(generic.data())), generic.size(),
              static_cast<char*>(static_cast<void*>(local.data())));
  return Endpoint::parse("127.0.0.1:" + std::to_string(local.port())).value();
}

const std::vector<FakeSocksProxy::Call>& FakeSocksProxy::calls() const {
  return state_->calls;
}

std::size_t FakeSocksProxy::open_connections() const {
  std::size_t count = 0;
  for (const auto& held : state_->sockets)
    if (const auto socket = held.lock(); socket && socket->is_open()) ++count;
  return count;
}

void FakeSocksProxy::drop_all() {
  state_->drop_all();
}

std::vector<std::string> FakeSocksProxy::take_violations() {
  return std::exchange(state_->violations, {});
}

} // namespace sipveil::test
