#include "bridge/daemon/tor_unit.h"

#include "base/backoff.h"
#include "base/log.h"
#include "bridge/config/client_key.h"
#include "control/client.h"
#include "control/onion_service.h"
#include "control/operations.h"
#include "control/tor_process.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sipveil {
namespace {

namespace asio = boost::asio;

/// A first start of tor in the public network may have to fetch the whole directory over a slow line.
constexpr Duration bootstrap_patience = std::chrono::hours(1);

struct PeerKey {
  OnionName onion;
  control::ClientAuthKey key;
};

} // namespace

struct TorUnit::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const Config& all) : executor(context.get_executor()), config(all), retry(context) {}

  Result<void> start(std::optional<Endpoint> onion_target);
  Result<void> read_keys();
  asio::awaitable<void> supervise();
  asio::awaitable<void> set_up(std::uint64_t generation);
  asio::awaitable<void> publish(std::uint64_t generation);
  void lost(const Error& error);
  void say(const Error& error);

  asio::any_io_executor executor;
  const Config& config;
  asio::steady_timer retry;
  std::unique_ptr<control::TorProcess> process; ///< only with [tor] spawn
  std::unique_ptr<control::ControlClient> client;
  std::unique_ptr<control::OnionService> onion;
  std::vector<PeerKey> peer_keys;
  std::optional<Endpoint> socks;
  std::optional<control::BootstrapPhase> phase; ///< of the present control connection
  std::optional<Error> problem;                 ///< why tor's control port is not ours at the moment
  std::string last_said;
  bool stopping = false;
};

Result<void> TorUnit::Impl::read_keys() {
  for (const PeerConfig& peer : config.peers) {
    const auto* tor_peer = std::get_if<TorPeer>(&peer.address.value());
    if (tor_peer == nullptr || !peer.client_key_file) continue;
    auto key = read_client_key(*peer.client_key_file);
    if (!key) return key.error();
    peer_keys.push_back({tor_peer->onion, std::move(*key)});
  }
  return {};
}

Result<void> TorUnit::Impl::start(std::optional<Endpoint> onion_target) {
  const TorConfig& tor = *config.tor;
  socks = tor.socks;
  if (auto read = read_keys(); !read) return read;
  if (tor.spawn) {
    auto created = control::TorProcess::create(
        executor, {.binary = tor.binary, .state_directory = config.state_dir, .extra_torrc = tor.extra_torrc});
    if (!created) return created.error();
    process = std::move(*created);
    socks = process->socks();
    client = std::make_unique<control::ControlClient>(executor, process->control_options());
  } else {
    client = std::make_unique<control::ControlClient>(
        executor, control::ControlOptions{
                      .endpoint = *tor.control, .password_file = tor.password_file, .cookie_file = tor.cookie_file});
  }
  if (config.onion && onion_target) {
    auto key = control::load_or_create_onion_key(config.state_dir);
    if (!key) return key.error();
    onion = std::make_unique<control::OnionService>(*client, std::move(*key),
                                                    control::OnionOptions{.virtual_port = config.onion->port,
                                                                          .target = std::move(*onion_target),
                                                                          .clients = config.onion->clients});
  }
  problem = Error{Errc::not_ready, Fault::local_service, "tor is not connected yet", "", true};
  if (process != nullptr) {
    asio::co_spawn(
        executor, [self = shared_from_this()] { return self->supervise(); }, asio::detached);
  }
  client->start(
      {.on_up =
           [this] {
             problem.reset();
             asio::co_spawn(
                 executor,
                 [self = shared_from_this(), generation = client->generation()] { return self->set_up(generation); },
                 asio::detached);
           },
       .on_down = [this](const Error& error) { lost(error); }});
  return {};
}

