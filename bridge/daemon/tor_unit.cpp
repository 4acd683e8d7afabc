#include "bridge/daemon/tor_unit.h"

#include "base/log.h"
#include "bridge/config/client_key.h"
#include "bridge/daemon/complaints.h"
#include "bridge/daemon/kept_program.h"
#include "bridge/daemon/single_hop_onion.h"
#include "control/circuit_closer.h"
#include "control/client.h"
#include "control/operations.h"
#include "control/tor_process.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

namespace sipveil {
namespace {

/// For taking the onion service away at the end: a tor that lives answers within milliseconds, and one that does not
/// must not hold up the end.
constexpr Duration farewell_patience = 1s;

/// A first start of tor in the public network may have to fetch the whole directory over a slow line.
constexpr Duration bootstrap_patience = std::chrono::hours(1);

struct PeerKey {
  OnionName onion;
  control::ClientAuthKey key;
};

} // namespace

struct TorUnit::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const Config& all)
      : executor(context.get_executor()), config(all), farewell(context) {}

  Result<void> start(std::optional<Endpoint> onion_target);
  Result<void> read_keys();
  Result<void> make_client();
  Result<void> make_onion(Endpoint target);
  asio::awaitable<void> set_up(std::uint64_t generation);
  asio::awaitable<void> authorize(std::uint64_t generation);
  asio::awaitable<bool> wait_bootstrapped(std::uint64_t generation);
  asio::awaitable<void> find_socks();
  asio::awaitable<void> stop();
  void show(const control::BootstrapPhase& now);
  void lost(const Error& error);
  [[nodiscard]] bool still(std::uint64_t generation) const;

  asio::any_io_executor executor;
  const Config& config;
  asio::steady_timer farewell;
  Complaints complaints{"tor"};
  std::shared_ptr<KeptProgram> child; ///< only with [tor] spawn
  std::unique_ptr<control::ControlClient> client;
  std::shared_ptr<control::CircuitCloser> circuits;
  std::shared_ptr<OnionUnit> onion;
  std::vector<PeerKey> peer_keys;
  std::optional<Endpoint> socks;
  std::optional<control::BootstrapPhase> phase; ///< of the present control connection
  std::optional<Error> problem;                 ///< why tor's control port is not ours at the moment
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

Result<void> TorUnit::Impl::make_client() {
  const TorConfig& tor = *config.tor;
  socks = tor.socks;
  if (!tor.spawn) {
    client = std::make_unique<control::ControlClient>(
        executor, control::ControlOptions{
                      .endpoint = *tor.control, .password_file = tor.password_file, .cookie_file = tor.cookie_file});
    return {};
  }
  control::TorProcessOptions options{.binary = tor.binary, .state_directory = config.state_dir};
  options.extra_torrc = tor.extra_torrc;
  auto process = control::TorProcess::create(executor, std::move(options));
  if (!process) return process.error();
  socks = (*process)->socks();
  client = std::make_unique<control::ControlClient>(executor, (*process)->control_options());
  child = std::make_shared<KeptProgram>(executor, std::move(*process), "tor");
  return {};
}

Result<void> TorUnit::Impl::make_onion(Endpoint target) {
  auto key = control::load_or_create_onion_key(config.state_dir);
  if (!key) return key.error();
  if (!config.onion->single_hop) {
    onion = std::make_shared<AddedOnion>(*client, std::move(*key), config, std::move(target));
    return {};
  }
  auto created = SingleHopOnion::create(executor, config, std::move(*key), std::move(target));
  if (!created) return created.error();
  onion = std::move(*created);
  return {};
}

