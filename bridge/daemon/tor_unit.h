#pragma once

#include "bridge/config/config.h"
#include "transports/dial.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil {

/// The bridge's side of tor: a running one or a child of ours, its control connection, the onion service and the client
/// authorizations; kept up, and brought back after every loss. All calls from the io_context's thread.
class TorUnit {
 public:
  /// `config.tor` must be set; `config` must outlive the unit.
  TorUnit(boost::asio::io_context& context, const Config& config);
  ~TorUnit();
  TorUnit(const TorUnit&) = delete;
  TorUnit& operator=(const TorUnit&) = delete;

  /// Reads keys; the first error that only a person can mend ends it here. `onion_target`: where tor delivers, if there
  /// is an onion service.
  [[nodiscard]] Result<void> start(std::optional<Endpoint> onion_target);
  /// Stops a child of ours and waits for its end; `done` is called once.
  void stop(std::function<void()> done);

  /// The SOCKS port to dial through, or why calls cannot go out now: tor absent, wrong cookie, not bootstrapped.
  [[nodiscard]] Result<SocksProxy> socks() const;
  /// One sentence for `status` and the log.
  [[nodiscard]] std::string state() const;
  /// "<onion>:port" once the address is known.
  [[nodiscard]] std::string onion() const;
  [[nodiscard]] bool published() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_; // shared with its coroutines
};

} // namespace sipveil
