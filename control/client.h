#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "base/secret.h"
#include "control/authenticator.h"
#include "control/event_hub.h"
#include "control/reply.h"
#include "transports/address.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil::control {

namespace asio = boost::asio;

struct ControlOptions {
  Endpoint endpoint;                                  ///< tor's ControlPort or ControlSocket
  std::optional<std::filesystem::path> password_file; ///< key file with the password of HashedControlPassword
  std::optional<std::filesystem::path> cookie_file;   ///< takes the place of the path that tor names
  Duration connect_timeout = 5s;                      ///< tor is on this machine; a busy one accepts within a second
  Duration command_timeout = 30s; ///< far above what a busy tor takes; the connection is given up after it
  /// A try at a port of this machine costs nothing, and a tor that is back is to be noticed soon.
  Backoff::Limits backoff{250ms, 5s};
};

/// A control port's client: connects, authenticates, runs commands in order, hands out events, and once
/// started keeps the connection up with a back-off. Subscriptions are told to each new connection before
/// `on_up`. All calls come from the executor's thread. Secrets are wiped after use and never logged.
class ControlClient {
 public:
  struct Hooks {
    /// Authenticated and subscribed. What tor keeps per connection (onion services, ownership) is to be set
    /// up again.
    std::function<void()> on_up;
    /// The connection is lost, or a try to connect failed; the next try follows by itself. Not called by
    /// `stop`.
    std::function<void(const Error&)> on_down;
  };

  ControlClient(asio::any_io_executor executor, ControlOptions options);
  ~ControlClient(); ///< the same as `stop`
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  /// One try, for a caller that wants to see its outcome. No reconnect follows.
  /// Errors: unreachable, timed_out, auth_failed, unsupported (not a control port), io, invalid (password
  /// file).
  asio::awaitable<Result<void>> connect();

  /// Keeps the connection up until `stop`. To be called once, and not together with `connect`.
  void start(Hooks hooks);

  /// The next try comes at once, without the rest of the back-off: tor was just started. Nothing happens while it is
  /// up.
  void retry_now();

  /// Closes the connection for good; pending commands and waits end with Errc::cancelled, hooks are not
  /// called any more. Idempotent.
  void stop();

  /// Runs one command line (without its end) and returns tor's answer, whatever its status.
  /// Errors: not_ready (not connected), timed_out, closed, malformed, too_large, io, invalid, cancelled.
  asio::awaitable<Result<Reply>> command(std::string line);
  /// The same for a line that holds a secret.
  asio::awaitable<Result<Reply>> command(SecretBytes line);

  /// Hands events of one kind to the handler, over this and every later connection. Without a connection it
  /// takes effect with the next one. Errors: as for `command`, and those of `refusal`.
  asio::awaitable<Result<Subscription>> subscribe(EventKind kind, EventHandler handler);

  [[nodiscard]] bool is_up() const;
  /// Counts connections; what was added to tor under another number is gone.
  [[nodiscard]] std::uint64_t generation() const;
  [[nodiscard]] const Endpoint& endpoint() const;
  [[nodiscard]] asio::any_io_executor executor() const;
  /// How the last connection authenticated.
  [[nodiscard]] AuthMethod auth_method() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

} // namespace sipveil::control
