#include "transports/connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <vector>

namespace sipveil {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Addresses = std::vector<SocketStream::Address>;
using Connected = Result<std::unique_ptr<SocketStream>>;

Error cancelled() {
  return {Errc::cancelled, Fault::system, "the connection attempt was cancelled", "", false};
}

SocketStream::Address numeric_address(const HostPort& target) {
  return tcp::endpoint(asio::ip::make_address(target.host()), target.port());
}

Error local_error(const error_code& code, const Endpoint& endpoint, const std::string& service,
                  const std::string& mend) {
  if (code == asio::error::operation_aborted) return cancelled();
  const bool denied = code == boost::system::errc::permission_denied;
  return {Errc::unreachable, Fault::local_service,
          fmt::format("{} cannot be reached at {}: {}", service, endpoint.text(), code.message()),
          denied ? fmt::format("Give the user of sipveil the right to use {}.", endpoint.text()) : mend, true};
}

Error direct_error(const error_code& code) {
  if (code == asio::error::operation_aborted) return cancelled();
  if (code == asio::error::connection_refused)
    return {Errc::refused, Fault::peer, "the peer's host refuses connections at this port",
            "Ask the peer whether its SIP service runs, and at which port.", true};
  return {Errc::offline, Fault::peer, "the peer's host cannot be reached: " + code.message(), "", true};
}

/// A look-up that its waiting coroutine can leave: getaddrinfo itself knows no end but its own.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), finished(executor) {}
  tcp::resolver resolver;
  asio::steady_timer finished; // never expires by itself; cancelled when the answer is there
  bool done = false;
  error_code failure{};
  Addresses addresses{};
};

asio::awaitable<Result<Addresses>> resolve(const HostPort& target) {
  const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  lookup->finished.expires_at(asio::steady_timer::time_point::max());
  lookup->resolver.async_resolve(target.host(), std::to_string(target.port()), tcp::resolver::numeric_service,
                                 [lookup](const error_code& failure, const tcp::resolver::results_type& results) {
                                   lookup->done = true;
                                   lookup->failure = failure;
                                   for (const auto& result : results)
                                     lookup->addresses.emplace_back(result.endpoint());
                                   lookup->finished.cancel();
                                 });
  co_await lookup->finished.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!lookup->done) co_return cancelled();
  if (lookup->failure)
    co_return Error{Errc::unknown_peer, Fault::peer, "the peer's name cannot be resolved: " + lookup->failure.message(),
                    "Check the name, and this machine's name service.", true};
  co_return std::move(lookup->addresses);
}

asio::awaitable<Connected> connect_first(Addresses addresses) {
  const auto executor = co_await asio::this_coro::executor;
  error_code failure = asio::error::host_not_found;
  for (const auto& address : addresses) {
    auto stream = std::make_unique<SocketStream>(executor, Fault::peer);
    failure = co_await stream->connect(address);
    if (!failure) co_return std::move(stream);
    if (failure == asio::error::operation_aborted) break;
  }
  co_return direct_error(failure);
}

} // namespace

asio::awaitable<Connected> connect_local(Endpoint endpoint, std::string service, std::string mend) try {
  SocketStream::Address address;
  if (endpoint.is_unix())
    address = asio::local::stream_protocol::endpoint(endpoint.path());
  else
    address = numeric_address(endpoint.host_port());
  auto stream = std::make_unique<SocketStream>(co_await asio::this_coro::executor, Fault::local_service);
  const error_code failure = co_await stream->connect(address);
  if (failure) co_return local_error(failure, endpoint, service, mend);
  co_return std::move(stream);
} catch (const boost::system::system_error& thrown) {
  co_return local_error(thrown.code(), endpoint, service, mend);
}

asio::awaitable<Connected> connect_direct(HostPort target) try {
  Addresses addresses;
  if (target.numeric()) {
    addresses.push_back(numeric_address(target));
  } else {
    auto resolved = co_await resolve(target);
    if (!resolved) co_return resolved.error();
    addresses = std::move(*resolved);
  }
  co_return co_await connect_first(std::move(addresses));
} catch (const boost::system::system_error& thrown) {
  co_return direct_error(thrown.code());
}

} // namespace sipveil
