#include "bridge/daemon/router_watch.h"

#include "base/backoff.h"
#include "transports/i2p/sam_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sipveil {
namespace {

namespace asio = boost::asio;

/// A try at a port of this machine costs nothing, and a router that is back is to be noticed soon.
constexpr Backoff::Limits pauses{.first = 250ms, .cap = 5s};

/// Returns when the connection has ended, or none came about, with the reason.
asio::awaitable<Error> hold(Endpoint sam, const std::function<void()>& up) {
  const auto connection = co_await i2p::SamConnection::open(std::move(sam));
  if (!connection) co_return connection.error();
  up();
  // Nothing is asked for, so nothing is answered: what comes is the end.
  for (;;) {
    const auto line = co_await (*connection)->line();
    if (!line) co_return line.error();
  }
}

} // namespace

RouterWatch::RouterWatch(const asio::any_io_executor& executor, Endpoint sam, Hooks hooks)
    : executor_(executor), sam_(std::move(sam)), hooks_(std::move(hooks)), pause_(executor) {}

void RouterWatch::start() {
  asio::co_spawn(
      executor_, keep_up(),
      asio::bind_cancellation_slot(give_up_.slot(), [self = shared_from_this()](const std::exception_ptr&) {}));
}

void RouterWatch::stop() {
  stopping_ = true;
  pause_.cancel();
  give_up_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> RouterWatch::keep_up() {
  const auto self = shared_from_this();
  Backoff backoff(pauses);
  while (!stopping_) {
    const std::function<void()> up = [this, &backoff] {
      backoff.reset();
      if (!stopping_) hooks_.up();
    };
    const Error error = co_await hold(sam_, up);
    if (stopping_) co_return;
    hooks_.down(error);
    pause_.expires_after(backoff.next());
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

} // namespace sipveil
