#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace sipveil::control {

/// One line of a reply, without its status code, separator and line end.
struct ReplyLine {
  unsigned status = 0;             ///< 200-699
  std::string text;                ///< what follows the separator
  std::optional<std::string> data; ///< of a "250+" line: its data block, each line ended by '\n', dots unstuffed
};

/// One complete answer or event of the control port (control-spec section 2.3).
struct Reply {
  std::vector<ReplyLine> lines; ///< never empty in what ReplyParser hands out

  /// The status of the last line, which decides for all of them.
  [[nodiscard]] unsigned status() const { return lines.empty() ? 0 : lines.back().status; }
  /// 2yz: the command was carried out (control-spec section 4).
  [[nodiscard]] bool ok() const { return status() / 100 == 2; }
  /// 6yz: not an answer to a command.
  [[nodiscard]] bool is_event() const { return status() / 100 == 6; }
};

/// The error for a reply that refuses a command. `command` is its name alone. Of tor's own text only what
/// stands ahead of a quotation mark is used: tor quotes what it was sent, which can be an address or a key.
/// Errors: unsupported (510, 511), auth_failed (514, 515), refused (550, 551), invalid (every other).
[[nodiscard]] Error refusal(std::string_view command, const Reply& reply);

/// The error for a reply that does not have the form that the command's answer has.
[[nodiscard]] Error unexpected_reply(std::string_view command);

} // namespace sipveil::control
