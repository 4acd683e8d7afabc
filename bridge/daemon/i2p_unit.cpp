#include "bridge/daemon/i2p_unit.h"

#include "base/backoff.h"
#include "bridge/daemon/complaints.h"
#include "bridge/daemon/kept_program.h"
#include "bridge/daemon/router_watch.h"
#include "control/i2pd_process.h"
#include "transports/i2p/inbound.h"
#include "transports/i2p/sessions.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace sipveil {
namespace {

i2p::TunnelOptions options_of(const TunnelShape& shape) {
  return {.length = shape.length, .quantity = shape.quantity};
}

Error not_connected() {
  return {Errc::not_ready, Fault::local_service, "the I2P router is not connected yet", "", true};
}

} // namespace

struct I2pUnit::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const Config& all, Accept take)
      : executor(context.get_executor()), config(all), accept(std::move(take)), retry(context) {}

  Result<void> start();
  Result<void> start_child();
  void router_at(const Endpoint& sam);
  void router_up();
  void router_down(const Error& error);
  void child_down(const Error& error);
  asio::awaitable<void> find_destination();
  asio::awaitable<Result<i2p::DestinationKey>> key_of(Endpoint at);
  void take_calls(i2p::DestinationKey key);
  void destination_changed(const i2p::InboundState& state);
  asio::awaitable<void> stop();
  void drop();
  [[nodiscard]] std::string state() const;
  [[nodiscard]] bool reachable() const;

  asio::any_io_executor executor;
  const Config& config;
  Accept accept;
  Complaints complaints{"i2p"};
  std::shared_ptr<KeptProgram> child;             ///< only with [i2p] spawn
  const control::I2pdProcess* process = nullptr;  ///< of the child
  std::optional<Endpoint> sam;                    ///< of the present router
  std::shared_ptr<RouterWatch> watch;             ///< at `sam`
  I2pSessions sessions;                           ///< likewise
  std::unique_ptr<i2p::Inbound> inbound;          ///< likewise, once its key is there
  Isolation own_identity = fresh_isolation();     ///< that of streams on the destination's session
  std::optional<B32Name> name;                    ///< of the destination
  std::optional<i2p::InboundState::Phase> phase;  ///< as it was logged last
  std::optional<Error> problem = not_connected(); ///< why there is no router at the moment
  asio::steady_timer retry;                       ///< pause before the next try to find the destination
  bool finding = false;
  bool fresh = false; ///< the destination was made by this process
  bool stopping = false;
};

Result<void> I2pUnit::Impl::start() {
  if (config.destination) {
    const auto key = i2p::load_destination(config.state_dir);
    if (!key) return key.error();
    if (*key) name = (*key)->name;
  }
  if (config.i2p->spawn) return start_child();
  router_at(*config.i2p->sam);
  return {};
}

Result<void> I2pUnit::Impl::start_child() {
  control::I2pdProcessOptions options{.binary = config.i2p->binary, .state_directory = config.state_dir};
  options.extra_conf = config.i2p->extra_conf;
  auto created = control::I2pdProcess::create(executor, std::move(options));
  if (!created) return created.error();
  process = created->get();
  problem = Error{Errc::not_ready, Fault::local_service,
                  "i2pd starts: at its first start it fetches the first routers of the network", "", true};
  child = std::make_shared<KeptProgram>(executor, std::move(*created), "i2pd");
  const std::weak_ptr<Impl> weak = weak_from_this();
  child->start({.up =
                    [weak] {
                      if (const auto self = weak.lock()) self->router_at(self->process->sam());
                    },
                .down =
                    [weak](const Error& error) {
                      if (const auto self = weak.lock()) self->child_down(error);
                    }});
  return {};
}

/// A router has come up there. A child's is another place each time, so that nothing of ours ever speaks to whoever has
/// taken the port of one that has ended: it would tell that one the destination's key.
void I2pUnit::Impl::router_at(const Endpoint& at) {
  drop();
  sam = at;
  sessions = std::make_shared<i2p::Sessions>(executor, i2p::SessionsOptions{.sam = at,
                                                                            .tunnels = options_of(config.i2p->tunnels),
                                                                            .max_sessions = config.i2p->sessions});
  const std::weak_ptr<Impl> weak = weak_from_this();
  watch = std::make_shared<RouterWatch>(executor, at,
                                        RouterWatch::Hooks{.up =
                                                               [weak] {
                                                                 if (const auto self = weak.lock()) self->router_up();
                                                               },
                                                           .down =
                                                               [weak](const Error& error) {
                                                                 if (const auto self = weak.lock())
                                                                   self->router_down(error);
                                                               }});
  watch->start();
}

void I2pUnit::Impl::router_up() {
  problem.reset();
  complaints.clear();
  spdlog::info("i2p: the router answers at {}", sam->text());
  if (!config.destination || inbound != nullptr) return;
  retry.cancel();
  if (finding) return;
  finding = true;
  asio::co_spawn(
      executor,
      [self = shared_from_this()]() -> asio::awaitable<void> {
        co_await self->find_destination();
        self->finding = false;
      },
      asio::detached);
}

void I2pUnit::Impl::router_down(const Error& error) {
  problem = error;
  complaints.say(error);
}

void I2pUnit::Impl::child_down(const Error& error) {
  problem = error;
  drop();
}

