#pragma once

#include "base/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace sipveil {

namespace asio = boost::asio;

/// A reliable byte stream to a peer, whatever carries it.
///
/// Contract: at most one read and one write are pending at a time; both may be pending together. All calls
/// come from the executor's thread. `close` may be called at any time and makes pending operations end with
/// Errc::cancelled; so does destroying the stream, and so does cancelling the awaiting coroutine (terminal
/// cancellation). The buffers of a pending operation must live until it has ended. After a failed or
/// cancelled write the stream is of no use any more, since a part of the bytes may have left. Operations
/// never throw. Nothing is buffered by a timer: TCP_NODELAY is set wherever there is a TCP socket.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads what is there, at least one byte. Errors: closed at the orderly end of the stream, io, cancelled.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) = 0;

  /// Writes all of `bytes`, which must live until the call is complete. Errors: closed, io, cancelled.
  virtual asio::awaitable<Result<void>> write(std::span<const char> bytes) = 0;

  /// Writes what fits right now without waiting and tells how much that was; 0 if the stream cannot do this,
  /// or while a `write` is pending. Saves a turn of the event loop for a message that fits, which is nearly
  /// every one.
  virtual std::size_t try_write([[maybe_unused]] std::span<const char> bytes) noexcept { return 0; }

  /// Ends the stream at once; idempotent.
  virtual void close() noexcept = 0;

  virtual asio::any_io_executor executor() = 0;
};

using StreamPtr = std::unique_ptr<Stream>;

} // namespace sipveil
