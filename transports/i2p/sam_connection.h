#pragma once

#include "transports/address.h"
#include "transports/i2p/line_reader.h"
#include "transports/i2p/reply.h"
#include "transports/socket_stream.h"

#include <memory>
#include <string>
#include <string_view>

namespace sipveil::i2p {

/// A connection to the router's SAM that has said HELLO: one request, its reply, and what the request makes of it. A
/// session's connection keeps the session; a stream's becomes the stream. Ends with this object.
class SamConnection {
 public:
  /// Errors: local_service (unreachable; timed_out, malformed: no SAM; unsupported: another version), cancelled.
  [[nodiscard]] static asio::awaitable<Result<std::unique_ptr<SamConnection>>> open(Endpoint sam);

  /// One question on a connection of its own, and its reply, however long the router takes. Errors: those of open(),
  /// send() and reply(); a reply that tells of a failure is none.
  [[nodiscard]] static asio::awaitable<Result<Reply>> ask(Endpoint sam, std::string line, Reply::Kind kind);

  explicit SamConnection(std::unique_ptr<SocketStream> stream) : stream_(std::move(stream)) {}

  /// `line` must live until it is complete, this object until anything of it is. Errors: closed, io, cancelled; all of
  /// them and those of line() name the router.
  asio::awaitable<Result<void>> send(std::string_view line);
  /// The next line, whenever it comes. Errors: those of LineReader::line, closed, io, cancelled.
  asio::awaitable<Result<SecretBytes>> line();
  /// The next line as a reply of this kind; a PING before it is answered. Errors: those of line() and Reply::parse, and
  /// malformed for one of another kind.
  asio::awaitable<Result<Reply>> reply(Reply::Kind kind);

  /// The stream that it has become, with what was read behind the last line handed back to it. This object is used up.
  [[nodiscard]] std::unique_ptr<SocketStream> release();

 private:
  std::unique_ptr<SocketStream> stream_;
  LineReader reader_;
};

} // namespace sipveil::i2p
