#pragma once

#include "base/clock.h"
#include "control/client.h"
#include "control/client_auth.h"
#include "control/onion_key.h"
#include "transports/address.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
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
};

/// Our v3 onion service. It exists as long as the control connection under which it was added: after each
/// reconnect the owner calls `publish` again, which adds it with the same key.
class OnionService {
 public:
  /// The client must outlive this object.
  OnionService(ControlClient& client, OnionKey key, OnionOptions options);
  ~OnionService();
  OnionService(const OnionService&) = delete;
  OnionService& operator=(const OnionService&) = delete;

  /// Adds the service unless this connection has it already, and waits until it can be reached: until each
  /// directory that tor uploads to has answered and at least one took the descriptor. One call at a time; the
  /// object must live until it returns. Errors: timed_out (a later call waits on), address_in_use (another program has
  /// the same key in this tor), those of the client.
  asio::awaitable<Result<OnionName>> publish();

  /// Takes the service away from tor; streams that are open stay open.
  asio::awaitable<Result<void>> withdraw();

  /// The address, known from the first `publish` on.
  [[nodiscard]] std::optional<OnionName> name() const;
  /// Reachable as far as the present control connection has shown.
  [[nodiscard]] bool published() const;

 private:
  struct State;

  asio::awaitable<Result<void>> listen();
  asio::awaitable<Result<void>> add(TimePoint deadline);

  ControlClient& client_;
  OnionKey key_;
  OnionOptions options_;
  std::shared_ptr<State> state_;
  Subscription subscription_;
  bool subscribed_ = false;
};

} // namespace sipveil::control