/// Streams that are open keep their part of what goes here until they end, which they do with the router.
void I2pUnit::Impl::drop() {
  if (watch != nullptr) watch->stop();
  watch.reset();
  inbound.reset();
  sessions.reset();
  sam.reset();
  phase.reset();
}

/// The key from its file; at the first start the router makes one.
asio::awaitable<Result<i2p::DestinationKey>> I2pUnit::Impl::key_of(Endpoint at) {
  auto known = i2p::load_destination(config.state_dir);
  if (!known) co_return known.error();
  if (*known) co_return std::move(**known);
  auto made = co_await i2p::generate_destination(std::move(at));
  if (!made) co_return made.error();
  // Kept before it is used: others will be told its name.
  if (auto stored = i2p::store_destination(config.state_dir, *made); !stored) co_return stored.error();
  fresh = true;
  co_return std::move(*made);
}

asio::awaitable<void> I2pUnit::Impl::find_destination() {
  const auto self = shared_from_this();
  Backoff backoff({.first = 2s, .cap = 60s});
  while (!stopping && sam && inbound == nullptr) {
    const Endpoint at = *sam;
    auto key = co_await key_of(at);
    if (stopping || sam != at) continue;
    if (key) co_return take_calls(std::move(*key));
    complaints.say(key.error());
    retry.expires_after(backoff.next());
    co_await retry.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void I2pUnit::Impl::take_calls(i2p::DestinationKey key) {
  name = key.name;
  const std::weak_ptr<Impl> weak = weak_from_this();
  inbound = std::make_unique<i2p::Inbound>(
      executor,
      i2p::InboundOptions{.sam = *sam,
                          .tunnels = options_of(config.destination->tunnels),
                          .key = std::move(key),
                          .allow = config.destination->allow,
                          .first = fresh || process != nullptr},
      [weak](StreamPtr stream, const B32Name&) {
        if (const auto self = weak.lock()) self->accept(std::move(stream));
      },
      [weak](const i2p::InboundState& state) {
        if (const auto self = weak.lock()) self->destination_changed(state);
      });
  inbound->start();
}

void I2pUnit::Impl::destination_changed(const i2p::InboundState& state) {
  if (inbound == nullptr) return;
  sessions->lend(own_identity, inbound->session_id());
  if (state.problem) complaints.say(*state.problem);
  if (phase == state.phase) return;
  phase = state.phase;
  using Phase = i2p::InboundState::Phase;
  if (state.phase == Phase::reachable) {
    complaints.clear();
    spdlog::info("i2p destination: others reach this bridge at i2p:{}", name->host());
  } else if (state.phase != Phase::lost) {
    spdlog::info("i2p destination: {}", state.text());
  }
}

bool I2pUnit::Impl::reachable() const {
  return inbound != nullptr && inbound->state().phase == i2p::InboundState::Phase::reachable;
}

std::string I2pUnit::Impl::state() const {
  if (problem) {
    // Why it takes so long to start, only its own log knows.
    const std::string words = process != nullptr && !sam ? process->last_words() : std::string();
    return words.empty() ? problem->text() : fmt::format("{}; its log: {}", problem->text(), words);
  }
  if (!config.destination) return "ready";
  if (inbound == nullptr) return "the router answers; there is no destination yet";
  return reachable() ? "ready" : "the router answers; our destination: " + inbound->state().text();
}

asio::awaitable<void> I2pUnit::Impl::stop() {
  const auto self = shared_from_this();
  retry.cancel();
  if (inbound != nullptr) inbound->stop();
  drop();
  if (child != nullptr) co_await child->stop();
}

I2pUnit::I2pUnit(asio::io_context& context, const Config& config, Accept accept)
    : impl_(std::make_shared<Impl>(context, config, std::move(accept))) {}

I2pUnit::~I2pUnit() {
  impl_->stopping = true;
  impl_->drop();
}

Result<void> I2pUnit::start() {
  return impl_->start();
}

void I2pUnit::stop(std::function<void()> done) {
  impl_->stopping = true;
  asio::co_spawn(
      impl_->executor, [impl = impl_]() -> asio::awaitable<void> { co_await impl->stop(); },
      [done = std::move(done)](const std::exception_ptr&) { done(); });
}

Result<void> I2pUnit::way_out(bool own_destination, DialOptions& options) const {
  if (impl_->problem) return *impl_->problem;
  if (impl_->sessions == nullptr) return not_connected();
  if (own_destination) {
    if (impl_->inbound == nullptr || impl_->inbound->session_id().empty())
      return Error{Errc::not_ready, Fault::local_service, "our own I2P destination is not up yet",
                   "Wait, or look at: sipveil status", true};
    options.isolation = impl_->own_identity;
  }
  options.via = impl_->sessions;
  return {};
}

std::string I2pUnit::reachable_at() const {
  constexpr std::string_view port = ":5060"; // SIP's own (RFC 3261 section 19.1.2)
  return impl_->reachable() ? impl_->name->host() + std::string(port) : std::string();
}

I2pReport I2pUnit::report() const {
  return {.state = impl_->state(),
          .ready = !impl_->problem,
          .sam = impl_->sam ? impl_->sam->text() : std::string(),
          .destination = impl_->name ? impl_->name->host() : std::string(),
          .has_destination = impl_->config.destination.has_value(),
          .reachable = impl_->reachable(),
          .sessions = impl_->sessions != nullptr ? impl_->sessions->open() : 0};
}

} // namespace sipveil
