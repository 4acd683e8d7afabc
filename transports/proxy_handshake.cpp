#include "transports/proxy_handshake.h"

#include <fmt/format.h>

#include <array>

namespace sipveil {
namespace {

// The longest reply of SOCKS5 has 262 bytes (RFC 1928 section 6), that of an HTTP proxy is mostly shorter; what is read
// beyond it belongs to the stream and is handed back.
constexpr std::size_t read_bytes = 512;

Error closed(Fault where, std::string_view proxy) {
  return {Errc::closed, where, fmt::format("the {} proxy closed the connection without a reply", proxy),
          fmt::format("Check that the configured address is such a {} proxy, and read its log.", proxy), true};
}

/// The next piece of the proxy's answer, in `input`.
asio::awaitable<Result<std::string_view>> read(SocketStream& stream, std::span<char> input, Fault where,
                                               std::string_view proxy) {
  auto count = co_await stream.read_some(input);
  if (count) co_return std::string_view(input.data(), *count);
  if (count.error().code == Errc::closed) co_return closed(where, proxy);
  co_return count.error();
}

void hand_over(SocketStream& stream, std::string rest) {
  stream.unread(std::move(rest));
  stream.set_far_end(Fault::overlay);
}

} // namespace

asio::awaitable<Result<void>> socks_handshake(SocketStream& stream, Socks5Client& machine,
                                              const std::function<void()>& requested) {
  std::string output = machine.start();
  std::array<char, read_bytes> input{};
  for (;;) {
    if (!output.empty()) {
      auto written = co_await stream.write(output);
      if (!written) co_return written.error();
      output.clear();
    }
    auto piece = co_await read(stream, input, machine.requested() ? Fault::overlay : Fault::local_service, "SOCKS");
    if (!piece) co_return piece.error();
    auto step = machine.feed(*piece);
    if (!step) co_return step.error();
    if (auto* send = std::get_if<Socks5Client::Send>(&*step)) output = std::move(send->bytes);
    if (machine.requested()) requested();
    if (auto* connected = std::get_if<Socks5Client::Connected>(&*step)) {
      hand_over(stream, std::move(connected->rest));
      co_return Result<void>();
    }
  }
}

asio::awaitable<Result<void>> http_handshake(SocketStream& stream, HttpConnectClient& machine,
                                             const std::string& early_data, const std::function<void()>& requested) {
  auto written = co_await stream.write(machine.start());
  if (!written) co_return written.error();
  requested();
  std::array<char, read_bytes> input{};
  for (;;) {
    auto piece = co_await read(stream, input, Fault::overlay, "HTTP");
    if (!piece) co_return piece.error();
    auto step = machine.feed(*piece);
    if (!step) co_return step.error();
    auto* connected = std::get_if<HttpConnectClient::Connected>(&*step);
    if (connected == nullptr) continue;
    hand_over(stream, std::move(connected->rest));
    if (early_data.empty()) co_return Result<void>();
    co_return co_await stream.write(early_data);
  }
}

} // namespace sipveil
