#include "transports/dial.h"

#include "transports/connect.h"
#include "transports/socks5.h"
#include "transports/tls_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <array>

namespace sipveil {
namespace {

using Connected = Result<std::unique_ptr<SocketStream>>;

/// How far an attempt has come: whoever is waited for when the deadline passes is the one who was silent.
enum class Stage { proxy, overlay, peer, tls };

struct Attempt {
  PeerAddress peer;
  DialOptions options;
  Stage stage = Stage::peer;
};

Error cancelled() {
  return {Errc::cancelled, Fault::system, "dialling was cancelled", "", false};
}

Error invalid(std::string what, std::string mend) {
  return {Errc::invalid, Fault::configuration, std::move(what), std::move(mend), false};
}

Error timed_out(const Attempt& attempt) {
  const auto seconds = std::chrono::duration<double>(attempt.options.timeout).count();
  const auto after = fmt::format("within {:g} s", seconds);
  switch (attempt.stage) {
  case Stage::proxy:
    return {Errc::timed_out, Fault::local_service,
            fmt::format("the SOCKS proxy at {} did not answer {}", attempt.options.proxy->endpoint.text(), after),
            "Check that this is a SOCKS5 port; `sipveil doctor` says more.", true};
  case Stage::overlay:
    return {Errc::timed_out, Fault::overlay, "the overlay did not reach the peer " + after + ": it is probably offline",
            "If every peer is, `sipveil doctor` tells whether tor is bootstrapped.", true};
  case Stage::peer: return {Errc::timed_out, Fault::peer, "the peer's host did not answer " + after, "", true};
  case Stage::tls:
    return {Errc::timed_out, Fault::peer, "the peer did not complete the TLS handshake " + after, "", true};
  }
  return cancelled();
}

/// Speaks SOCKS5 on a fresh connection to the proxy; on success the stream is that of the target.
asio::awaitable<Result<void>> socks_connect(SocketStream& stream, Socks5Client machine, Stage& stage) {
  std::string output = machine.start();
  // The longest reply has 262 bytes (RFC 1928 section 6); what is read beyond it belongs to the stream and is
  // handed back.
  std::array<char, 512> input{};
  for (;;) {
    if (!output.empty()) {
      auto written = co_await stream.write(output);
      if (!written) co_return written.error();
      output.clear();
    }
    auto count = co_await stream.read_some(input);
    if (!count && count.error().code == Errc::closed)
      co_return Error{Errc::closed, machine.requested() ? Fault::overlay : Fault::local_service,
                      "the SOCKS proxy closed the connection without a reply",
                      "Check that the configured address is a SOCKS5 proxy, and read its log.", true};
    if (!count) co_return count.error();
    auto step = machine.feed({input.data(), *count});
    if (!step) co_return step.error();
    if (auto* send = std::get_if<Socks5Client::Send>(&*step)) output = std::move(send->bytes);
    if (machine.requested()) stage = Stage::overlay;
    if (auto* connected = std::get_if<Socks5Client::Connected>(&*step)) {
      stream.unread(std::move(connected->rest));
      stream.set_far_end(Fault::overlay);
      co_return Result<void>();
    }
  }
}

/// Connects to `target` by the proxy of the options. `early_data` goes with the request.
asio::awaitable<Connected> through_proxy(Attempt& attempt, SocksTarget target, std::string early_data) {
  const SocksProxy& proxy = *attempt.options.proxy;
  attempt.stage = Stage::proxy;
  auto machine =
      Socks5Client::create(std::move(target), attempt.options.isolation, std::move(early_data), proxy.extended_errors);
  if (!machine) co_return machine.error();
  auto stream = co_await connect_local(proxy.endpoint, "the SOCKS proxy",
                                       "Is tor running? Check [tor] socks; `sipveil doctor` says more.");
  if (!stream) co_return stream.error();
  auto done = co_await socks_connect(**stream, std::move(*machine), attempt.stage);
  if (!done) co_return done.error();
  co_return std::move(stream);
}

/// Connects to `target` by the proxy if there is one, with `early_data` on its way afterwards.
asio::awaitable<Connected> connect(Attempt& attempt, const HostPort& target, std::string early_data) {
  if (attempt.options.proxy) co_return co_await through_proxy(attempt, SocksTarget(target), std::move(early_data));
  auto stream = co_await connect_direct(target);
  if (!stream || early_data.empty()) co_return std::move(stream);
  auto written = co_await (*stream)->write(early_data);
  if (!written) co_return written.error();
  co_return std::move(stream);
}

asio::awaitable<Result<StreamPtr>> open(Attempt& attempt, const TlsPeer& peer) {
  auto engine = TlsEngine::client(peer.target, attempt.options.tls_ca_file);
  if (!engine) co_return engine.error();
  // The ClientHello is what can go before the proxy's reply; early_data follows with the end of the
  // handshake.
  auto begun = engine->handshake();
  if (!begun) co_return begun.error();
  auto lower = co_await connect(attempt, peer.target, engine->take_output());
  if (!lower) co_return lower.error();
  attempt.stage = Stage::tls;
  auto stream = std::make_unique<TlsStream>(std::move(*lower), std::move(*engine));
  auto done = co_await stream->handshake(attempt.options.early_data);
  if (!done) co_return done.error();
  co_return StreamPtr(std::move(stream));
}

asio::awaitable<Result<StreamPtr>> open_plain(Attempt& attempt) {
  Connected stream = cancelled();
  if (const auto* tor = std::get_if<TorPeer>(&attempt.peer.value()))
    stream = co_await through_proxy(attempt, SocksTarget(*tor), std::move(attempt.options.early_data));
  else if (const auto* socks = std::get_if<SocksPeer>(&attempt.peer.value()))
    stream = co_await through_proxy(attempt, SocksTarget(socks->target), std::move(attempt.options.early_data));
  else if (const auto* tcp = std::get_if<TcpPeer>(&attempt.peer.value()))
    stream = co_await connect(attempt, tcp->target, std::move(attempt.options.early_data));
  if (!stream) co_return stream.error();
  co_return StreamPtr(std::move(*stream));
}

asio::awaitable<Result<StreamPtr>> open(Attempt& attempt) try {
  if (const auto* tls = std::get_if<TlsPeer>(&attempt.peer.value())) co_return co_await open(attempt, *tls);
  co_return co_await open_plain(attempt);
} catch (const boost::system::system_error&) {
  co_return cancelled(); // the only exception of Asio here: awaiting something after the coroutine was
                         // cancelled
}

/// What must not even be tried. Fail closed: nothing that belongs into an overlay goes out in the clear.
Result<void> check(const Attempt& attempt) {
  const auto& peer = attempt.peer.value();
  if (std::holds_alternative<I2pPeer>(peer))
    return Error{Errc::unsupported, Fault::configuration, "this version of sipveil cannot dial i2p: peers yet",
                 "Give the peer a tor: address.", false};
  const bool needs_proxy = std::holds_alternative<TorPeer>(peer) || std::holds_alternative<SocksPeer>(peer);
  if (needs_proxy && !attempt.options.proxy)
    return invalid("a tor: or socks5: peer can only be dialled through a SOCKS5 proxy",
                   R"(Configure [tor], or `via = "socks:127.0.0.1:9150"` for the [[peer]].)");
  if (attempt.options.isolation && !attempt.options.proxy)
    return invalid("a circuit of its own was asked for a peer that is dialled without a proxy",
                   R"(Set `via = "tor"` for the [[peer]], or `circuit = "shared"` for its routes.)");
  return {};
}

asio::awaitable<Result<StreamPtr>> dial_within(Attempt attempt) {
  using asio::experimental::awaitable_operators::operator||;
  if (auto allowed = check(attempt); !allowed) co_return allowed.error();
  try {
    asio::steady_timer deadline(co_await asio::this_coro::executor, attempt.options.timeout);
    auto first = co_await (open(attempt) || deadline.async_wait(asio::use_awaitable));
    if (first.index() == 1) co_return timed_out(attempt);
    co_return std::move(std::get<0>(first));
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }
}

} // namespace

// By value from here on: the caller's address need not outlive the awaitable.
asio::awaitable<Result<StreamPtr>> dial(const PeerAddress& peer, DialOptions options) {
  return dial_within(Attempt{peer, std::move(options)});
}

} // namespace sipveil