Result<void> TorUnit::Impl::start(std::optional<Endpoint> onion_target) {
  if (auto read = read_keys(); !read) return read;
  if (auto made = make_client(); !made) return made;
  circuits = control::CircuitCloser::create(*client);
  if (config.onion && onion_target) {
    if (auto made = make_onion(std::move(*onion_target)); !made) return made;
  }
  problem = Error{Errc::not_ready, Fault::local_service, "tor is not connected yet", "", true};
  if (child != nullptr) child->start({.up = [&control = *client] { control.retry_now(); }, .down = {}});
  if (onion != nullptr) onion->start();
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

bool TorUnit::Impl::still(std::uint64_t generation) const {
  return !stopping && client->is_up() && client->generation() == generation;
}

/// What tor forgets with each control connection or with its end.
asio::awaitable<void> TorUnit::Impl::set_up(std::uint64_t generation) {
  const auto self = shared_from_this();
  if (const auto version = co_await control::version(*client)) spdlog::info("tor {} answers", *version);
  if (child != nullptr && still(generation)) {
    if (const auto owned = co_await control::take_ownership(*client); !owned) complaints.say(owned.error());
  }
  if (!still(generation)) co_return;
  if (const auto watching = co_await circuits->connected(); !watching) complaints.say(watching.error());
  co_await authorize(generation);
  const bool ready = co_await wait_bootstrapped(generation);
  if (!ready) co_return;
  complaints.clear();
  // Asked again each time: what answers now may be a tor with other ports.
  if (child == nullptr && !config.tor->socks) co_await find_socks();
  if (onion != nullptr && still(generation)) co_await onion->dialling_tor_ready(generation);
}

asio::awaitable<void> TorUnit::Impl::authorize(std::uint64_t generation) {
  for (const PeerKey& peer : peer_keys) {
    if (!still(generation)) co_return;
    auto key = control::ClientAuthKey::parse(peer.key.text().reveal());
    if (!key) continue;
    const auto added = co_await control::onion_client_auth_add(*client, peer.onion, std::move(*key));
    if (!added) complaints.say(added.error());
  }
}

void TorUnit::Impl::show(const control::BootstrapPhase& now) {
  if (!phase || phase->percent != now.percent || phase->tag != now.tag) spdlog::info("tor: {}", now.text());
  phase = now;
}

/// True at 100 %; false when this connection has ended.
asio::awaitable<bool> TorUnit::Impl::wait_bootstrapped(std::uint64_t generation) {
  const auto self = shared_from_this();
  while (still(generation)) {
    const auto ready = co_await control::wait_bootstrapped(*client, bootstrap_patience,
                                                           [this](const control::BootstrapPhase& now) { show(now); });
    if (ready) break;
    complaints.say(ready.error());
  }
  co_return still(generation);
}

asio::awaitable<void> TorUnit::Impl::find_socks() {
  const auto self = shared_from_this();
  const auto listeners = co_await control::socks_listeners(*client);
  if (!listeners) co_return complaints.say(listeners.error());
  socks.reset();
  if (!listeners->empty()) {
    socks = listeners->front();
  } else {
    complaints.say({Errc::unreachable, Fault::local_service, "tor has no SOCKS port",
                    "Add \"SocksPort 9050 IsolateSOCKSAuth ExtendedErrors\" to torrc, or set [tor] socks.", true});
  }
}

void TorUnit::Impl::lost(const Error& error) {
  problem = error;
  phase.reset();
  complaints.say(error);
}

asio::awaitable<void> TorUnit::Impl::stop() {
  const auto self = shared_from_this();
  // A child takes its services along. In any other tor ours would stay, so the client closes only when it is gone.
  if (child != nullptr) client->stop();
  farewell.expires_after(farewell_patience);
  farewell.async_wait([self](const boost::system::error_code& failed) {
    if (!failed) self->client->stop();
  });
  if (onion != nullptr) co_await onion->stop();
  farewell.cancel();
  client->stop();
  if (child != nullptr) co_await child->stop();
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
  impl_->circuits->stop();
  asio::co_spawn(
      impl_->executor, [impl = impl_]() -> asio::awaitable<void> { co_await impl->stop(); },
      [done = std::move(done)](const std::exception_ptr&) { done(); });
}

void TorUnit::refresh(const PeerConfig& peer) {
  const auto* onion = std::get_if<TorPeer>(&peer.address.value());
  if (onion == nullptr || !std::holds_alternative<ViaTor>(peer.via) || !impl_->client->is_up()) return;
  spdlog::debug("dials to {} hang: its descriptor is fetched anew", redact(peer.name));
  asio::co_spawn(
      impl_->executor,
      [](std::shared_ptr<Impl> impl, OnionName name) -> asio::awaitable<void> {
        if (const auto begun = co_await control::fetch_descriptor(*impl->client, name); !begun)
          spdlog::debug("tor: {}", begun.error().text());
      }(impl_, onion->onion),
      asio::detached);
}

void TorUnit::link_opened(const Isolation& credential) {
  if (impl_->circuits != nullptr) impl_->circuits->link_opened(credential);
}

void TorUnit::link_closed(const Isolation& credential) {
  if (impl_->circuits != nullptr) impl_->circuits->link_closed(credential);
}

Result<SocksProxy> TorUnit::socks() const {
  // A child of ours ends with its control connection, any other tor may well live on.
  if (impl_->problem && (impl_->child != nullptr || !impl_->socks)) return *impl_->problem;
  if (!impl_->problem && (!impl_->phase || !impl_->phase->done()))
    return Error{Errc::not_ready, Fault::local_service,
                 impl_->phase ? "tor is not ready: " + impl_->phase->text() : "tor is not ready yet",
                 "Wait, or look at tor's own log; sipveil doctor says more.", true};
  if (!impl_->socks)
    return Error{Errc::unreachable, Fault::local_service, "tor has no SOCKS port", "Set [tor] socks.", true};
  return SocksProxy{*impl_->socks, true};
}

std::string TorUnit::state() const {
  const std::string note = impl_->onion != nullptr ? impl_->onion->note() : std::string();
  std::string text;
  if (impl_->problem)
    text = impl_->problem->text();
  else
    text = impl_->phase ? impl_->phase->text() : "connected, asking how far tor is";
  return note.empty() ? text : text + "; " + note;
}

std::string TorUnit::onion() const {
  const auto name = impl_->onion != nullptr ? impl_->onion->name() : std::nullopt;
  return name ? name->host() + ":" + std::to_string(impl_->config.onion->port) : std::string();
}

bool TorUnit::published() const {
  return impl_->onion != nullptr && impl_->onion->published();
}

} // namespace sipveil
