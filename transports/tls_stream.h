#pragma once

#include "transports/stream.h"
#include "transports/tls_engine.h"

#include <memory>

namespace sipveil {

/// TLS over any other stream. `close` is immediate and sends no close_notify; what ends without one reads as
/// `closed` too, because SIP's own framing tells a whole message from a cut one (RFC 3261 section 18.3).
class TlsStream final : public Stream {
 public:
  /// `engine` may have begun its handshake: output taken from it is the caller's to send, the rest is sent
  /// here.
  TlsStream(StreamPtr lower, TlsEngine engine);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Ends the handshake and sends `early_data` in one write with the last of it. To be called once, before
  /// all else. Errors: those of TlsEngine::handshake, closed, io, cancelled.
  asio::awaitable<Result<void>> handshake(std::string early_data);

  asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override;
  asio::awaitable<Result<void>> write(std::span<const char> bytes) override;
  void close() noexcept override;
  asio::any_io_executor executor() override;

 private:
  struct State;
  std::shared_ptr<State> state_; // shared with pending operations, so that they may outlive the stream
};

} // namespace sipveil
