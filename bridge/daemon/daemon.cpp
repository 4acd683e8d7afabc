#include "bridge/daemon/daemon.h"

#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "bridge/daemon/i2p_unit.h"
#include "bridge/daemon/kept_calls.h"
#include "bridge/daemon/tor_unit.h"
#include "bridge/hop/hop.h"
#include "bridge/metrics/server.h"
#include "bridge/net/sockets.h"
#include "bridge/status/report.h"
#include "bridge/status/socket.h"
#include "control/onion_record.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <csignal>

namespace sipveil {
namespace {

/// SIGTERM must be done with in 5 s: so long for last answers to leave, the rest for tor's end.
constexpr Duration flush_time = 1s;
constexpr Duration stop_time = 4s;

/// The key of the route tokens. Made at the first start; whoever shares it shares calls with us.
Result<SecretBytes> hop_key(const std::filesystem::path& state_dir) {
  const auto path = state_dir / "route_key";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    SecretBytes fresh(std::size_t{32});
    fill_random(fresh.writable());
    const auto written = write_secret_file(path, fresh);
    if (!written) return written.error();
    return fresh;
  }
  auto key = read_secret_file(path);
  if (key && key->size() != 32)
    return Error{Errc::invalid, Fault::configuration, fmt::format("{} does not hold 32 bytes", path.string()),
                 "Remove it to get a new one; calls that are under way are then lost.", false};
  return key;
}

int refuse(const Error& error) {
  fmt::print(stderr, "sipveil: {}\n", error.text());
  const bool mendable = error.where == Fault::configuration || error.code == Errc::address_in_use;
  return mendable ? 2 : 1;
}

class Daemon {
 public:
  explicit Daemon(const Config& config)
      : config_(config), sockets_(context_, config, [this](const PeerConfig& peer) { return way_out(peer); }),
        signals_(context_, SIGINT, SIGTERM), deadline_(context_) {}

  int run() {
    if (const auto started = start(); !started) return refuse(started.error());
    context_.run();
    // Whoever asks twice asks for the same: a second signal must not turn a clean end into a kill while this unwinds.
    sigset_t stopping;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGINT);
    sigaddset(&stopping, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stopping, nullptr);
    return 0;
  }

 private:
  Result<void> start() {
    if (auto made = make_private_directory(config_.state_dir); !made) return made;
    auto key = hop_key(config_.state_dir);
    if (!key) return key.error();
    auto keys = identity::KeyBook::load(config_, *key, sockets_.unix_time());
    if (!keys) return keys.error();
    hop_ = std::make_unique<hop::Hop>(config_, *key, sockets_, std::move(*keys));
    sockets_.attach(*hop_);
    sockets_.set_keeper([this](std::string_view label, std::string_view record) { kept_.keep(label, record); });
    // First, because it also says whether another bridge runs with this state directory.
    auto status = status::Server::open(context_.get_executor(), config_, [this] { return status::to_json(report()); });
    if (!status) return status.error();
    status_ = std::move(*status);
    if (auto listening = sockets_.listen(); !listening) return listening;
    if (auto serving = start_metrics(); !serving) return serving;
    if (auto tor = start_tor(); !tor) return tor;
    if (auto i2p = start_i2p(); !i2p) return i2p;
    sockets_.set_reachable_at([this] { return reachable_at(); });
    signals_.async_wait([this](const boost::system::error_code& failed, int) {
      if (!failed) stop();
    });
    for (const HostPort& listen : config_.inner.listen)
      spdlog::info("phone side: {} (UDP and TCP)", listen.text());
    kept_.each([this](std::string_view label, std::string_view record) {
      hop_->resume(label, record, std::chrono::steady_clock::now());
    });
    hop_->start(std::chrono::steady_clock::now());
    sockets_.rearm();
    spdlog::info("ready: {} peers, {} routes", config_.peers.size(), config_.routes.size());
    return {};
  }

  Result<void> start_metrics() {
    if (!config_.metrics) return {};
    auto server = metrics::Server::open(context_.get_executor(), *config_.metrics, [this] {
      status::Report copy = report();
      copy.calls = nullptr; // these stay on this thread
      return copy;
    });
    if (!server) return server.error();
    metrics_ = std::move(*server);
    spdlog::info("metrics: http://{}/metrics", config_.metrics->listen.text());
    return {};
  }

  Result<void> start_tor() {
    if (!config_.tor) return {};
    std::optional<Endpoint> target;
    if (config_.onion) {
      auto bound = listen_for_tor();
      if (!bound) return bound.error();
      target = std::move(*bound);
    }
    tor_ = std::make_unique<TorUnit>(context_, config_);
    sockets_.set_refresh([this](const PeerConfig& peer) { tor_->refresh(peer); });
    sockets_.set_circuit_watcher({[this](const Isolation& credential) { tor_->link_opened(credential); },
                                  [this](const Isolation& credential) { tor_->link_closed(credential); }});
    return tor_->start(std::move(target));
  }

