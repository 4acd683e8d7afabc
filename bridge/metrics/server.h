#pragma once

#include "bridge/config/config.h"
#include "bridge/status/report.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <future>
#include <memory>

namespace prometheus {
class Exposer;
}

namespace sipveil::metrics {

namespace asio = boost::asio;

/// Serves /metrics by HTTP to whoever asks on loopback. The web server has threads of its own; all that belongs to the
/// bridge is read on the bridge's thread. Every thread of the web server has all signals blocked.
class Server {
 public:
  /// Called on the thread of the executor. `calls` must be left out: it is borrowed.
  using TakeReport = std::function<status::Report()>;

  /// A bridge that does not come to answer in a second is so busy that figures would cost calls. Well below the 10 s
  /// that Prometheus waits.
  static constexpr Duration default_patience = 1s;

  /// `executor` runs on one thread; the web server waits for it for up to `patience`. Errors: address_in_use, invalid
  /// (no such address on this machine), unsupported (IPv6), io; each names `[metrics] listen`.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(const asio::any_io_executor& executor,
                                                            const MetricsConfig& config, TakeReport take_report,
                                                            Duration patience = default_patience);
  /// Waits for the threads of the web server: CivetWeb before 1.16 looks every 2 s whether it shall end. The executor
  /// may have stopped before.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Stops listening; does not wait. Whoever still asks gets no figures, and TakeReport is not called any more. Call it
  /// on the thread of the executor.
  void close();

 private:
  class Source;
  Server(std::shared_ptr<Source> source, std::unique_ptr<prometheus::Exposer> exposer);

  std::shared_ptr<Source> source_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::future<void> closing_;
};

} // namespace sipveil::metrics
