#pragma once

#include "control/circuit_book.h"
#include "control/client.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace sipveil::control {

/// Closes the circuits of links that have ended, as CircuitBook tells. All calls from the executor's thread.
class CircuitCloser : public std::enable_shared_from_this<CircuitCloser> {
 public:
  /// The client must live as long as its io_context runs.
  [[nodiscard]] static std::shared_ptr<CircuitCloser> create(ControlClient& client);

  /// Subscribes to the events unless it has; to be called for each new control connection. Until then, and while there
  /// is no connection, nothing is closed. Errors: those of ControlClient::subscribe; what was missing is tried again
  /// then.
  asio::awaitable<Result<void>> connected();
  /// Ends its work for good; its coroutine holds it until then.
  void stop();

  /// See CircuitBook. Cheap, at any time.
  void link_opened(const Isolation& credential);
  void link_closed(const Isolation& credential);

  [[nodiscard]] const CircuitBook& book() const { return book_; }

 private:
  explicit CircuitCloser(ControlClient& client);
  asio::awaitable<void> run();
  asio::awaitable<Result<void>> listen(EventKind kind, Subscription& subscription);
  void on_event(const Event& event);
  void wake();

  ControlClient& client_;
  CircuitBook book_;
  Subscription circuits_;
  Subscription streams_;
  bool listening_ = false;
  bool running_ = false;
  bool stopped_ = false;
  asio::steady_timer timer_; ///< until the book's next deadline
};

} // namespace sipveil::control
