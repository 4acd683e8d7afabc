#include "bridge/doctor/ping_talk.h"

#include "bridge/doctor/within.h"

#include <fmt/format.h>

#include <array>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

/// RFC 5626 section 4.4.1: who has not answered a ping in 10 s is gone.
constexpr Duration pong_patience = 10s;

Error no_pong() {
  return {Errc::timed_out, Fault::peer, "the stream is open, but nobody answered a ping within 10 s",
          "If the peer is a plain SIP server, write keepalive = false for it; else ask it whether its sipveil runs.",
          true};
}

/// CRLFCRLF, and back comes CRLF.
asio::awaitable<Result<void>> ping(Stream& stream) {
  constexpr std::string_view question = "\r\n\r\n";
  if (const auto written = co_await stream.write(question); !written) co_return written.error();
  std::array<char, 2> answer{};
  std::size_t received = 0;
  while (received < answer.size()) {
    const auto count = co_await stream.read_some(std::span(answer).subspan(received));
    if (!count) co_return count.error();
    received += *count;
  }
  if (answer != std::array{'\r', '\n'})
    co_return Error{Errc::malformed, Fault::peer, "what listens there does not speak SIP over a stream", "", false};
  co_return Result<void>{};
}

} // namespace

PeerTalk report_on(bool pings) {
  return [pings, start = std::chrono::steady_clock::now()](Stream& stream) -> asio::awaitable<Result<std::string>> {
    const auto opened = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    if (pings) {
      if (const auto answered = co_await within(pong_patience, ping(stream), no_pong()); !answered)
        co_return answered.error();
    }
    co_return fmt::format("reached in {} ms{}", opened.count(), pings ? ", answers pings" : "");
  };
}

} // namespace sipveil::doctor
