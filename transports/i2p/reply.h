#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sipveil::i2p {

/// One line that the router sends (SAM v3 specification), for example:
///
///     HELLO REPLY RESULT=OK VERSION=3.1
///     SESSION STATUS RESULT=I2P_ERROR MESSAGE="Unknown STYLE"
///     STREAM STATUS RESULT=CANT_REACH_PEER
///     DEST REPLY PUB=... PRIV=...
///
/// Owns the line and, like it, cannot be printed.
class Reply {
 public:
  enum class Kind : std::uint8_t {
    hello,   ///< HELLO REPLY
    session, ///< SESSION STATUS
    stream,  ///< STREAM STATUS
    dest,    ///< DEST REPLY
    naming,  ///< NAMING REPLY
    ping,    ///< PING, to be answered with PONG and the same text
    pong,
  };

  /// Values may stand in double quotes, within which a backslash quotes the next character. Errors: malformed for an
  /// unknown kind, a field without a key, a key that comes twice, more than 32 fields, quotes that do not end.
  [[nodiscard]] static Result<Reply> parse(SecretBytes line);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::optional<std::string_view> value(std::string_view key) const; ///< lives as long as this
  [[nodiscard]] std::string_view result() const { return value("RESULT").value_or(""); }
  [[nodiscard]] bool ok() const { return result() == "OK"; }
  [[nodiscard]] std::string_view text() const { return text_; } ///< of PING and PONG: what follows the word

 private:
  struct Field {
    std::string_view key;
    std::string_view value;
  };
  Reply(SecretBytes line, Kind kind) : line_(std::move(line)), kind_(kind) {}
  Result<void> read_fields(std::size_t from);

  SecretBytes line_;
  Kind kind_;
  std::string_view text_;
  std::vector<Field> fields_;
};

} // namespace sipveil::i2p
