#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "control/reply_parser.h"
#include "transports/address.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil::control {

namespace asio = boost::asio;

/// One connection to a control port: sends command lines in order, hands each its reply, passes events on.
/// Knows nothing of authentication. Lives as long as a shared pointer to it, a pending request or its reader.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// They must not own the connection, and may close it.
  struct Handlers {
    std::function<void(const Reply&)> on_event;  ///< each 6yz reply
    std::function<void(const Error&)> on_closed; ///< once, with the reason; not after `close` by the owner
  };

  explicit Connection(const asio::any_io_executor& executor);

  /// Connects and starts to read; once only. Errors: unreachable (nothing listens, no such socket, no
  /// permission), timed_out, and the reason given to `close`.
  asio::awaitable<Result<void>> open(Endpoint endpoint, Duration timeout, Handlers handlers);

  /// Sends a line (without its end) and waits for its reply, whatever its status. A request that gets no
  /// reply in time ends the connection, since a late reply would be taken for that of the next command.
  /// Errors: invalid (not one line), timed_out, closed, malformed, too_large, io, cancelled.
  asio::awaitable<Result<Reply>> request(SecretBytes line, Duration timeout);

  /// Ends the connection; pending requests end with `reason`. Idempotent. The handlers are not called.
  void close(const Error& reason);
  [[nodiscard]] bool is_open() const { return open_; }

 private:
  struct Pending {
    explicit Pending(const asio::any_io_executor& executor) : done(executor) {}
    asio::steady_timer done; ///< cancelled when the result is there
    std::optional<Result<Reply>> result;
  };

  asio::awaitable<void> read();
  void write();
  void on_reply(Reply reply);
  void fail(const Error& reason);

  asio::generic::stream_protocol::socket socket_;
  Handlers handlers_;
  ReplyParser parser_;
  std::deque<std::shared_ptr<Pending>> pending_;
  std::deque<SecretBytes> outbox_; ///< the front one is being written
  bool open_ = false;
  bool closed_ = false; ///< for good; a connection is opened once
  Error reason_;        ///< why it is not open
};

} // namespace sipveil::control
