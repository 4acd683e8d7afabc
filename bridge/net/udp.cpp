#include "bridge/net/udp.h"

#include "bridge/sip/message.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace sipveil::net {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

/// Datagrams taken before other events get their turn.
constexpr std::size_t datagrams_per_turn = 32;
/// A second of bursts at 4,000 calls/s; the kernel grants what its own limit allows.
constexpr int receive_buffer_bytes = 4 * 1024 * 1024;

/// Where one datagram is read to. One byte more than may be there shows a datagram that is too large.
struct Slot {
  std::array<char, sip::max_message_bytes + 1> bytes;
  sockaddr_storage from;
  iovec part;
};

hop::InnerAddress from_system(const sockaddr_storage& address) {
  hop::InnerAddress result;
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    result.v6 = true;
    std::memcpy(result.ip.data(), &v6.sin6_addr, 16);
    result.port = ntohs(v6.sin6_port);
  } else {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(result.ip.data(), &v4.sin_addr, 4);
    result.port = ntohs(v4.sin_port);
  }
  return result;
}

socklen_t to_system(const hop::InnerAddress& address, sockaddr_storage& out) {
  out = {};
  if (address.v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  std::memcpy(&v4.sin_addr, address.ip.data(), 4);
  std::memcpy(&out, &v4, sizeof v4);
  return sizeof v4;
}

Error open_error(const HostPort& address, const boost::system::error_code& failed) {
  const bool taken = failed == asio::error::address_in_use;
  return {taken ? Errc::address_in_use : Errc::io, Fault::configuration,
          fmt::format("cannot listen on {} (UDP): {}", address.text(), failed.message()),
          taken ? "Stop what uses the port, or choose another in [inner] listen." : "Check [inner] listen.", false};
}

} // namespace

Result<std::unique_ptr<UdpListener>> UdpListener::open(const asio::any_io_executor& executor, const HostPort& address,
                                                       Handlers handlers) {
  boost::system::error_code failed;
  const auto ip = asio::ip::make_address(address.host(), failed);
  if (failed) return open_error(address, failed);
  udp::socket socket(executor);
  const udp::endpoint endpoint(ip, address.port());
  socket.open(endpoint.protocol(), failed);
  if (!failed && ip.is_v6()) socket.set_option(asio::ip::v6_only(true), failed);
  if (!failed) socket.bind(endpoint, failed);
  if (!failed) socket.non_blocking(true, failed);
  if (failed) return open_error(address, failed);
  const int buffer = receive_buffer_bytes;
  const int on = 1;
  const int fd = socket.native_handle();
  // Neither is needed to work: a smaller buffer loses more in a burst, and without error reports a dead phone costs a
  // time-out.
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer));
  static_cast<void>(ip.is_v6() ? ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on)
                               : ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
  std::unique_ptr<UdpListener> listener(new UdpListener(std::move(socket), std::move(handlers)));
  listener->wait();
  return listener;
}

UdpListener::UdpListener(udp::socket socket, Handlers handlers)
    : socket_(std::move(socket)), handlers_(std::move(handlers)) {}

void UdpListener::wait() {
  socket_.async_wait(udp::socket::wait_read, [this](const boost::system::error_code& failed) {
    if (failed) return; // closed; the listener may be gone
    drain();
    wait();
  });
}

void UdpListener::drain() {
  // Static: one thread, and every message is parsed before the next read. One call for all datagrams that wait: a loop
  // of single reads would end each turn with one that finds nothing.
  static std::vector<Slot> slots(datagrams_per_turn);
  static std::array<mmsghdr, datagrams_per_turn> headers;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].part = {slots[i].bytes.data(), slots[i].bytes.size()};
    headers[i] = {};
    headers[i].msg_hdr.msg_name = &slots[i].from;
    headers[i].msg_hdr.msg_namelen = sizeof slots[i].from;
    headers[i].msg_hdr.msg_iov = &slots[i].part;
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = ::recvmmsg(socket_.native_handle(), headers.data(), headers.size(), MSG_DONTWAIT, nullptr);
  if (count < 0 && errno != EAGAIN && errno != EINTR) read_error_queue();
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (headers[index].msg_len == 0) continue;
    handlers_.on_datagram(from_system(slots[index].from), {slots[index].bytes.data(), headers[index].msg_len});
  }
}

void UdpListener::read_error_queue() {
  std::array<char, 512> payload{};
  std::array<char, 512> control{};
  sockaddr_storage to{};
  iovec part{payload.data(), payload.size()};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = sizeof to;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0 && to.ss_family != AF_UNSPEC)
    handlers_.on_unreachable(from_system(to));
}

void UdpListener::send(const hop::InnerAddress& to, std::string_view datagram) {
  sockaddr_storage address{};
  const socklen_t length = to_system(to, address);
  // A queued ICMP error fails one send, whatever its target; it says nothing about this one.
  for (int tries = 0; tries < 2; ++tries) {
    if (::sendto(socket_.native_handle(), datagram.data(), datagram.size(), MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length) >= 0)
      return;
  }
  if (unsigned held_back = 0; send_log_.allow(std::chrono::steady_clock::now(), held_back))
    spdlog::warn("a datagram of {} bytes could not be sent: {} ({} more like it were not logged)", datagram.size(),
                 std::strerror(errno), held_back);
}

void UdpListener::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

} // namespace sipveil::net
