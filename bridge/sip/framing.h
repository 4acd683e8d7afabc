#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil::sip {

/// Cuts a byte stream into SIP messages and RFC 5626 keepalives (RFC 3261 section 18.3). No sockets: bytes in, frames out.
class Framer {
 public:
  struct NeedMore {};                         ///< truncated so far: feed more bytes
  struct Ping {};                             ///< CRLFCRLF: answer with CRLF (RFC 5626 section 4.4.1)
  struct Pong {};                             ///< CRLF between messages
  struct Frame { std::string_view bytes; };   ///< one message; the view lives until the next call
  struct Broken { int status; std::string reason; std::string_view head; }; ///< the stream cannot be read on; `head` holds the header part if it is whole, for a last answer
  using Event = std::variant<NeedMore, Ping, Pong, Frame, Broken>;

  /// Appends received bytes.
  void feed(std::string_view bytes);
  /// The next event; call until NeedMore. After Broken it stays Broken.
  [[nodiscard]] Event next();
};

} // namespace sipveil::sip
