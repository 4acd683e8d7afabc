#include "transports/i2p/session_connect.h"

#include "base/clock.h"
#include "transports/i2p/streams.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sipveil::i2p {
namespace {

// Until the router says that the session's tunnels are built, it is asked anew: it says so only every 20 s, and the
// first tunnel is there after 4 to 13 s. Each question is a connection on loopback that i2pd answers in a millisecond,
// and half a pause is what a call on a new session waits in vain.
constexpr Duration pause_while_building = 250ms;
// Then "not found" is about the peer, and each question asks the floodfills of the network.
constexpr Duration pause_while_unknown = 2s;

/// It may be found the next time.
bool is_not_found(const Error& error) {
  return error.where == Fault::overlay && error.retry;
}

} // namespace

asio::awaitable<Result<std::unique_ptr<SocketStream>>> connect_by(Endpoint sam, Session& session, B32Name peer) {
  auto requested = co_await session.requested();
  if (!requested) co_return requested.error();
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    const bool built = session.is_established(); // when the question is asked: its answer may be from before
    auto stream = co_await stream_connect(sam, session.id(), peer);
    if (session.failure()) co_return *session.failure();
    if (stream) co_return std::move(stream);
    const bool not_yet_known = stream.error().code == Errc::not_ready && !built;
    if (!not_yet_known && !is_not_found(stream.error())) co_return stream.error();
    pause.expires_after(built ? pause_while_unknown : pause_while_building);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

} // namespace sipveil::i2p
