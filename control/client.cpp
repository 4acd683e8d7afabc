#include "control/client.h"

#include "control/connection.h"
#include "control/credential_files.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sipveil::control {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A connection that lasted this long was a success; one that tor ends at once must not be retried at full
// pace.
constexpr Duration lasting = 10s;

Error stopped_error() {
  return {Errc::cancelled, Fault::system, "the control connection was stopped", "", false};
}

} // namespace

/// What outlives the handle: the coroutines hold it.
class ControlClient::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::any_io_executor executor, ControlOptions options)
      : executor_(std::move(executor)), options_(std::move(options)), backoff_(options_.backoff), wake_(executor_) {}

  asio::awaitable<Result<void>> connect();
  asio::awaitable<void> keep_up(Hooks hooks);
  void stop();
  void retry_now() {
    if (!up_) wake_.cancel();
  }
  asio::awaitable<Result<Reply>> command(SecretBytes line);
  asio::awaitable<Result<Subscription>> subscribe(EventKind kind, EventHandler handler);

  [[nodiscard]] bool is_up() const { return up_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] const Endpoint& endpoint() const { return options_.endpoint; }
  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] AuthMethod auth_method() const { return auth_method_; }

 private:
  asio::awaitable<Result<void>> authenticate();
  asio::awaitable<Result<void>> set_events();
  void on_lost(const Error& reason);
  asio::awaitable<void> wait(Duration time);

  asio::any_io_executor executor_;
  ControlOptions options_;
  Backoff backoff_;
  asio::steady_timer wake_; ///< cut short by a loss and by `stop`
  std::shared_ptr<Connection> connection_;
  const std::shared_ptr<EventHub> hub_ = std::make_shared<EventHub>();
  std::uint64_t generation_ = 0;
  AuthMethod auth_method_ = AuthMethod::null;
  bool up_ = false;
  bool stopped_ = false;
  Error loss_; ///< why the last connection ended
};

asio::awaitable<Result<void>> ControlClient::Core::connect() {
  const auto self = shared_from_this();
  if (stopped_) co_return stopped_error();
  if (connection_) connection_->close(stopped_error());
  up_ = false;
  connection_ = std::make_shared<Connection>(executor_);
  const auto connection = connection_;
  const std::weak_ptr<Core> weak = self;
  Connection::Handlers handlers;
  handlers.on_event = [hub = hub_](const Reply& reply) { hub->dispatch(reply, std::chrono::steady_clock::now()); };
  handlers.on_closed = [weak](const Error& reason) {
    if (const auto core = weak.lock()) core->on_lost(reason);
  };
  auto opened = co_await connection->open(options_.endpoint, options_.connect_timeout, std::move(handlers));
  if (!opened) co_return opened.error();
  auto authenticated = co_await authenticate();
  if (!authenticated) {
    connection->close(authenticated.error());
    co_return authenticated.error();
  }
  auto subscribed = co_await set_events();
  if (!subscribed) {
    connection->close(subscribed.error());
    co_return subscribed.error();
  }
  // A loss while we were between two answers has been noted by on_lost.
  if (!connection->is_open()) co_return stopped_ ? stopped_error() : loss_;
  up_ = true;
  ++generation_;
  co_return Result<void>();
}

asio::awaitable<Result<void>> ControlClient::Core::authenticate() {
  const auto connection = connection_;
  Credentials credentials;
  credentials.cookie_file = options_.cookie_file;
  if (options_.password_file) {
    auto password = read_password(*options_.password_file);
    if (!password) co_return password.error();
    credentials.password = std::move(*password);
  }
  Authenticator authenticator(options_.endpoint.text(), std::move(credentials));
  auto step = authenticator.start();
  for (;;) {
    if (auto* send = std::get_if<Authenticator::Send>(&step)) {
      auto line = std::move(send->line);
      auto reply = co_await connection->request(std::move(line), options_.command_timeout);
      if (!reply) co_return authenticator.on_connection_error(reply.error());
      step = authenticator.on_reply(*reply);
    } else if (const auto* read = std::get_if<Authenticator::ReadCookie>(&step)) {
      const auto file = read->file;
      step = authenticator.on_cookie(read_cookie(file));
    } else if (const auto* done = std::get_if<Authenticator::Done>(&step)) {
      auth_method_ = done->method;
      co_return Result<void>();
    } else {
      co_return std::get<Error>(step);
    }
  }
}

