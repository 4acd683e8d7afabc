#include "control/program.h"

#include "control/child_process.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace sipveil::control {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

class Program::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::any_io_executor executor, ProgramPlan plan)
      : executor_(std::move(executor)), plan_(std::move(plan)), ended_(executor_) {}

  asio::awaitable<Result<void>> start();
  asio::awaitable<void> stop();
  void abandon();

  [[nodiscard]] pid_t pid() const { return child_ ? child_->pid() : -1; }

  std::function<void(const Error&)> on_exit;

 private:
  [[nodiscard]] Result<void> spawn(const std::vector<std::string>& arguments);
  asio::awaitable<void> watch();
  asio::awaitable<bool> wait_for_end(Duration time);
  [[nodiscard]] Error ended_error(const Result<ChildProcess::Ending>& ending) const;
  [[nodiscard]] Error silent_error() const;

  asio::any_io_executor executor_;
  ProgramPlan plan_;
  std::shared_ptr<ChildProcess> child_; ///< null when none runs
  asio::steady_timer ended_;            ///< cut short by the end of the child
  bool starting_ = false;
  bool stopping_ = false;
  Error last_end_;
};

Result<void> Program::Core::spawn(const std::vector<std::string>& arguments) {
  auto child = ChildProcess::start(executor_, arguments, plan_.output);
  if (!child) {
    auto error = child.error();
    if (error.where == Fault::configuration) error.mend = plan_.install;
    return error;
  }
  child_ = std::make_shared<ChildProcess>(std::move(*child));
  asio::co_spawn(
      executor_, [core = shared_from_this()]() -> asio::awaitable<void> { co_await core->watch(); }, asio::detached);
  return {};
}

asio::awaitable<void> Program::Core::watch() {
  const auto child = child_;
  const auto ending = co_await child->wait();
  if (child_ != child) co_return;
  child_.reset();
  last_end_ = ended_error(ending);
  ended_.cancel();
  if (!starting_ && !stopping_ && on_exit) {
    // A copy, because the handler may set another one.
    const auto handler = on_exit;
    handler(last_end_);
  }
}

asio::awaitable<Result<void>> Program::Core::start() {
  const auto self = shared_from_this();
  if (child_)
    co_return Error{Errc::invalid, Fault::system, fmt::format("{} is running already", plan_.name), "", false};
  stopping_ = false;
  const auto arguments = plan_.prepare();
  if (!arguments) co_return arguments.error();
  if (auto spawned = spawn(*arguments); !spawned) co_return spawned.error();
  starting_ = true;
  const auto deadline = std::chrono::steady_clock::now() + plan_.start_timeout;
  while (child_ && !stopping_) {
    const auto ready = co_await plan_.is_ready(child_->pid());
    if (child_ && !stopping_ && ready && *ready) {
      starting_ = false;
      co_return Result<void>();
    }
    if (!ready || std::chrono::steady_clock::now() >= deadline) {
      co_await stop();
      starting_ = false;
      co_return ready ? silent_error() : ready.error();
    }
    co_await wait_for_end(plan_.between_looks);
  }
  starting_ = false;
  if (stopping_)
    co_return Error{Errc::cancelled, Fault::system, fmt::format("the start of {} was given up", plan_.name), "", false};
  co_return last_end_;
}

/// True when the child has ended within the time.
asio::awaitable<bool> Program::Core::wait_for_end(Duration time) {
  if (child_) {
    ended_.expires_after(time);
    co_await ended_.async_wait(as_result);
  }
  co_return !child_;
}

asio::awaitable<void> Program::Core::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  if (!child_) co_return;
  child_->signal(SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + plan_.stop_timeout;
  while (child_ && std::chrono::steady_clock::now() < deadline)
    co_await wait_for_end(deadline - std::chrono::steady_clock::now());
  while (child_) {
    child_->signal(SIGKILL);
    co_await wait_for_end(100ms);
  }
}

void Program::Core::abandon() {
  stopping_ = true;
  on_exit = nullptr;
  if (child_) child_->signal(SIGKILL);
}

Error Program::Core::ended_error(const Result<ChildProcess::Ending>& ending) const {
  auto words = plan_.last_words();
  if (words.empty()) words = "it gave no reason";
  const auto how = ending ? ending->text() : std::string("end unknown");
  return {Errc::closed, Fault::local_service, fmt::format("{} ended: {} ({})", plan_.name, words, how),
          fmt::format("See {}.", plan_.log.string()), true};
}

Error Program::Core::silent_error() const {
  return {Errc::timed_out, Fault::local_service, fmt::format("{} was started, but {}", plan_.name, plan_.silence),
          fmt::format("See {}.", plan_.log.string()), true};
}

Program::Program(asio::any_io_executor executor, ProgramPlan plan)
    : core_(std::make_shared<Core>(std::move(executor), std::move(plan))) {}
Program::~Program() {
  core_->abandon();
}
asio::awaitable<Result<void>> Program::start() {
  return core_->start();
}
asio::awaitable<void> Program::stop() {
  return core_->stop();
}
void Program::on_exit(std::function<void(const Error&)> handler) {
  core_->on_exit = std::move(handler);
}
bool Program::running() const {
  return core_->pid() > 0;
}
pid_t Program::pid() const {
  return core_->pid();
}

} // namespace sipveil::control
