#include "bridge/daemon/tor_child.h"

#include "base/backoff.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace sipveil {
namespace {

namespace asio = boost::asio;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Calls wait for a tor that was killed, so the first new start comes within half a second. One that ends again and
/// again, because of a torrc that it does not like, is not to take the processor.
constexpr Backoff::Limits pauses{.first = 500ms, .cap = 30s};
/// A tor that ran so long was no failed start.
constexpr Duration lasting = 10s;

} // namespace

TorChild::TorChild(const asio::any_io_executor& executor, std::string name)
    : executor_(executor), name_(std::move(name)), complaints_(name_), wake_(executor) {}

Result<std::shared_ptr<TorChild>> TorChild::create(const asio::any_io_executor& executor,
                                                   control::TorProcessOptions options, std::string name) {
  auto process = control::TorProcess::create(executor, std::move(options));
  if (!process) return process.error();
  std::shared_ptr<TorChild> child(new TorChild(executor, std::move(name)));
  child->process_ = std::move(*process);
  return child;
}

void TorChild::start(control::ControlClient& client) {
  process_->on_exit([weak = weak_from_this()](const Error& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->complaints_.say(error);
    self->wake_.cancel();
  });
  asio::co_spawn(
      executor_,
      [self = shared_from_this(), &client]() -> asio::awaitable<void> { co_await self->keep_running(client); },
      asio::detached);
}

asio::awaitable<void> TorChild::keep_running(control::ControlClient& client) {
  Backoff backoff(pauses);
  while (!stopping_) {
    const auto begin = std::chrono::steady_clock::now();
    const auto started = co_await process_->start();
    if (stopping_) co_return;
    if (started) {
      spdlog::info("{} runs as process {}", name_, process_->pid());
      client.retry_now();
      wake_.expires_at(TimePoint::max());
      if (process_->running()) co_await wake_.async_wait(as_result);
      if (stopping_) co_return;
      if (std::chrono::steady_clock::now() - begin >= lasting) {
        backoff.reset();
        complaints_.clear();
        continue;
      }
    } else {
      complaints_.say(started.error());
    }
    wake_.expires_after(backoff.next());
    co_await wake_.async_wait(as_result);
  }
}

asio::awaitable<void> TorChild::restart() {
  const auto self = shared_from_this();
  if (!process_->running()) co_return;
  co_await process_->stop();
  wake_.cancel();
}

asio::awaitable<void> TorChild::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  wake_.cancel();
  co_await process_->stop();
}

} // namespace sipveil
