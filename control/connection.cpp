#include "control/connection.h"

#include "control/command_line.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>
#include <utility>

namespace sipveil::control {
namespace {

using boost::system::error_code;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::generic::stream_protocol::endpoint socket_address(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return asio::local::stream_protocol::endpoint(endpoint.path());
  // An Endpoint's host is numeric, so this cannot fail.
  const auto address = asio::ip::make_address(endpoint.host_port().host());
  return asio::ip::tcp::endpoint(address, endpoint.host_port().port());
}

Error connect_error(const Endpoint& endpoint, const error_code& code) {
  Error error{Errc::unreachable, Fault::local_service,
              fmt::format("cannot connect to tor's control port {}: {}", endpoint.text(), code.message()), "", true};
  if (code == asio::error::access_denied) {
    error.mend = "Add this user to group debian-tor (usermod -aG debian-tor <user>, then log in again).";
  } else {
    error.mend = "Start tor (systemctl start tor) with ControlPort 9051 in its torrc, set [tor] control to where tor "
                 "listens, or set [tor] spawn = true.";
  }
  return error;
}

enum class Connecting { under_way, late, over };

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

} // namespace

Connection::Connection(const asio::any_io_executor& executor)
    : socket_(executor),
      reason_{Errc::not_ready, Fault::local_service, "the control connection is not open", "", true} {}

asio::awaitable<Result<void>> Connection::open(Endpoint endpoint, Duration timeout, Handlers handlers) {
  const auto self = shared_from_this();
  asio::steady_timer deadline(socket_.get_executor(), timeout);
  // Shared with the handler, which can outlive this frame when the caller gives up.
  const auto phase = std::make_shared<Connecting>(Connecting::under_way);
  deadline.async_wait([self, phase](const error_code& code) {
    if (code || *phase != Connecting::under_way) return;
    *phase = Connecting::late;
    error_code ignored;
    self->socket_.close(ignored);
  });
  const auto address = socket_address(endpoint);
  const auto [code] = co_await socket_.async_connect(address, as_result);
  const bool late = *phase == Connecting::late;
  *phase = Connecting::over;
  if (closed_) co_return reason_;
  if (late)
    co_return Error{
        Errc::timed_out, Fault::local_service,
        fmt::format("no connection to tor's control port {} within {:.0f} s", endpoint.text(), seconds(timeout)), "",
        true};
  if (code) co_return connect_error(endpoint, code);
  if (!endpoint.is_unix()) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  handlers_ = std::move(handlers);
  open_ = true;
  asio::co_spawn(
      socket_.get_executor(), [self]() -> asio::awaitable<void> { co_await self->read(); }, asio::detached);
  co_return Result<void>();
}

asio::awaitable<Result<Reply>> Connection::request(SecretBytes line, Duration timeout) {
  const auto self = shared_from_this();
  if (!is_one_line(line.reveal()))
    co_return Error{Errc::invalid, Fault::configuration, "a control command is not a single line", "", false};
  if (!open_) co_return reason_;
  const auto pending = std::make_shared<Pending>(socket_.get_executor());
  pending->done.expires_after(timeout);
  pending_.push_back(pending);
  outbox_.push_back(join_secret({line.reveal(), "\r\n"}));
  if (outbox_.size() == 1) write();

  const auto [code] = co_await pending->done.async_wait(as_result);
  if (pending->result) co_return std::move(*pending->result);
  if (code) co_return Error{Errc::cancelled, Fault::system, "the wait for tor's answer was given up", "", true};
  const Error late{Errc::timed_out, Fault::local_service,
                   fmt::format("tor did not answer on its control port within {:.0f} s", seconds(timeout)), "", true};
  fail(late);
  co_return late;
}

void Connection::write() {
  const auto bytes = outbox_.front().bytes();
  asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                    [self = shared_from_this()](const error_code& code, std::size_t) {
                      if (!self->open_) return;
                      self->outbox_.pop_front();
                      // The reader finds out why and says it better.
                      if (code) self->outbox_.clear();
                      if (!self->outbox_.empty()) self->write();
                    });
}

asio::awaitable<void> Connection::read() {
  std::array<char, 4096> buffer{};
  while (open_) {
    const auto [code, size] = co_await socket_.async_read_some(asio::buffer(buffer), as_result);
    if (!open_) co_return;
    if (code == asio::error::eof) {
      fail(
          {Errc::closed, Fault::local_service,
           parser_.mid_reply() ? "tor closed the control connection amid a reply" : "tor closed the control connection",
           "", true});
      co_return;
    }
    if (code) {
      fail({Errc::io, Fault::local_service, fmt::format("the control connection to tor broke: {}", code.message()), "",
            true});
      co_return;
    }
    parser_.push({buffer.data(), size});
    while (open_) {
      auto reply = parser_.next();
      if (!reply) {
        fail(reply.error());
      } else if (!*reply) {
        break;
      } else {
        on_reply(std::move(**reply));
      }
    }
  }
}

void Connection::on_reply(Reply reply) {
  if (reply.is_event()) {
    if (handlers_.on_event) handlers_.on_event(reply);
    return;
  }
  if (pending_.empty()) {
    fail({Errc::malformed, Fault::local_service, "tor sent a control reply that nothing had asked for", "", true});
    return;
  }
  const auto pending = std::move(pending_.front());
  pending_.pop_front();
  pending->result.emplace(std::move(reply));
  pending->done.cancel();
}

void Connection::fail(const Error& reason) {
  if (!open_) return;
  const auto self = shared_from_this();
  close(reason);
  if (handlers_.on_closed) handlers_.on_closed(reason);
}

void Connection::close(const Error& reason) {
  if (closed_) return;
  closed_ = true;
  open_ = false;
  reason_ = reason;
  error_code ignored;
  socket_.close(ignored);
  for (const auto& pending : std::exchange(pending_, {})) {
    pending->result.emplace(reason);
    pending->done.cancel();
  }
}

} // namespace sipveil::control
