#pragma once

#include "base/error.h"
#include "transports/address.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace sipveil {

/// Whether an I2P router answers: a connection to its SAM that has said HELLO and is then held, so that its end is
/// known at once and calls need not try in vain. It is kept up with a back-off. All calls from the executor's thread.
class RouterWatch : public std::enable_shared_from_this<RouterWatch> {
 public:
  struct Hooks {
    std::function<void()> up;               ///< SAM answers
    std::function<void(const Error&)> down; ///< lost, or not there; tried again
  };

  RouterWatch(const boost::asio::any_io_executor& executor, Endpoint sam, Hooks hooks);
  void start();
  void stop(); ///< for good; no hook is called any more

 private:
  boost::asio::awaitable<void> keep_up();

  boost::asio::any_io_executor executor_;
  Endpoint sam_;
  Hooks hooks_;
  boost::asio::steady_timer pause_;
  boost::asio::cancellation_signal give_up_;
  bool stopping_ = false;
};

} // namespace sipveil
