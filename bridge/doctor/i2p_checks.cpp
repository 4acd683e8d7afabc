#include "bridge/doctor/i2p_checks.h"

#include "bridge/doctor/ping_talk.h"
#include "bridge/doctor/status_field.h"
#include "bridge/doctor/way_to_peer.h"
#include "transports/i2p/inbound.h"
#include "transports/i2p/sam_connection.h"
#include "transports/i2p/sessions.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace sipveil::doctor {

namespace asio = boost::asio;

namespace {

/// A first start in the public network fetches the first routers; one that has them opens SAM within a second.
constexpr Duration start_patience = 90s;
/// Tunnels are there after 4 to 13 s. i2pd 2.45 looks every 20 s whether a destination is ready and publishes it then,
/// and a lost message of that costs another 20 s.
constexpr Duration reach_patience = 90s;

i2p::TunnelOptions options_of(const TunnelShape& shape) {
  return {.length = shape.length, .quantity = shape.quantity};
}

Error not_reached(const i2p::InboundState& state) {
  Error error{Errc::timed_out, Fault::overlay,
              fmt::format("a destination of ours was not reached within {} s: {}",
                          std::chrono::duration_cast<std::chrono::seconds>(reach_patience).count(), state.text()),
              "A router that has just been started needs some minutes. If it stays so, see that this machine is online "
              "and its clock right, and how many routers its console knows.",
              true};
  return error;
}

} // namespace

I2pChecks::I2pChecks(asio::any_io_executor executor, const Config& config, std::string status)
    : executor_(std::move(executor)), config_(config), status_(std::move(status)) {}

I2pChecks::~I2pChecks() = default;

asio::awaitable<void> I2pChecks::check_router(Report& report) {
  if (!config_.i2p) co_return;
  const auto reached = co_await reach();
  if (!reached) co_return report.failed(i2p_router, reached.error());
  report.ok(i2p_router, *reached);
  sessions_ = std::make_shared<i2p::Sessions>(
      executor_, i2p::SessionsOptions{
                     .sam = *sam_, .tunnels = options_of(config_.i2p->tunnels), .max_sessions = config_.i2p->sessions});
}

asio::awaitable<Result<std::string>> I2pChecks::reach() {
  auto sam = co_await find_sam();
  if (!sam) co_return sam.error();
  sam_ = *sam;
  const auto connection = co_await i2p::SamConnection::open(*sam_);
  if (!connection) co_return connection.error();
  co_return fmt::format("{}SAM at {}", process_ ? "started for this check, " : "", sam_->text());
}

asio::awaitable<Result<Endpoint>> I2pChecks::find_sam() {
  const I2pConfig& i2p = *config_.i2p;
  if (!i2p.spawn) co_return *i2p.sam;
  if (running()) {
    const auto sam = Endpoint::parse(status_field(status_, "sam"));
    if (sam) co_return *sam;
    co_return Error{Errc::not_ready, Fault::local_service, "the running sipveil has not brought up its i2pd yet",
                    fmt::format("sipveil status and {} say why.", (config_.state_dir / "i2pd" / "i2pd.log").string()),
                    true};
  }
  control::I2pdProcessOptions options{.binary = i2p.binary, .state_directory = config_.state_dir};
  options.extra_conf = i2p.extra_conf;
  options.start_timeout = start_patience;
  auto process = control::I2pdProcess::create(executor_, std::move(options));
  if (!process) co_return process.error();
  process_ = std::move(*process);
  if (const auto started = co_await process_->start(); !started) co_return started.error();
  co_return process_->sam();
}

asio::awaitable<void> I2pChecks::check_tunnels(Report& report) {
  if (!config_.i2p) co_return;
  if (sessions_ == nullptr) co_return report.skipped(i2p_tunnels, fmt::format("needs: {}", i2p_router.title));
  const auto reached = co_await reach_ourselves(report);
  if (reached) co_return report.ok(i2p_tunnels, *reached);
  report.failed(i2p_tunnels, reached.error());
  sessions_.reset();
}

/// By a destination that is forgotten afterwards: its own publish check is the test.
asio::awaitable<Result<std::string>> I2pChecks::reach_ourselves(Report& report) {
  const auto begin = std::chrono::steady_clock::now();
  auto key = co_await i2p::generate_destination(*sam_);
  if (!key) co_return key.error();
  asio::steady_timer changed(executor_);
  i2p::Inbound destination(
      executor_,
      i2p::InboundOptions{.sam = *sam_,
                          .tunnels = options_of(config_.i2p->tunnels),
                          .key = std::move(*key),
                          .allow = {},
                          .first = true},
      [](const StreamPtr& stranger, const B32Name&) { stranger->close(); },
      [&](const i2p::InboundState& state) {
        report.progress(i2p_tunnels, state.text());
        changed.cancel();
      });
  destination.start();
  const auto deadline = begin + reach_patience;
  using Phase = i2p::InboundState::Phase;
  while (destination.state().phase != Phase::reachable && std::chrono::steady_clock::now() < deadline) {
    changed.expires_at(deadline);
    co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const i2p::InboundState state = destination.state();
  destination.stop();
  if (state.phase != Phase::reachable) co_return not_reached(state);
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  co_return fmt::format("a destination of {} hops was built and reached in {:.1f} s", config_.i2p->tunnels.length,
                        took);
}

asio::awaitable<void> I2pChecks::check_destination(Report& report) {
  if (!config_.i2p) co_return;
  if (!config_.destination) co_return report.skipped(i2p_destination, "there is no [destination] section");
  if (!running()) co_return report.skipped(i2p_destination, "sipveil does not run: it takes calls while it runs");
  if (sessions_ == nullptr) co_return report.skipped(i2p_destination, fmt::format("needs: {}", i2p_tunnels.title));
  const auto name = B32Name::parse(status_field(status_, "destination"));
  if (!name || status_field(status_, "reachable") != "true")
    co_return report.failed(i2p_destination, "the running sipveil has not been reached there yet",
                            "Wait a minute and ask again; sipveil status says how far it is.");
  if (!config_.destination->allow.empty())
    co_return report.ok(i2p_destination,
                        fmt::format("{} is published; its allow list lets in {} destination(s), which this check is "
                                    "not",
                                    name->host(), config_.destination->allow.size()));
  const auto outcome = co_await call_destination(*name);
  if (outcome)
    report.ok(i2p_destination, fmt::format("{} {}", name->host(), *outcome));
  else
    report.failed(i2p_destination, fmt::format("{}: {}", name->host(), outcome.error().what), outcome.error().mend);
}

asio::awaitable<Result<std::string>> I2pChecks::call_destination(const B32Name& name) {
  const auto own = PeerAddress::parse("i2p:" + name.host());
  if (!own) co_return own.error();
  DialOptions options;
  options.timeout = config_.tunnel.dial_timeout;
  options.via = sessions_;
  options.isolation = fresh_isolation();
  const PeerTalk talk = report_on(true);
  co_return co_await talk_at(*own, std::move(options), talk);
}

asio::awaitable<void> I2pChecks::leave() {
  sessions_.reset();
  if (process_) co_await process_->stop();
}

} // namespace sipveil::doctor
