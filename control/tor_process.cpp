#include "control/tor_process.h"

#include "base/file.h"
#include "base/secret.h"
#include "control/child_process.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace sipveil::control {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Short against tor's own start, which takes some 100 ms.
constexpr Duration between_tries = 20ms;

// A log of notices has some kilobytes; one that is larger is not worth reading for three sentences.
constexpr std::size_t longest_log = std::size_t{1024} * 1024;

} // namespace

class TorProcess::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::any_io_executor executor, TorProcessOptions options, TorLayout layout)
      : executor_(std::move(executor)), options_(std::move(options)), layout_(std::move(layout)), ended_(executor_) {}

  asio::awaitable<Result<void>> start();
  asio::awaitable<void> stop();
  void abandon();

  [[nodiscard]] const TorLayout& layout() const { return layout_; }
  [[nodiscard]] pid_t pid() const { return child_ ? child_->pid() : -1; }

  std::function<void(const Error&)> on_exit;

 private:
  [[nodiscard]] Result<void> prepare() const;
  [[nodiscard]] Result<void> spawn();
  asio::awaitable<void> watch();
  asio::awaitable<bool> wait_for_end(Duration time);
  asio::awaitable<bool> answers();
  [[nodiscard]] Error ended_error(const Result<ChildProcess::Ending>& ending) const;

  asio::any_io_executor executor_;
  TorProcessOptions options_;
  TorLayout layout_;
  std::shared_ptr<ChildProcess> child_; ///< null when no tor runs
  asio::steady_timer ended_;            ///< cut short by the end of the child
  bool starting_ = false;
  bool stopping_ = false;
  Error last_end_;
};

Result<void> TorProcess::Core::prepare() const {
  if (options_.extra_torrc && ::access(options_.extra_torrc->c_str(), R_OK) != 0)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("the file {} cannot be read", options_.extra_torrc->string()),
                 "Correct or remove [tor] extra_torrc.", false};
  if (auto made = make_private_directory(layout_.directory); !made) return made.error();
  std::error_code ignored;
  // It may be older than we are; tor puts no socket into a directory that others may enter.
  std::filesystem::permissions(layout_.directory, std::filesystem::perms::owner_all, ignored);
  // A killed tor leaves its sockets behind; what answers there must be the tor that we start now.
  std::filesystem::remove(layout_.control.path(), ignored);
  std::filesystem::remove(layout_.socks.path(), ignored);
  std::filesystem::rename(layout_.log, layout_.log.string() + ".old", ignored);
  std::optional<std::filesystem::path> extra;
  if (options_.extra_torrc) extra = std::filesystem::absolute(*options_.extra_torrc, ignored);
  if (options_.service) {
    if (auto alone = check_extra_torrc(extra); !alone) return alone;
    if (auto written = write_service(layout_.service, *options_.service); !written) return written;
  }
  const auto torrc = options_.service ? make_service_torrc(layout_, extra, ::getpid(), *options_.service)
                                      : make_torrc(layout_, extra, ::getpid());
  return write_secret_file(layout_.torrc, SecretBytes(std::string_view(torrc)));
}

Result<void> TorProcess::Core::spawn() {
  // --hush keeps what tor complains about before its log is open, and nothing else. The defaults of the
  // system's tor are not ours.
  const std::vector<std::string> arguments{
      options_.binary, "--defaults-torrc", "/nonexistent", "--ignore-missing-torrc", "-f", layout_.torrc.string(),
      "--hush"};
  auto child = ChildProcess::start(executor_, arguments, layout_.log);
  if (!child) {
    auto error = child.error();
    if (error.where == Fault::configuration) error.mend = "Run: apt install tor, or set [tor] binary.";
    return error;
  }
  child_ = std::make_shared<ChildProcess>(std::move(*child));
  asio::co_spawn(
      executor_, [core = shared_from_this()]() -> asio::awaitable<void> { co_await core->watch(); }, asio::detached);
  return {};
}

