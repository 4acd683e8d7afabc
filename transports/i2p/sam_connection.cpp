#include "transports/i2p/sam_connection.h"

#include "base/clock.h"
#include "transports/connect.h"
#include "transports/i2p/request.h"
#include "transports/i2p/sam_error.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace sipveil::i2p {
namespace {

// i2pd answers HELLO within a millisecond; one that is busy building dozens of tunnels on a small machine takes longer,
// but whatever takes this long is no SAM.
constexpr auto hello_timeout = 5s;

constexpr std::string_view check_sam =
    "Is the I2P router running, with SAM enabled? Check [i2p] sam; `sipveil doctor` says more.";

Error cancelled() {
  return {Errc::cancelled, Fault::system, "talking to the I2P router was cancelled", "", false};
}

/// Closed by the router, or broken: whatever the socket says, it is SAM that is gone.
Error lost(const Error& error) {
  if (error.code == Errc::cancelled) return error;
  return {Errc::closed, Fault::local_service, "the I2P router closed the SAM connection", std::string(check_sam), true};
}

/// Does not throw, as one of two that are awaited at once must not.
asio::awaitable<Result<void>> hello(SamConnection& connection) try {
  const std::string request = request::hello();
  auto sent = co_await connection.send(request);
  if (!sent) co_return sent.error();
  auto reply = co_await connection.reply(Reply::Kind::hello);
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return sam_error(*reply);
  if (!reply->value("VERSION").value_or("").starts_with("3.")) co_return out_of_turn();
  co_return Result<void>();
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

} // namespace

asio::awaitable<Result<std::unique_ptr<SamConnection>>> SamConnection::open(Endpoint sam) try {
  using asio::experimental::awaitable_operators::operator||;
  auto stream = co_await connect_local(sam, "the I2P router", std::string(check_sam));
  if (!stream) co_return stream.error();
  auto connection = std::make_unique<SamConnection>(std::move(*stream));
  asio::steady_timer deadline(co_await asio::this_coro::executor, hello_timeout);
  auto first = co_await (hello(*connection) || deadline.async_wait(asio::use_awaitable));
  if (first.index() == 1)
    co_return Error{Errc::timed_out, Fault::local_service,
                    fmt::format("what listens at {} does not answer as SAM does", sam.text()), std::string(check_sam),
                    true};
  if (const auto& said = std::get<0>(first); !said) co_return said.error();
  co_return std::move(connection);
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

asio::awaitable<Result<Reply>> SamConnection::ask(Endpoint sam, std::string line, Reply::Kind kind) {
  auto connection = co_await open(std::move(sam));
  if (!connection) co_return connection.error();
  auto sent = co_await (*connection)->send(line);
  if (!sent) co_return sent.error();
  co_return co_await (*connection)->reply(kind);
}

asio::awaitable<Result<void>> SamConnection::send(std::string_view line) {
  auto written = co_await stream_->write(line);
  if (!written) co_return lost(written.error());
  co_return Result<void>();
}

asio::awaitable<Result<SecretBytes>> SamConnection::line() {
  for (;;) {
    auto line = reader_.line();
    if (!line) co_return line.error();
    if (*line) co_return std::move(**line);
    const auto count = co_await stream_->read_some(reader_.room());
    if (!count) co_return lost(count.error());
    reader_.received(*count);
  }
}

asio::awaitable<Result<Reply>> SamConnection::reply(Reply::Kind kind) {
  for (;;) {
    auto next = co_await line();
    if (!next) co_return next.error();
    auto reply = Reply::parse(std::move(*next));
    if (!reply) co_return reply.error();
    if (reply->kind() == kind) co_return std::move(*reply);
    if (reply->kind() != Reply::Kind::ping) co_return out_of_turn();
    const std::string pong = request::pong(reply->text());
    auto sent = co_await send(pong);
    if (!sent) co_return sent.error();
  }
}

std::unique_ptr<SocketStream> SamConnection::release() {
  stream_->unread(reader_.rest());
  stream_->set_far_end(Fault::overlay);
  return std::move(stream_);
}

} // namespace sipveil::i2p
