#pragma once

#include "transports/stream.h"

#include <string>

namespace sipveil::test {

/// Reads exactly `count` bytes, or less at an error, which is then the result.
inline asio::awaitable<Result<std::string>> read_exactly(Stream& stream, std::size_t count) {
  std::string bytes;
  char buffer[4096];
  while (bytes.size() < count) {
    auto read = co_await stream.read_some(std::span(buffer, std::min(sizeof buffer, count - bytes.size())));
    if (!read) co_return read.error();
    bytes.append(buffer, *read);
  }
  co_return bytes;
}

/// Writes `text` to a far end that echoes, and reads it back.
inline asio::awaitable<Result<std::string>> echo(Stream& stream, std::string text) {
  auto written = co_await stream.write(text);
  if (!written) co_return written.error();
  co_return co_await read_exactly(stream, text.size());
}

} // namespace sipveil::test
