#include "transports/i2p/streams.h"

#include "transports/i2p/request.h"
#include "transports/i2p/sam_error.h"

namespace sipveil::i2p {
namespace {

using Opened = Result<std::unique_ptr<SamConnection>>;

/// A new connection on which `request` has been answered with OK.
asio::awaitable<Opened> ask(Endpoint sam, std::string request) {
  auto connection = co_await SamConnection::open(std::move(sam));
  if (!connection) co_return connection.error();
  auto sent = co_await (*connection)->send(request);
  if (!sent) co_return sent.error();
  auto reply = co_await (*connection)->reply(Reply::Kind::stream);
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return sam_error(*reply);
  co_return std::move(connection);
}

} // namespace

asio::awaitable<Result<std::unique_ptr<SocketStream>>> stream_connect(Endpoint sam, std::string session, B32Name peer) {
  auto connection = co_await ask(std::move(sam), request::stream_connect(session, peer));
  if (!connection) co_return connection.error();
  co_return (*connection)->release();
}

asio::awaitable<Result<AcceptedStream>> stream_accept(Endpoint sam, std::string session) {
  auto connection = co_await ask(std::move(sam), request::stream_accept(session));
  if (!connection) co_return connection.error();
  auto line = co_await (*connection)->line();
  if (!line) co_return line.error();
  // SAM 3.2 has FROM_PORT and TO_PORT behind the destination.
  const auto text = line->reveal();
  auto caller = Destination::parse(text.substr(0, text.find(' ')));
  if (!caller) co_return caller.error();
  co_return AcceptedStream{(*connection)->release(), std::move(*caller)};
}

} // namespace sipveil::i2p