/// Keeps a tor of our own running: started again with a back-off whenever it ends.
asio::awaitable<void> TorUnit::Impl::supervise() {
  const auto self = shared_from_this();
  Backoff backoff({.first = 500ms, .cap = 60s});
  asio::steady_timer ended(executor);
  process->on_exit([&ended, this](const Error& error) {
    say(error);
    ended.cancel();
  });
  while (!stopping) {
    const auto started = co_await process->start();
    if (stopping) break;
    if (!started) {
      say(started.error());
      retry.expires_after(backoff.next());
      co_await retry.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    backoff.reset();
    spdlog::info("tor runs as process {}", process->pid());
    ended.expires_at(TimePoint::max());
    if (process->running()) co_await ended.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  process->on_exit([](const Error&) {});
}

asio::awaitable<void> TorUnit::Impl::set_up(std::uint64_t generation) {
  const auto self = shared_from_this();
  const auto still_ours = [&] { return !stopping && client->is_up() && client->generation() == generation; };
  if (const auto version = co_await control::version(*client)) spdlog::info("tor {} answers", *version);
  if (process != nullptr && still_ours()) {
    if (const auto owned = co_await control::take_ownership(*client); !owned) say(owned.error());
  }
  for (const PeerKey& peer : peer_keys) {
    if (!still_ours()) co_return;
    auto key = control::ClientAuthKey::parse(peer.key.text().reveal());
    if (!key) continue;
    const auto added = co_await control::onion_client_auth_add(*client, peer.onion, std::move(*key));
    if (!added) say(added.error());
  }
  if (!still_ours()) co_return;
  const auto ready =
      co_await control::wait_bootstrapped(*client, bootstrap_patience, [&](const control::BootstrapPhase& now) {
        if (!phase || phase->percent != now.percent || phase->tag != now.tag) spdlog::info("tor: {}", now.text());
        phase = now;
      });
  if (!ready || !still_ours()) co_return;
  if (!socks) {
    const auto listeners = co_await control::socks_listeners(*client);
    if (listeners && !listeners->empty()) {
      socks = listeners->front();
    } else {
      say({Errc::unreachable, Fault::local_service, "tor has no SOCKS port",
           "Add \"SocksPort 9050 IsolateSOCKSAuth ExtendedErrors\" to torrc, or set [tor] socks.", true});
    }
  }
  if (onion != nullptr) co_await publish(generation);
}

asio::awaitable<void> TorUnit::Impl::publish(std::uint64_t generation) {
  const auto self = shared_from_this();
  Backoff backoff({.first = 2s, .cap = 60s});
  while (!stopping && client->is_up() && client->generation() == generation) {
    const auto name = co_await onion->publish();
    if (name) {
      spdlog::info("onion service published: others reach this bridge at tor:{}:{}", name->host(), config.onion->port);
      co_return;
    }
    if (stopping) co_return;
    say(name.error());
    retry.expires_after(backoff.next());
    co_await retry.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void TorUnit::Impl::lost(const Error& error) {
  problem = error;
  phase.reset();
  say(error);
}

/// Each problem once, however often it is met again before something changes.
void TorUnit::Impl::say(const Error& error) {
  std::string text = error.text();
  if (stopping || text == last_said) return;
  spdlog::warn("tor: {}", text);
  last_said = std::move(text);
}

TorUnit::TorUnit(asio::io_context& context, const Config& config) : impl_(std::make_shared<Impl>(context, config)) {}

TorUnit::~TorUnit() {
  impl_->stopping = true;
  if (impl_->client != nullptr) impl_->client->stop();
}

Result<void> TorUnit::start(std::optional<Endpoint> onion_target) {
  return impl_->start(std::move(onion_target));
}

void TorUnit::stop(std::function<void()> done) {
  impl_->stopping = true;
  impl_->retry.cancel();
  impl_->client->stop();
  asio::co_spawn(
      impl_->executor,
      [](std::shared_ptr<Impl> impl) -> asio::awaitable<void> {
        if (impl->process != nullptr) co_await impl->process->stop();
      }(impl_),
      [done = std::move(done)](const std::exception_ptr&) { done(); });
}

Result<SocksProxy> TorUnit::socks() const {
  const bool explicit_port = impl_->config.tor->socks.has_value();
  // A SOCKS port that the configuration names is used even without a control port: outbound calls need no more.
  if (impl_->problem && !(explicit_port && impl_->socks)) return *impl_->problem;
  if (!impl_->problem && (!impl_->phase || !impl_->phase->done()))
    return Error{Errc::not_ready, Fault::local_service,
                 impl_->phase ? "tor is not ready: " + impl_->phase->text() : "tor is not ready yet",
                 "Wait, or look at tor's own log; sipveil doctor says more.", true};
  if (!impl_->socks)
    return Error{Errc::unreachable, Fault::local_service, "tor has no SOCKS port", "Set [tor] socks.", true};
  return SocksProxy{*impl_->socks, true};
}

std::string TorUnit::state() const {
  if (impl_->problem) return impl_->problem->text();
  if (!impl_->phase) return "connected, asking how far tor is";
  return impl_->phase->text();
}

std::string TorUnit::onion() const {
  const auto name = impl_->onion != nullptr ? impl_->onion->name() : std::nullopt;
  return name ? name->host() + ":" + std::to_string(impl_->config.onion->port) : std::string();
}

bool TorUnit::published() const {
  return impl_->onion != nullptr && impl_->onion->published();
}

} // namespace sipveil
