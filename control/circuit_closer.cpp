#include "control/circuit_closer.h"

#include "control/operations.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace sipveil::control {

std::shared_ptr<CircuitCloser> CircuitCloser::create(ControlClient& client) {
  return std::shared_ptr<CircuitCloser>(new CircuitCloser(client));
}

CircuitCloser::CircuitCloser(ControlClient& client) : client_(client), timer_(client.executor()) {}

asio::awaitable<Result<void>> CircuitCloser::listen(EventKind kind, Subscription& subscription) {
  const std::weak_ptr<CircuitCloser> weak = weak_from_this();
  EventHandler handler;
  handler.on_event = [weak](const Event& event) {
    if (const auto self = weak.lock()) self->on_event(event);
  };
  handler.on_lost = [weak](const Error&) {
    if (const auto self = weak.lock()) self->book_.forget_circuits();
  };
  auto subscribed = co_await client_.subscribe(kind, std::move(handler));
  if (!subscribed) co_return subscribed.error();
  subscription = std::move(*subscribed);
  co_return Result<void>();
}

asio::awaitable<Result<void>> CircuitCloser::connected() {
  const auto self = shared_from_this();
  if (!std::exchange(running_, true))
    asio::co_spawn(
        client_.executor(), [self] { return self->run(); }, asio::detached);
  if (listening_) co_return Result<void>();
  auto listening = co_await listen(EventKind::circ, circuits_);
  if (!listening) co_return listening.error();
  listening = co_await listen(EventKind::stream, streams_);
  if (!listening) co_return listening.error();
  listening_ = true;
  co_return Result<void>();
}

void CircuitCloser::stop() {
  stopped_ = true;
  timer_.cancel();
}

void CircuitCloser::link_opened(const Isolation& credential) {
  book_.expect(credential);
  wake();
}

void CircuitCloser::link_closed(const Isolation& credential) {
  book_.ended(credential, std::chrono::steady_clock::now());
  wake();
}

void CircuitCloser::on_event(const Event& event) {
  const auto now = std::chrono::steady_clock::now();
  if (const auto* circuit = std::get_if<CircEvent>(&event)) book_.on_circuit(*circuit, now);
  if (const auto* stream = std::get_if<StreamEvent>(&event)) book_.on_stream(*stream, now);
  wake();
}

/// Ends a wait that would now be too long. Most events change nothing here: they are of other programs.
void CircuitCloser::wake() {
  if (book_.next_deadline() < timer_.expiry()) timer_.cancel();
}

asio::awaitable<void> CircuitCloser::run() {
  const auto self = shared_from_this();
  while (!stopped_) {
    for (const auto& id : book_.take_due(std::chrono::steady_clock::now())) {
      if (stopped_ || !client_.is_up()) break;
      const auto closed = co_await close_circuit(client_, id);
      if (!closed) spdlog::debug("tor: a circuit that is not needed was not closed: {}", closed.error().text());
    }
    if (stopped_) co_return;
    const auto next = book_.next_deadline();
    if (next <= std::chrono::steady_clock::now()) continue;
    timer_.expires_at(next);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

} // namespace sipveil::control
