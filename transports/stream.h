#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/error.h"

namespace sipveil {

namespace asio = boost::asio;

/// A reliable byte stream to a peer, whatever carries it.
///
/// Contract: at most one read and one write are pending at a time; both may be pending together. All calls come from
/// the executor's thread. `close` may be called at any time and makes pending operations end with Errc::cancelled.
/// Nothing is buffered by a timer: TCP_NODELAY is set wherever there is a TCP socket.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads what is there, at least one byte. Errors: closed at the orderly end of the stream, io, cancelled.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) = 0;

  /// Writes all of `bytes`, which must live until the call is complete. Errors: closed, io, cancelled.
  virtual asio::awaitable<Result<void>> write(std::span<const char> bytes) = 0;

  /// Ends the stream at once; idempotent.
  virtual void close() noexcept = 0;

  virtual asio::any_io_executor executor() = 0;
};

using StreamPtr = std::unique_ptr<Stream>;

} // namespace sipveil
