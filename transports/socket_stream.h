#pragma once

#include "transports/stream.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>
#include <string>

namespace sipveil {

/// A TCP or unix stream socket as a Stream. TCP_NODELAY is set on every TCP socket it holds.
class SocketStream final : public Stream {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Address = asio::generic::stream_protocol::endpoint;

  /// Not yet connected. `far_end`: who is behind it, named in the errors of this stream.
  SocketStream(const asio::any_io_executor& executor, Fault far_end);
  /// An accepted socket.
  SocketStream(Socket socket, Fault far_end);
  ~SocketStream() override;
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  /// Connects an unconnected stream. The error is the system's own: the caller knows what it means here.
  asio::awaitable<boost::system::error_code> connect(Address address);

  /// Hands back bytes that were read too far; the next reads give them first.
  void unread(std::string bytes);
  /// Who is behind it now: a proxy that has connected us onwards is out of the picture.
  void set_far_end(Fault far_end);

  asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override;
  asio::awaitable<Result<void>> write(std::span<const char> bytes) override;
  std::size_t try_write(std::span<const char> bytes) noexcept override;
  void close() noexcept override;
  asio::any_io_executor executor() override;

 private:
  struct State;
  // Shared with pending operations, so that they may outlive the stream.
  std::shared_ptr<State> state_;
};

} // namespace sipveil
