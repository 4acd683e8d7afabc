#pragma once

#include "base/clock.h"
#include "control/add_onion.h"
#include "control/client.h"
#include "control/client_auth.h"
#include "control/onion_key.h"
#include "control/onion_record.h"
#include "transports/address.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace sipveil::control {

struct OnionOptions {
  std::uint16_t virtual_port = 5060;    ///< the port in our address
  Endpoint target;                      ///< where we listen for tor's streams
  std::vector<ClientPublicKey> clients; ///< not empty: only these may reach the service
  /// Publishing takes 1-4 s in a small network and up to a minute in the real one, right after the bootstrap.
  Duration timeout = 120s;
  /// Where a published service is recorded (onion_record.h). Empty: nowhere, so that one that a predecessor left is
  /// always replaced.
  std::filesystem::path state_directory;
};

/// Our v3 onion service. Tor keeps it when the control connection ends, until `withdraw` or its own end: callers still
/// reach a bridge that was killed and is back, without new introduction points and a new descriptor. After each
/// reconnect the owner calls `publish` again, which takes on what is there or adds it with the same key.
class OnionService {
 public:
  /// The client must outlive this object.
  OnionService(ControlClient& client, OnionKey key, OnionOptions options);
  ~OnionService();
  OnionService(const OnionService&) = delete;
  OnionService& operator=(const OnionService&) = delete;

  /// Adds the service unless this connection has it already, and waits until it can be reached: until each
  /// directory that tor uploads to has answered and at least one took the descriptor. If tor has a detached service of
  /// our key, it is kept as it stands when the record says that it is just this one, and it is published already; any
  /// other one is replaced. One call at a time; the object must live until it returns. Errors: timed_out (a later call
  /// waits on), refused (by every directory; the service is taken away, so that a later call adds and publishes it
  /// anew), address_in_use (another program has the same key in this tor), cancelled (by `withdraw`), those of the
  /// client.
  asio::awaitable<Result<OnionName>> publish();

  /// Takes the service away from tor, also one that a predecessor left and that was not taken on yet, and ends a
  /// `publish` that is under way; streams that are open stay open. The object must live until it returns. Errors:
  /// not_ready (something was published, and there is no control connection), those of the client.
  asio::awaitable<Result<void>> withdraw();

  /// The address, known from the first `publish` on.
  [[nodiscard]] std::optional<OnionName> name() const;
  /// Reachable as far as the present control connection has shown.
  [[nodiscard]] bool published() const;
  /// The present control connection found it in tor, as we or a process before us left it.
  [[nodiscard]] bool kept() const;

 private:
  struct State;

  asio::awaitable<Result<void>> listen();
  asio::awaitable<Result<void>> add(TimePoint deadline);
  asio::awaitable<Result<OnionName>> add_and_wait();
  asio::awaitable<std::optional<OnionName>> find_detached();
  asio::awaitable<Result<void>> take_away();
  void record_published();
  [[nodiscard]] OnionRequest request() const;

  ControlClient& client_;
  OnionKey key_;
  OnionOptions options_;
  OnionRecord record_;
  std::shared_ptr<State> state_;
  Subscription subscription_;
  bool subscribed_ = false;
};

} // namespace sipveil::control
