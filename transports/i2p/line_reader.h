#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace sipveil::i2p {

/// Cuts what SAM sends into lines. Every line is a SecretBytes, since any may hold a private key (SESSION STATUS, DEST
/// REPLY): it is received into memory that is zeroed, and zeroed where it was once it is taken.
class LineReader {
 public:
  /// Of a line without its end. i2pd's own buffer has as much; the longest that we await, DEST REPLY of Ed25519, has
  /// 1,450, and the destination of the longest signing key there is about 3,900.
  static constexpr std::size_t max_line = 8192;

  LineReader() : buffer_(max_line + 1) {}

  /// Where the next bytes received go; never empty unless line() has said too_large.
  [[nodiscard]] std::span<char> room();
  void received(std::size_t count); ///< so many of them have come

  /// The first line, without its LF or CRLF; nullopt: truncated so far. Errors: too_large; malformed for a control
  /// character.
  [[nodiscard]] Result<std::optional<SecretBytes>> line();

  /// What came behind the last line: the stream's own bytes. To be asked for once.
  [[nodiscard]] std::string rest();

 private:
  SecretBytes buffer_;
  std::size_t used_ = 0;
};

} // namespace sipveil::i2p