asio::awaitable<Result<void>> ControlClient::Core::set_events() {
  const auto connection = connection_;
  const auto line = hub_->command();
  if (line.empty()) co_return Result<void>();
  SecretBytes bytes{std::string_view(line)};
  auto reply = co_await connection->request(std::move(bytes), options_.command_timeout);
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return refusal("SETEVENTS", *reply);
  co_return Result<void>();
}

asio::awaitable<void> ControlClient::Core::keep_up(Hooks hooks) {
  const auto self = shared_from_this();
  while (!stopped_) {
    const auto connected = co_await connect();
    if (stopped_) co_return;
    Error reason;
    if (connected) {
      const auto since = std::chrono::steady_clock::now();
      if (hooks.on_up) hooks.on_up();
      while (up_ && !stopped_)
        co_await wait(Duration::max());
      reason = loss_;
      if (std::chrono::steady_clock::now() - since >= lasting) backoff_.reset();
    } else {
      reason = connected.error();
    }
    if (stopped_) co_return;
    if (hooks.on_down) hooks.on_down(reason);
    if (!stopped_) co_await wait(backoff_.next());
  }
}

asio::awaitable<void> ControlClient::Core::wait(Duration time) {
  if (time == Duration::max()) {
    wake_.expires_at(TimePoint::max());
  } else {
    wake_.expires_after(time);
  }
  co_await wake_.async_wait(as_result);
}

void ControlClient::Core::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (connection_) connection_->close(stopped_error());
  on_lost(stopped_error());
  hub_->clear();
}

asio::awaitable<Result<Reply>> ControlClient::Core::command(SecretBytes line) {
  const auto self = shared_from_this();
  if (stopped_) co_return stopped_error();
  if (!up_)
    co_return Error{Errc::not_ready, Fault::local_service, "there is no control connection to tor now",
                    "The log says why it is down.", true};
  const auto connection = connection_;
  co_return co_await connection->request(std::move(line), options_.command_timeout);
}

asio::awaitable<Result<Subscription>> ControlClient::Core::subscribe(EventKind kind, EventHandler handler) {
  const auto self = shared_from_this();
  if (stopped_) co_return stopped_error();
  auto subscription = hub_->add(kind, std::move(handler));
  if (up_) {
    auto told = co_await set_events();
    if (!told) co_return told.error();
  }
  co_return std::move(subscription);
}

void ControlClient::Core::on_lost(const Error& reason) {
  const bool was_up = std::exchange(up_, false);
  loss_ = reason;
  wake_.cancel();
  // A try to connect that failed takes nothing from the subscribers.
  if (was_up) hub_->lost(reason);
}

ControlClient::ControlClient(asio::any_io_executor executor, ControlOptions options)
    : core_(std::make_shared<Core>(std::move(executor), std::move(options))) {}

ControlClient::~ControlClient() {
  stop();
}

asio::awaitable<Result<void>> ControlClient::connect() {
  return core_->connect();
}

void ControlClient::start(Hooks hooks) {
  asio::co_spawn(
      core_->executor(),
      [core = core_, hooks = std::move(hooks)]() mutable -> asio::awaitable<void> {
        co_await core->keep_up(std::move(hooks));
      },
      asio::detached);
}

void ControlClient::retry_now() {
  core_->retry_now();
}

void ControlClient::stop() {
  core_->stop();
}

asio::awaitable<Result<Reply>> ControlClient::command(std::string line) {
  return core_->command(SecretBytes(std::string_view(line)));
}

asio::awaitable<Result<Reply>> ControlClient::command(SecretBytes line) {
  return core_->command(std::move(line));
}

asio::awaitable<Result<Subscription>> ControlClient::subscribe(EventKind kind, EventHandler handler) {
  return core_->subscribe(kind, std::move(handler));
}

bool ControlClient::is_up() const {
  return core_->is_up();
}
std::uint64_t ControlClient::generation() const {
  return core_->generation();
}
const Endpoint& ControlClient::endpoint() const {
  return core_->endpoint();
}
asio::any_io_executor ControlClient::executor() const {
  return core_->executor();
}
AuthMethod ControlClient::auth_method() const {
  return core_->auth_method();
}

} // namespace sipveil::control
