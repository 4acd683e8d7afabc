#include "transports/i2p/datagrams.h"

#include "transports/i2p/sam_error.h"
#include "transports/i2p/session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace sipveil::i2p {
namespace {

using asio::ip::udp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// A UDP datagram has no more.
constexpr std::size_t receive_bytes = 65536;

Error cancelled() {
  return {Errc::cancelled, Fault::system, "the I2P datagrams were closed", "", false};
}

Error io_error(const error_code& failure) {
  if (failure == asio::error::operation_aborted) return cancelled();
  return {Errc::io, Fault::local_service,
          fmt::format("the I2P router's UDP port for datagrams fails: {}", failure.message()),
          "Check that the router's SAM takes datagrams by UDP: i2pd at the port below SAM's.", true};
}

} // namespace

struct Datagrams::State {
  State(udp::socket s, Style kind) : socket(std::move(s)), style(kind) {}

  udp::socket socket;
  Style style;
  std::shared_ptr<Session> session{};
  bool closed = false;
  std::string buffer = std::string(receive_bytes, '\0');

  void close() {
    if (std::exchange(closed, true)) return;
    error_code ignored;
    socket.close(ignored);
    if (session) session->close();
  }

  [[nodiscard]] std::optional<Error> over() const {
    if (closed) return cancelled();
    return session->failure();
  }

  static asio::awaitable<Result<void>> send(std::shared_ptr<State> self, Destination to, std::string payload) try {
    if (payload.size() > max_datagram_payload)
      co_return Error{Errc::too_large, Fault::system,
                      fmt::format("an I2P datagram takes at most {} bytes", max_datagram_payload), "", false};
    if (auto over = self->over()) co_return *over;
    const std::string bytes = write_datagram(self->session->id(), to, payload);
    auto [failure, count] = co_await self->socket.async_send(asio::buffer(bytes), as_result);
    if (failure) co_return io_error(failure);
    co_return Result<void>();
  } catch (const boost::system::system_error& thrown) {
    co_return io_error(thrown.code());
  }

  static asio::awaitable<Result<ReceivedDatagram>> receive(std::shared_ptr<State> self) try {
    for (;;) {
      if (auto over = self->over()) co_return *over;
      auto [failure, count] = co_await self->socket.async_receive(asio::buffer(self->buffer), as_result);
      if (self->closed) co_return cancelled();
      if (failure) co_return io_error(failure);
      auto datagram = read_datagram(self->style, std::string_view(self->buffer).substr(0, count));
      if (datagram) co_return std::move(*datagram);
    }
  } catch (const boost::system::system_error& thrown) {
    co_return io_error(thrown.code());
  }
};

asio::awaitable<Result<Destination>> find_destination(Endpoint sam, B32Name name) try {
  std::string question = request::naming_lookup(name);
  auto reply = co_await SamConnection::ask(std::move(sam), std::move(question), Reply::Kind::naming);
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return sam_error(*reply);
  auto found = Destination::parse(reply->value("VALUE").value_or(""));
  if (found && found->name() != name) co_return out_of_turn();
  co_return found;
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

asio::awaitable<Result<std::unique_ptr<Datagrams>>> Datagrams::open(DatagramOptions options) try {
  if (options.sam.is_unix())
    co_return Error{Errc::invalid, Fault::configuration, "I2P datagrams need the router's UDP port, not a unix socket",
                    "Give SAM as host:port.", false};
  const auto executor = co_await asio::this_coro::executor;
  const HostPort& sam = options.sam.host_port();
  const auto port = options.udp_port.value_or(static_cast<std::uint16_t>(sam.port() - 1));
  // Connected, so that the system drops what is not from there, and knows which of our addresses faces the router.
  udp::socket socket(executor);
  error_code failure;
  socket.connect(udp::endpoint(asio::ip::make_address(sam.host()), port), failure);
  if (failure) co_return io_error(failure);
  const auto local = socket.local_endpoint();
  auto forward =
      HostPort::parse(local.address().is_v6() ? fmt::format("[{}]:{}", local.address().to_string(), local.port())
                                              : fmt::format("{}:{}", local.address().to_string(), local.port()));
  if (!forward) co_return forward.error();

  auto state = std::make_shared<State>(std::move(socket), options.style);
  SessionSpec spec;
  spec.id = fresh_session_id();
  spec.style = options.style;
  spec.tunnels = options.tunnels;
  spec.forward = std::move(*forward);
  state->session = Session::open(executor, options.sam, std::move(spec));
  std::unique_ptr<Datagrams> datagrams(new Datagrams(std::move(state)));
  auto established = co_await datagrams->state_->session->established();
  if (!established) co_return established.error();
  co_return std::move(datagrams);
} catch (const boost::system::system_error& thrown) {
  co_return io_error(thrown.code());
}

Datagrams::~Datagrams() {
  close();
}

const Destination& Datagrams::own() const {
  return *state_->session->destination();
}

asio::awaitable<Result<void>> Datagrams::send(const Destination& to, std::string_view payload) {
  return State::send(state_, to, std::string(payload));
}

asio::awaitable<Result<ReceivedDatagram>> Datagrams::receive() {
  return State::receive(state_);
}

void Datagrams::close() {
  state_->close();
}

} // namespace sipveil::i2p