asio::awaitable<void> TorProcess::Core::watch() {
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

asio::awaitable<Result<void>> TorProcess::Core::start() {
  const auto self = shared_from_this();
  if (child_) co_return Error{Errc::invalid, Fault::system, "tor is running already", "", false};
  stopping_ = false;
  if (auto prepared = prepare(); !prepared) co_return prepared.error();
  if (auto spawned = spawn(); !spawned) co_return spawned.error();
  starting_ = true;
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  while (child_ && !stopping_) {
    const bool up = co_await answers();
    if (up && child_ && !stopping_) {
      starting_ = false;
      co_return Result<void>();
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      co_await stop();
      starting_ = false;
      co_return Error{Errc::timed_out, Fault::local_service, "tor was started, but its control socket does not answer",
                      fmt::format("See {}.", layout_.log.string()), true};
    }
    co_await wait_for_end(between_tries);
  }
  starting_ = false;
  if (stopping_) co_return Error{Errc::cancelled, Fault::system, "the start of tor was given up", "", false};
  co_return last_end_;
}

/// True when something accepts connections at the control socket; that its file exists would prove nothing.
asio::awaitable<bool> TorProcess::Core::answers() {
  asio::local::stream_protocol::socket socket(executor_);
  const asio::local::stream_protocol::endpoint address(layout_.control.path());
  const auto [code] = co_await socket.async_connect(address, as_result);
  co_return !code;
}

/// True when the child has ended within the time.
asio::awaitable<bool> TorProcess::Core::wait_for_end(Duration time) {
  if (child_) {
    ended_.expires_after(time);
    co_await ended_.async_wait(as_result);
  }
  co_return !child_;
}

asio::awaitable<void> TorProcess::Core::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  if (!child_) co_return;
  child_->signal(SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + options_.stop_timeout;
  while (child_ && std::chrono::steady_clock::now() < deadline)
    co_await wait_for_end(deadline - std::chrono::steady_clock::now());
  while (child_) {
    child_->signal(SIGKILL);
    co_await wait_for_end(100ms);
  }
}

void TorProcess::Core::abandon() {
  stopping_ = true;
  on_exit = nullptr;
  if (child_) child_->signal(SIGKILL);
}

Error TorProcess::Core::ended_error(const Result<ChildProcess::Ending>& ending) const {
  const auto log = read_file(layout_.log, longest_log);
  auto words = log ? last_complaints(*log) : std::string();
  if (words.empty()) words = "it gave no reason";
  const auto how = ending ? ending->text() : std::string("end unknown");
  return {Errc::closed, Fault::local_service, fmt::format("tor ended: {} ({})", words, how),
          fmt::format("See {}.", layout_.log.string()), true};
}

Result<std::unique_ptr<TorProcess>> TorProcess::create(asio::any_io_executor executor, TorProcessOptions options) {
  auto layout = TorLayout::below(options.state_directory, options.name);
  if (!layout) return layout.error();
  auto core = std::make_shared<Core>(std::move(executor), std::move(options), std::move(*layout));
  return std::unique_ptr<TorProcess>(new TorProcess(std::move(core)));
}

TorProcess::TorProcess(std::shared_ptr<Core> core) : core_(std::move(core)) {}
TorProcess::~TorProcess() {
  core_->abandon();
}
asio::awaitable<Result<void>> TorProcess::start() {
  return core_->start();
}
asio::awaitable<void> TorProcess::stop() {
  return core_->stop();
}
void TorProcess::on_exit(std::function<void(const Error&)> handler) {
  core_->on_exit = std::move(handler);
}
bool TorProcess::running() const {
  return core_->pid() > 0;
}
pid_t TorProcess::pid() const {
  return core_->pid();
}
const TorLayout& TorProcess::layout() const {
  return core_->layout();
}
ControlOptions TorProcess::control_options() const {
  return ControlOptions{.endpoint = layout().control};
}

} // namespace sipveil::control
