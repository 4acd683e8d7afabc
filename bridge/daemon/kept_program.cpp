#include "bridge/daemon/kept_program.h"

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
/// A program that ran so long was no failed start.
constexpr Duration lasting = 10s;

} // namespace

KeptProgram::KeptProgram(const asio::any_io_executor& executor, std::unique_ptr<control::Program> program,
                         std::string name)
    : executor_(executor), name_(std::move(name)), complaints_(name_), program_(std::move(program)), wake_(executor) {}

void KeptProgram::start(Watch watch) {
  watch_ = std::move(watch);
  program_->on_exit([weak = weak_from_this()](const Error& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->failed(error);
    self->wake_.cancel();
  });
  asio::co_spawn(
      executor_, [self = shared_from_this()]() -> asio::awaitable<void> { co_await self->keep_running(); },
      asio::detached);
}

void KeptProgram::failed(const Error& error) {
  complaints_.say(error);
  if (watch_.down) watch_.down(error);
}

asio::awaitable<void> KeptProgram::keep_running() {
  Backoff backoff(pauses);
  while (!stopping_) {
    const auto begin = std::chrono::steady_clock::now();
    const auto started = co_await program_->start();
    if (stopping_) co_return;
    if (started) {
      spdlog::info("{} runs as process {}", name_, program_->pid());
      if (watch_.up) watch_.up();
      wake_.expires_at(TimePoint::max());
      if (program_->running()) co_await wake_.async_wait(as_result);
      if (stopping_) co_return;
      if (std::chrono::steady_clock::now() - begin >= lasting) {
        backoff.reset();
        complaints_.clear();
        continue;
      }
    } else {
      failed(started.error());
    }
    wake_.expires_after(backoff.next());
    co_await wake_.async_wait(as_result);
  }
}

asio::awaitable<void> KeptProgram::restart() {
  const auto self = shared_from_this();
  if (!program_->running()) co_return;
  co_await program_->stop();
  wake_.cancel();
}

asio::awaitable<void> KeptProgram::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  wake_.cancel();
  co_await program_->stop();
}

} // namespace sipveil
