#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/stream.h"

#include <functional>
#include <memory>
#include <string>

namespace sipveil {

struct ListenerOptions {
  std::string key = "listen";     ///< the configuration key that names the endpoint, for the `mend` of errors
  Fault far_end = Fault::overlay; ///< who is behind accepted streams, for their errors
  Duration first_pause = 50ms;    ///< after a failed accept (out of descriptors or memory); doubled up to
  Duration longest_pause = 2s;    ///< this, so that a full process does not spin, yet takes calls again soon
};

/// Accepts streams at an endpoint. A unix socket gets mode 0600, and its file goes with the listener; a stale
/// file of an earlier run is removed only if it is a socket and nobody listens on it.
class Listener {
 public:
  /// `peer`: the numeric address of who connected, or "unix". How many streams may be open is the handler's
  /// affair.
  using Handler = std::function<void(StreamPtr stream, std::string peer)>;

  /// Errors: address_in_use, invalid (no such address on this machine), io; each with the key in `mend`.
  [[nodiscard]] static Result<std::unique_ptr<Listener>>
  open(const asio::any_io_executor& executor, const Endpoint& endpoint, ListenerOptions options, Handler handler);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Where it listens, with the port that the system chose.
  [[nodiscard]] const Endpoint& endpoint() const;
  /// Stops accepting; idempotent. Streams that were handed out live on.
  void close() noexcept;

 private:
  struct State;
  explicit Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_; // shared with the accept loop
};

} // namespace sipveil
