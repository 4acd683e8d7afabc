#include "bridge/daemon/single_hop_onion.h"

#include "control/operations.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace sipveil {
namespace {

namespace asio = boost::asio;

/// A first start of tor in the public network may have to fetch the whole directory over a slow line.
constexpr Duration bootstrap_patience = std::chrono::hours(1);
/// Longer than tor takes to publish in the public network; then a person is to know.
constexpr Duration publish_patience = 120s;
constexpr std::string_view what_it_gives_up = "single-hop, this machine's address is not hidden";

} // namespace

Result<std::shared_ptr<SingleHopOnion>> SingleHopOnion::create(const asio::any_io_executor& executor,
                                                               const Config& config, control::OnionKey key,
                                                               Endpoint target) {
  const OnionConfig& onion = *config.onion;
  control::TorProcessOptions options{.binary = config.tor->binary, .state_directory = config.state_dir};
  options.name = control::SingleHopService::directory;
  options.extra_torrc = config.tor->extra_torrc;
  if (auto usable = control::check_extra_torrc(options.extra_torrc); !usable) return usable.error();
  options.service.emplace(control::SingleHopService{std::move(key), onion.port, std::move(target), onion.clients});
  auto process = control::TorProcess::create(executor, std::move(options));
  if (!process) return process.error();
  return std::shared_ptr<SingleHopOnion>(new SingleHopOnion(executor, config, std::move(*process)));
}

SingleHopOnion::SingleHopOnion(const asio::any_io_executor& executor, const Config& config,
                               std::unique_ptr<control::TorProcess> process)
    : config_(config), service_(process->layout().service), client_(executor, process->control_options()),
      child_(std::make_shared<KeptProgram>(executor, std::move(process), "tor for the single-hop service")),
      problem_(Error{Errc::not_ready, Fault::local_service, "its tor is not connected yet", "", true}),
      changed_(executor) {}

void SingleHopOnion::start() {
  spdlog::warn("onion service: {}", what_it_gives_up);
  const std::weak_ptr<SingleHopOnion> weak = weak_from_this();
  child_->start({.up =
                     [weak] {
                       if (const auto self = weak.lock()) self->client_.retry_now();
                     },
                 .down = {}});
  client_.start({.on_up =
                     [weak] {
                       const auto self = weak.lock();
                       if (!self) return;
                       self->problem_.reset();
                       asio::co_spawn(
                           self->client_.executor(),
                           [self, generation = self->client_.generation()]() -> asio::awaitable<void> {
                             co_await self->set_up(generation);
                           },
                           asio::detached);
                     },
                 .on_down =
                     [weak](const Error& error) {
                       const auto self = weak.lock();
                       if (!self) return;
                       self->problem_ = error;
                       self->tracker_.reset();
                       self->complaints_.say(error);
                     }});
}

bool SingleHopOnion::still(std::uint64_t generation) const {
  return !stopping_ && client_.is_up() && client_.generation() == generation;
}

asio::awaitable<Result<void>> SingleHopOnion::listen() {
  if (listening_) co_return Result<void>();
  const std::weak_ptr<SingleHopOnion> weak = weak_from_this();
  control::EventHandler handler;
  handler.on_event = [weak](const control::Event& event) {
    const auto self = weak.lock();
    if (!self || !self->tracker_) return;
    self->tracker_->on_event(std::get<control::HsDescEvent>(event));
    self->changed_.cancel();
  };
  handler.on_lost = [weak](const Error&) {
    if (const auto self = weak.lock()) self->changed_.cancel();
  };
  auto subscribed = co_await client_.subscribe(control::EventKind::hs_desc, std::move(handler));
  if (!subscribed) co_return subscribed.error();
  events_ = std::move(*subscribed);
  listening_ = true;
  co_return Result<void>();
}

/// Runs within milliseconds of tor's start, and tor publishes a second later at the earliest, so that no upload is
/// missed: this tor ends with its control connection, hence each connection is to a new one.
asio::awaitable<void> SingleHopOnion::set_up(std::uint64_t generation) {
  const auto self = shared_from_this();
  auto name = control::read_service_name(service_);
  if (!name) co_return complaints_.say(name.error());
  name_ = *name;
  tracker_.emplace(*name);
  if (const auto listening = co_await listen(); !listening) complaints_.say(listening.error());
  if (!still(generation)) co_return;
  if (const auto owned = co_await control::take_ownership(client_); !owned) complaints_.say(owned.error());
  while (still(generation)) {
    const auto ready = co_await control::wait_bootstrapped(client_, bootstrap_patience, nullptr);
    if (ready) break;
    complaints_.say(ready.error());
  }
  co_await wait_published(generation);
}

asio::awaitable<void> SingleHopOnion::wait_published(std::uint64_t generation) {
  const auto self = shared_from_this();
  auto deadline = std::chrono::steady_clock::now() + publish_patience;
  while (still(generation) && tracker_) {
    if (tracker_->published()) {
      log_published(*name_, config_.onion->port, fmt::format(" ({})", what_it_gives_up));
      complaints_.clear();
      co_return;
    }
    const bool late = std::chrono::steady_clock::now() >= deadline;
    if (late || tracker_->refused()) {
      complaints_.say({Errc::timed_out, Fault::overlay,
                       fmt::format("not published in time: {} directories took the descriptor, {} refused it",
                                   tracker_->accepted(), tracker_->rejected()),
                       "Check this machine's clock and that it is online.", true});
      // Tor uploads again only after an hour or more; a new one does at once.
      if (tracker_->pending() == 0) co_return co_await child_->restart();
      deadline = std::chrono::steady_clock::now() + publish_patience;
    }
    changed_.expires_at(deadline);
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::string SingleHopOnion::note() const {
  std::string text = fmt::format("onion service: {}", what_it_gives_up);
  if (problem_) text += fmt::format("; {}", problem_->text());
  return text;
}

asio::awaitable<void> SingleHopOnion::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  changed_.cancel();
  client_.stop();
  co_await child_->stop();
}

} // namespace sipveil