  /// Where the last process did, if that one chose the port itself and can have left its service in tor: it delivers
  /// there.
  Result<Endpoint> listen_for_tor() {
    const auto& wanted = config_.onion->listen;
    if (const auto last = control::OnionRecord(config_.state_dir).target_for(wanted)) {
      if (auto again = sockets_.listen_for_onion(last)) return again;
    }
    return sockets_.listen_for_onion(wanted);
  }

  Result<void> start_i2p() {
    if (!config_.i2p) return {};
    i2p_ = std::make_unique<I2pUnit>(context_, config_,
                                     [this](StreamPtr stream) { sockets_.take_link(std::move(stream)); });
    return i2p_->start();
  }

  /// The onion address if there are both: more callers have a tor than a router of I2P.
  std::string reachable_at() const {
    if (tor_ != nullptr && tor_->published()) return tor_->onion();
    return i2p_ != nullptr ? i2p_->reachable_at() : std::string();
  }

  Result<DialOptions> way_out(const PeerConfig& peer) {
    DialOptions options;
    options.timeout = config_.tunnel.dial_timeout;
    if (peer.tls_ca_file) options.tls_ca_file = peer.tls_ca_file->string();
    const auto choose = [&](const auto& via) { return dial_by(via, options); };
    if (auto chosen = std::visit(choose, peer.via); !chosen) return chosen.error();
    return options;
  }

  Result<void> dial_by(const ViaDirect&, DialOptions&) const { return {}; }
  Result<void> dial_by(const ViaSocks& socks, DialOptions& options) const {
    options.via = SocksProxy{socks.endpoint, true};
    return {};
  }
  Result<void> dial_by(const ViaHttp& http, DialOptions& options) const {
    options.via = HttpProxy{http.endpoint};
    return {};
  }
  Result<void> dial_by(const ViaTor&, DialOptions& options) const {
    if (tor_ == nullptr)
      return Error{Errc::invalid, Fault::configuration, "the peer is to be reached through tor, but there is no [tor]",
                   "Add a [tor] section.", false};
    auto proxy = tor_->socks();
    if (!proxy) return proxy.error();
    options.via = std::move(*proxy);
    return {};
  }
  Result<void> dial_by(const ViaI2p& i2p, DialOptions& options) const {
    if (i2p_ == nullptr)
      return Error{Errc::invalid, Fault::configuration, "the peer is to be reached through I2P, but there is no [i2p]",
                   "Add an [i2p] section.", false};
    return i2p_->way_out(i2p.own_destination, options);
  }

  status::Report report() {
    status::Report report;
    report.version = SIPVEIL_VERSION;
    report.role = std::string(name(config_.role));
    report.uptime_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    report.tor = tor_ != nullptr ? tor_->state() : "not used";
    report.onion = tor_ != nullptr ? tor_->onion() : "";
    report.published = tor_ != nullptr && tor_->published();
    report.has_onion = config_.onion.has_value();
    if (tor_ != nullptr) report.tor_ready = tor_->socks().has_value();
    if (i2p_ != nullptr) report.i2p = i2p_->report();
    report.counters = hop_->counters();
    report.exchanges = hop_->exchanges();
    report.calls_open = hop_->calls();
    report.registrations = hop_->registrations();
    report.sealer = hop_->identities().keys().sealer.counters();
    report.opener = hop_->identities().keys().opener.counters();
    report.standby = hop_->standby_reports(std::chrono::steady_clock::now());
    report.links = sockets_.links();
    report.calls = &hop_->timelines().all();
    report.counts = hop_->timelines().counts();
    return report;
  }

  void stop() {
    spdlog::info("stopping: answering what waits, closing links");
    hop_->drain(std::chrono::steady_clock::now());
    status_->close();
    if (metrics_ != nullptr) metrics_->close();
    deadline_.expires_after(flush_time);
    deadline_.async_wait([this](const boost::system::error_code&) {
      sockets_.close_all();
      deadline_.expires_after(stop_time - flush_time);
      deadline_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) context_.stop();
      });
      leave();
    });
  }

  /// Both networks at once, and then the end.
  void leave() {
    const auto done = [this] {
      if (--leaving_ == 0) context_.stop();
    };
    leaving_ = 1U + static_cast<unsigned>(tor_ != nullptr) + static_cast<unsigned>(i2p_ != nullptr);
    if (tor_ != nullptr) tor_->stop(done);
    if (i2p_ != nullptr) i2p_->stop(done);
    done();
  }

  const Config& config_;
  boost::asio::io_context context_{1};
  net::Sockets sockets_;
  KeptCalls kept_{config_.state_dir};
  std::unique_ptr<hop::Hop> hop_;
  std::unique_ptr<TorUnit> tor_;
  std::unique_ptr<I2pUnit> i2p_;
  unsigned leaving_ = 0; ///< what `leave` still waits for
  std::unique_ptr<status::Server> status_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer deadline_;
  TimePoint started_ = std::chrono::steady_clock::now();
  std::unique_ptr<metrics::Server> metrics_; // goes first: the threads of its web server have ended when the rest goes
};

} // namespace

int run_daemon(const Config& config) {
  set_up_log(config.log);
  std::signal(SIGPIPE, SIG_IGN);
  return Daemon(config).run();
}

} // namespace sipveil
