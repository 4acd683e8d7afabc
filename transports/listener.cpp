#include "transports/listener.h"

#include "base/backoff.h"
#include "base/log.h"
#include "transports/socket_stream.h"
#include "transports/unix_socket_file.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <optional>

namespace sipveil {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

Error listen_error(const error_code& code, const Endpoint& endpoint, const std::string& key) {
  const std::string where = endpoint.text();
  if (code == asio::error::address_in_use)
    return {Errc::address_in_use, Fault::configuration, fmt::format("{} is taken by another program", where),
            fmt::format("Choose another address in `{}`, or stop that program (`ss -lp` names it).", key), false};
  if (code == boost::system::errc::address_not_available)
    return {Errc::invalid, Fault::configuration, fmt::format("this machine does not have the address of {}", where),
            fmt::format("Put an address of this machine into `{}`.", key), false};
  if (code == boost::system::errc::permission_denied)
    return {Errc::io, Fault::configuration, fmt::format("not allowed to listen on {}", where),
            fmt::format("Choose a port above 1023 or a directory of your own in `{}`.", key), false};
  return {Errc::io, Fault::system, fmt::format("cannot listen on {}: {}", where, code.message()),
          fmt::format("Check `{}`.", key), false};
}

/// The text form of a socket's address; nullopt for a unix socket.
std::optional<tcp::endpoint> tcp_endpoint(const SocketStream::Address& address) {
  const int family = address.protocol().family();
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  tcp::endpoint endpoint;
  endpoint.resize(address.size());
  std::copy_n(static_cast<const char*>(static_cast<const void*>(address.data())), address.size(),
              static_cast<char*>(static_cast<void*>(endpoint.data())));
  return endpoint;
}

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const auto host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

/// Opens and binds; the error is the system's.
error_code bind(Acceptor& acceptor, const Endpoint& endpoint) {
  SocketStream::Address address;
  if (endpoint.is_unix())
    address = asio::local::stream_protocol::endpoint(endpoint.path());
  else
    address = tcp::endpoint(asio::ip::make_address(endpoint.host_port().host()), endpoint.host_port().port());
  error_code failure;
  acceptor.open(address.protocol(), failure);
  if (failure) return failure;
  if (!endpoint.is_unix()) {
    // A restarted bridge gets its port back while connections of the old one are in TIME_WAIT.
    acceptor.set_option(asio::socket_base::reuse_address(true), failure);
    // "[::]" must not take the IPv4 port of another entry along.
    if (!failure && address.protocol().family() == AF_INET6) acceptor.set_option(asio::ip::v6_only(true), failure);
    if (failure) return failure;
  }
  acceptor.bind(address, failure);
  return failure;
}

} // namespace

struct Listener::State {
  State(const asio::any_io_executor& executor, Endpoint where, ListenerOptions how, Handler what)
      : acceptor(executor), pause(executor), endpoint(std::move(where)), options(std::move(how)),
        handler(std::move(what)) {}

  Acceptor acceptor;
  asio::steady_timer pause;
  Endpoint endpoint;
  ListenerOptions options;
  Handler handler;
  std::optional<UnixSocketFile> file{};
  bool closed = false;

  error_code listen() {
    if (endpoint.is_unix()) {
      if (const auto failure = UnixSocketFile::remove_stale(endpoint.path())) return failure;
    }
    if (const auto failure = bind(acceptor, endpoint)) return failure;
    if (endpoint.is_unix()) {
      // Nobody can connect between bind() and listen(), so the mode is right before it matters.
      file.emplace(endpoint.path());
      if (const auto failure = file->make_private()) return failure;
    }
    error_code failure;
    acceptor.listen(asio::socket_base::max_listen_connections, failure);
    return failure;
  }

  static asio::awaitable<void> accept_all(std::shared_ptr<State> self) {
    Backoff backoff({self->options.first_pause, self->options.longest_pause});
    RateLimit limit;
    while (!self->closed) {
      SocketStream::Address address;
      SocketStream::Socket socket(self->acceptor.get_executor());
      auto [failure] = co_await self->acceptor.async_accept(socket, address, as_result);
      if (self->closed) break;
      if (!failure) {
        backoff.reset();
        const auto remote = tcp_endpoint(address);
        self->handler(std::make_unique<SocketStream>(std::move(socket), self->options.far_end),
                      remote ? endpoint_text(*remote) : std::string("unix"));
        continue;
      }
      // The peer was gone before we took it: nothing of ours is wrong.
      if (failure == asio::error::connection_aborted) continue;
      unsigned held_back = 0;
      if (limit.allow(std::chrono::steady_clock::now(), held_back))
        spdlog::warn("cannot accept a connection on {}: {} ({} like it held back)", self->endpoint.text(),
                     failure.message(), held_back);
      self->pause.expires_after(backoff.next());
      co_await self->pause.async_wait(as_result);
    }
  }

  void close() noexcept {
    if (closed) return;
    closed = true;
    error_code ignored; // the descriptor is gone whatever close() says
    acceptor.close(ignored);
    pause.cancel();
    file.reset();
  }
};

Result<std::unique_ptr<Listener>> Listener::open(const asio::any_io_executor& executor, const Endpoint& endpoint,
                                                 ListenerOptions options, Handler handler) {
  auto state = std::make_shared<State>(executor, endpoint, std::move(options), std::move(handler));
  if (const auto failure = state->listen()) return listen_error(failure, endpoint, state->options.key);
  error_code failure;
  if (const auto local = tcp_endpoint(state->acceptor.local_endpoint(failure)); local && !failure) {
    if (auto chosen = Endpoint::parse(endpoint_text(*local))) state->endpoint = *chosen;
  }
  asio::co_spawn(executor, State::accept_all(state), asio::detached);
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Listener::~Listener() {
  close();
}

const Endpoint& Listener::endpoint() const {
  return state_->endpoint;
}

void Listener::close() noexcept {
  state_->close();
}

} // namespace sipveil
