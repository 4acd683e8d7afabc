#include "transports/i2p/last_session.h"

#include "transports/i2p/request.h"
#include "transports/i2p/sam_connection.h"
#include "transports/i2p/sam_error.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace sipveil::i2p {
namespace {

// i2pd 2.45 looks every 20 s for sessions that have ended before it has said their STATUS.
constexpr int clearings_until_held = 8;

TimePoint now() {
  return std::chrono::steady_clock::now();
}

asio::awaitable<void> pause(Duration length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

/// The error that the router refuses a session of this nickname with, as it has one, perhaps one that nobody holds any
/// more. Does not throw, as one of two that are awaited at once must not.
asio::awaitable<std::optional<Error>> refusal(Endpoint sam, std::string id) try {
  std::string question = request::session_probe(id);
  const auto reply = co_await SamConnection::ask(std::move(sam), std::move(question), Reply::Kind::session);
  if (!reply || reply->result() != "DUPLICATED_ID") co_return std::nullopt;
  co_return sam_error(*reply);
} catch (const boost::system::system_error&) {
  co_return std::nullopt;
}

} // namespace

LastSession::LastSession(Options options) : options_(std::move(options)), ended_(now()), asked_(!options_.none) {}

void LastSession::asked() {
  asked_ = true;
}

void LastSession::ended() {
  ended_ = now();
}

// i2pd notices the end of a session whose STATUS it has not said yet when it says that. A router that has been away
// meanwhile has nothing left.
asio::awaitable<void> LastSession::cleared(Tell tell) {
  using asio::experimental::awaitable_operators::operator||;
  if (!std::exchange(asked_, false)) co_return;
  const TimePoint held = now() + clearings_until_held * options_.clearing;
  for (;;) {
    asio::steady_timer deadline(co_await asio::this_coro::executor, options_.answer);
    auto first = co_await (refusal(options_.sam, options_.id) || deadline.async_wait(asio::use_awaitable));
    auto refused = first.index() == 0 ? std::get<0>(std::move(first)) : std::nullopt;
    if (refused) ended_ = now();
    const Duration left = ended_ + options_.clearing - now();
    if (left <= Duration::zero()) co_return;
    const Duration wait = refused ? options_.asking : left;
    if (now() < held) refused.reset();
    tell(std::move(refused));
    co_await pause(wait);
  }
}

} // namespace sipveil::i2p
