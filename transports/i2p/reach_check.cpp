#include "transports/i2p/reach_check.h"

#include "transports/i2p/destination_key.h"
#include "transports/i2p/session_connect.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <array>
#include <string_view>

namespace sipveil::i2p {
namespace {

using asio::experimental::awaitable_operators::operator||;

// Should a check ever be taken for a call, a SIP stream reads a keepalive in it (RFC 5626 section 3.5.1).
constexpr std::string_view question = "\r\n\r\n";
constexpr std::string_view answer = "\r\n";

Error cancelled() {
  return {Errc::cancelled, Fault::system, "calling our own I2P destination was cancelled", "", false};
}

Error not_reached(Errc code, std::string what) {
  return {code, Fault::overlay, std::move(what), "Wait: a LeaseSet may take minutes to be published.", true};
}

// What is awaited together with a deadline does not throw: if both did, neither would be caught.

asio::awaitable<Result<void>> talk(Stream& stream) try {
  auto written = co_await stream.write(question);
  if (!written) co_return written.error();
  std::array<char, 8> buffer{};
  auto count = co_await stream.read_some(buffer);
  if (!count) co_return count.error();
  co_return Result<void>();
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

asio::awaitable<Result<void>> check(Endpoint sam, Session& session, B32Name own) try {
  auto stream = co_await connect_by(std::move(sam), session, own);
  if (!stream) co_return stream.error();
  asio::steady_timer deadline(co_await asio::this_coro::executor, first_byte_timeout);
  auto first = co_await (talk(**stream) || deadline.async_wait(asio::use_awaitable));
  const auto* said = std::get_if<0>(&first);
  if (said != nullptr && *said) co_return Result<void>();
  if (said != nullptr && said->error().code == Errc::cancelled) co_return said->error();
  co_return not_reached(Errc::offline, "our own destination is found, but does not answer");
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

asio::awaitable<bool> read_and_answer(Stream& stream) try {
  std::array<char, 8> buffer{};
  const auto count = co_await stream.read_some(buffer);
  if (!count) co_return false;
  const auto written = co_await stream.write(answer);
  if (!written) co_return false;
  // The calling side ends the stream: one that is closed here at once may lose the answer.
  static_cast<void>(co_await stream.read_some(buffer));
  co_return true;
} catch (const boost::system::system_error&) {
  co_return false;
}

} // namespace

asio::awaitable<Result<void>> check_reach(Endpoint sam, TunnelOptions tunnels, B32Name own, Duration limit,
                                          std::function<void(const B32Name&)> caller) try {
  // Not TRANSIENT: the router would tell that destination only with SESSION STATUS, 20 s later.
  auto key = co_await generate_destination(sam);
  if (!key) co_return key.error();
  caller(key->name);
  const auto executor = co_await asio::this_coro::executor;
  SessionSpec spec;
  spec.id = fresh_session_id();
  spec.tunnels = tunnels;
  spec.key = std::move(key->private_key);
  const auto session = Session::open(executor, sam, std::move(spec));
  asio::steady_timer deadline(executor, limit);
  auto first = co_await (check(std::move(sam), *session, own) || deadline.async_wait(asio::use_awaitable));
  if (first.index() == 0) co_return std::get<0>(first);
  const auto seconds = std::chrono::duration<double>(limit).count();
  co_return not_reached(Errc::timed_out, fmt::format("our own destination was not found within {:g} s", seconds));
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

asio::awaitable<void> answer_check(StreamPtr stream) {
  asio::steady_timer deadline(co_await asio::this_coro::executor, first_byte_timeout);
  static_cast<void>(co_await (read_and_answer(*stream) || deadline.async_wait(asio::use_awaitable)));
}

} // namespace sipveil::i2p
