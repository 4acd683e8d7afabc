#pragma once

#include "base/error.h"
#include "base/log.h"
#include "bridge/hop/flow.h"
#include "transports/address.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace sipveil::net {

/// A UDP socket on the phone side.
class UdpListener {
 public:
  struct Handlers {
    std::function<void(const hop::InnerAddress& from, std::string_view datagram)> on_datagram;
    /// ICMP said that nobody listens at this address, to which something was sent.
    std::function<void(const hop::InnerAddress& to)> on_unreachable;
  };

  /// Errors: address_in_use, invalid (no such address on this machine), io.
  [[nodiscard]] static Result<std::unique_ptr<UdpListener>> open(const boost::asio::any_io_executor& executor,
                                                                 const HostPort& address, Handlers handlers);

  /// Sends at once or not at all: UDP may lose a datagram, and SIP's timers know that.
  void send(const hop::InnerAddress& to, std::string_view datagram);
  void close();

 private:
  UdpListener(boost::asio::ip::udp::socket socket, Handlers handlers);
  void wait();
  void drain();
  void read_error_queue();

  boost::asio::ip::udp::socket socket_;
  Handlers handlers_;
  RateLimit send_log_;
};

} // namespace sipveil::net
