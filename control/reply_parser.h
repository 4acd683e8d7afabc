#pragma once

#include "control/reply.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::control {

/// Cuts the bytes of a control connection into replies (control-spec section 2.3). Bytes in, replies out, no
/// I/O.
///
///     250-version=0.4.9.11            mid line, more follow
///     250+circuit-status=             data line; a block follows, each line that begins with a dot has one
///     more 3 BUILT $AAAA~guard,$BBBB~middle .                               end of the block 250 OK end
///     line, the reply is complete 650 CIRC 4 LAUNCHED             an event; never amid the lines of a reply
class ReplyParser {
 public:
  /// PROTOCOLINFO names the cookie file: PATH_MAX (4096) bytes, each of which can be escaped as four
  /// characters. Twice that leaves room for the rest of the line.
  static constexpr std::size_t longest_line = std::size_t{32} * 1024;
  /// The replies that we ask for have ten lines; ADD_ONION repeats one for every authorized client.
  static constexpr std::size_t most_lines = 1024;
  /// `GETINFO circuit-status` takes about 1 KiB a circuit; this is 4000 circuits, far above what a tor client
  /// keeps.
  static constexpr std::size_t largest_reply = std::size_t{4} * 1024 * 1024;

  /// Takes what was read, in pieces of any size.
  void push(std::string_view bytes);

  /// The next complete reply; nullopt when more bytes are needed. After an error the connection is of no use
  /// and every later call gives the same error. Errors: malformed, too_large.
  [[nodiscard]] Result<std::optional<Reply>> next();

  /// True when the bytes so far end inside a reply: an end of the stream here is a truncation.
  [[nodiscard]] bool mid_reply() const { return !reply_.lines.empty() || start_ < buffer_.size(); }

 private:
  [[nodiscard]] std::optional<std::string_view> take_line();
  [[nodiscard]] std::optional<Error> take_reply_line(std::string_view line);
  void take_data_line(std::string_view line);
  [[nodiscard]] Error fail(Errc code, std::string what);

  std::string buffer_;
  std::size_t start_ = 0;   ///< first byte that no line was made of
  std::size_t scanned_ = 0; ///< no line end before this one, so no byte is searched twice
  Reply reply_;
  std::size_t reply_size_ = 0;
  bool in_data_ = false;
  bool complete_ = false;
  std::optional<Error> failed_;
};

} // namespace sipveil::control
