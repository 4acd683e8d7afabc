#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil::sip {

/// Cuts a byte stream into SIP messages and RFC 5626 keepalives (RFC 3261 section 18.3). No sockets: bytes
/// in, frames out.
///
/// A stream is given up (Broken) only when the place where a message ends is in doubt; what is wrong inside a
/// message is for Message::parse. Doubtful are: Content-Length missing (mandatory on a stream), twice,
/// folded, not a number; a bare CR or LF, a blank continuation line or a control character in the header,
/// which another reader may take for its end; a first byte that starts no message. Bounds are those of
/// message.h, so the buffer holds at most one message and what was fed last.
///
/// A lone CRLF is a Pong when nothing follows it yet. If it was the first half of a ping whose second half
/// comes in a later read, that half is then given as a Ping: the pair makes a Pong too many, which tells the
/// truth that the peer lives.
class Framer {
 public:
  struct NeedMore {}; ///< truncated so far: feed more bytes
  struct Ping {};     ///< CRLFCRLF: answer with CRLF (RFC 5626 section 4.4.1)
  struct Pong {};     ///< CRLF between messages
  struct Frame {
    std::string_view bytes;
  }; ///< one message; the view lives until the next call
  struct Broken {
    int status;
    std::string reason;
    std::string_view head;
  }; ///< the stream cannot be read on; `head` holds the header part if it is whole, for a last answer
  using Event = std::variant<NeedMore, Ping, Pong, Frame, Broken>;

  /// Appends received bytes.
  void feed(std::string_view bytes);
  /// The next event; call until NeedMore. After Broken it stays Broken.
  [[nodiscard]] Event next();
  /// To be called when a ping goes out on this stream: the next CRLF is then its answer, and cannot be the
  /// second half of a ping of the peer.
  void ping_sent() { half_ping_ = false; }

 private:
  Event keepalive();
  Event break_off(int status, const char* reason);
  [[nodiscard]] std::string_view pending() const { return std::string_view(buffer_).substr(begin_); }

  std::string buffer_;
  std::size_t begin_ = 0;    ///< bytes already given away
  std::size_t searched_ = 0; ///< of the pending bytes, how many hold no end of a header; makes byte-wise feeding linear
  std::size_t head_size_ = 0;  ///< of the pending message, 0 while its header is not whole
  std::size_t frame_size_ = 0; ///< header and body
  bool half_ping_ = false;     ///< the event before was a lone CRLF
  int broken_status_ = 0;
  std::string broken_reason_;
};

} // namespace sipveil::sip
