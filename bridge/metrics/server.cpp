#include "bridge/metrics/server.h"

#include "bridge/metrics/families.h"
#include "transports/listener.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::metrics {
namespace {

constexpr std::string_view key = "[metrics] listen";

/// Threads inherit what is blocked: a signal that a foreign thread takes after the bridge's handlers are gone would
/// kill the process in the midst of a clean end.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// One scrape at a time, and one more that waits: Prometheus asks every few seconds. A client that says nothing is
/// given up after 5 s, so that two of them do not shut everybody out.
std::vector<std::string> options(const MetricsConfig& config) {
  return {"listening_ports", config.listen.text(), "num_threads", "2", "request_timeout_ms", "5000"};
}

/// The web server does not say why it cannot listen: a listener of ours, for a moment, does.
Error why_not(const asio::any_io_executor& executor, const MetricsConfig& config, std::string_view what) {
  const auto endpoint = Endpoint::parse(config.listen.text());
  if (!endpoint) return endpoint.error();
  const auto listener = Listener::open(executor, *endpoint, {.key = std::string(key), .far_end = Fault::system},
                                       [](const StreamPtr&, const std::string&) {});
  if (!listener) return listener.error();
  if (endpoint->host_port().host().find(':') != std::string::npos)
    return {
        Errc::unsupported, Fault::configuration,
        fmt::format("cannot serve metrics on {}: the web server of this system may know no IPv6 (Debian's does not)",
                    config.listen.text()),
        fmt::format("Write an address of 127.0.0.0/8 in `{}`.", key), false};
  return {Errc::io, Fault::system, fmt::format("cannot serve metrics on {}: {}", config.listen.text(), what),
          fmt::format("Check `{}`.", key), false};
}

} // namespace

/// What the web server asks. It lives until the last question that it has put has been answered or thrown away.
class Server::Source final : public prometheus::Collectable, public std::enable_shared_from_this<Source> {
 public:
  Source(asio::any_io_executor executor, TakeReport take_report, Duration patience)
      : executor_(std::move(executor)), take_report_(std::move(take_report)), patience_(patience) {}

  /// On a thread of the web server. Empty if the bridge is too busy or stops.
  [[nodiscard]] Families Collect() const override {
    if (closed_) return {};
    const auto question = std::make_shared<std::promise<std::optional<status::Report>>>();
    auto answer = question->get_future();
    asio::post(executor_, [self = shared_from_this(), question] { question->set_value(self->report()); });
    if (answer.wait_for(patience_) != std::future_status::ready) return {};
    const auto report = answer.get();
    return report ? families(*report) : Families{};
  }

  void close() { closed_ = true; }

 private:
  /// On the bridge's thread, as close() is.
  [[nodiscard]] std::optional<status::Report> report() const {
    if (closed_) return std::nullopt;
    return take_report_();
  }

  asio::any_io_executor executor_;
  TakeReport take_report_;
  Duration patience_;
  std::atomic<bool> closed_ = false;
};

Result<std::unique_ptr<Server>> Server::open(const asio::any_io_executor& executor, const MetricsConfig& config,
                                             TakeReport take_report, Duration patience) {
  auto source = std::make_shared<Source>(executor, std::move(take_report), patience);
  const SignalsBlocked blocked;
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(options(config));
    exposer->RegisterCollectable(source);
    return std::unique_ptr<Server>(new Server(std::move(source), std::move(exposer)));
  } catch (const std::exception& failure) {
    return why_not(executor, config, failure.what());
  }
}

Server::Server(std::shared_ptr<Source> source, std::unique_ptr<prometheus::Exposer> exposer)
    : source_(std::move(source)), exposer_(std::move(exposer)) {}

Server::~Server() {
  close();
}

void Server::close() {
  source_->close();
  if (exposer_ == nullptr) return;
  // On a thread of its own: it waits for the web server's, and those may wait for an answer of the bridge's.
  const SignalsBlocked blocked;
  closing_ = std::async(std::launch::async, [exposer = std::move(exposer_)]() mutable { exposer.reset(); });
}

} // namespace sipveil::metrics
