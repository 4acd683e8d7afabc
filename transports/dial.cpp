#include "transports/dial.h"

#include "transports/connect.h"
#include "transports/i2p/sessions.h"
#include "transports/proxy_handshake.h"
#include "transports/tls_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <functional>

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

Error silent_proxy(const DialVia& via, const std::string& after) {
  const auto* http = std::get_if<HttpProxy>(&via);
  const std::string_view kind = http != nullptr ? "HTTP" : "SOCKS";
  const Endpoint& endpoint = http != nullptr ? http->endpoint : std::get<SocksProxy>(via).endpoint;
  return {Errc::timed_out, Fault::local_service,
          fmt::format("the {} proxy at {} did not answer {}", kind, endpoint.text(), after),
          fmt::format("Check that this is the port of a {} proxy; `sipveil doctor` says more.", kind), true};
}

Error timed_out(const Attempt& attempt) {
  const auto seconds = std::chrono::duration<double>(attempt.options.timeout).count();
  const auto after = fmt::format("within {:g} s", seconds);
  switch (attempt.stage) {
  case Stage::proxy: return silent_proxy(attempt.options.via, after);
  case Stage::overlay:
    return {Errc::timed_out, Fault::overlay, "the overlay did not reach the peer " + after + ": it is probably offline",
            "If every peer is, `sipveil doctor` tells whether tor or the I2P router is connected.", true};
  case Stage::peer: return {Errc::timed_out, Fault::peer, "the peer's host did not answer " + after, "", true};
  case Stage::tls:
    return {Errc::timed_out, Fault::peer, "the peer did not complete the TLS handshake " + after, "", true};
  }
  return cancelled();
}

/// What a proxy is asked to connect to. A name goes as a name.
using ProxyTarget = std::variant<TorPeer, I2pPeer, HostPort>;

// I2P has ports too, which i2pd's HTTP proxy insists on and which our own destinations ignore.
constexpr std::string_view i2p_port = ":5060";

std::string authority(const ProxyTarget& target) {
  if (const auto* tor = std::get_if<TorPeer>(&target)) return fmt::format("{}:{}", tor->onion.host(), tor->port);
  if (const auto* i2p = std::get_if<I2pPeer>(&target)) return i2p->destination.host() + std::string(i2p_port);
  return std::get<HostPort>(target).text();
}

asio::awaitable<Connected> through_socks(Attempt& attempt, SocksTarget target, std::string early_data) {
  const auto& proxy = std::get<SocksProxy>(attempt.options.via);
  auto machine =
      Socks5Client::create(std::move(target), attempt.options.isolation, std::move(early_data), proxy.extended_errors);
  if (!machine) co_return machine.error();
  auto stream = co_await connect_local(proxy.endpoint, "the SOCKS proxy",
                                       "Is tor running? Check [tor] socks; `sipveil doctor` says more.");
  if (!stream) co_return stream.error();
  const std::function<void()> requested = [&attempt] { attempt.stage = Stage::overlay; };
  auto done = co_await socks_handshake(**stream, *machine, requested);
  if (!done) co_return done.error();
  co_return std::move(stream);
}

asio::awaitable<Connected> through_http(Attempt& attempt, std::string target, std::string early_data) {
  const auto& proxy = std::get<HttpProxy>(attempt.options.via);
  auto machine = HttpConnectClient::create(std::move(target), attempt.options.isolation);
  if (!machine) co_return machine.error();
  auto stream = co_await connect_local(proxy.endpoint, "the HTTP proxy",
                                       "Is it running? Check `via` of the [[peer]]; `sipveil doctor` says more.");
  if (!stream) co_return stream.error();
  const std::function<void()> requested = [&attempt] { attempt.stage = Stage::overlay; };
  auto done = co_await http_handshake(**stream, *machine, early_data, requested);
  if (!done) co_return done.error();
  co_return std::move(stream);
}

/// Connects to `target` by the proxy of the options, with `early_data` on its way afterwards.
asio::awaitable<Connected> through_proxy(Attempt& attempt, ProxyTarget target, std::string early_data) {
  attempt.stage = Stage::proxy;
  if (std::holds_alternative<HttpProxy>(attempt.options.via))
    co_return co_await through_http(attempt, authority(target), std::move(early_data));
  if (const auto* tor = std::get_if<TorPeer>(&target))
    co_return co_await through_socks(attempt, SocksTarget(*tor), std::move(early_data));
  co_return co_await through_socks(attempt, SocksTarget(std::get<HostPort>(target)), std::move(early_data));
}

/// Connects to `target` by the proxy if there is one, with `early_data` on its way afterwards.
asio::awaitable<Connected> connect(Attempt& attempt, const HostPort& target, std::string early_data) {
  if (!std::holds_alternative<NoProxy>(attempt.options.via))
    co_return co_await through_proxy(attempt, target, std::move(early_data));
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
  auto& early_data = attempt.options.early_data;
  const auto& peer = attempt.peer.value();
  const auto* i2p = std::get_if<I2pPeer>(&peer);
  if (const auto* sessions = std::get_if<I2pSessions>(&attempt.options.via); sessions != nullptr && i2p != nullptr) {
    attempt.stage = Stage::overlay;
    co_return co_await (*sessions)->connect(i2p->destination, attempt.options.isolation, std::move(early_data));
  }
  Connected stream = cancelled();
  if (i2p != nullptr)
    stream = co_await through_proxy(attempt, *i2p, std::move(early_data));
  else if (const auto* tor = std::get_if<TorPeer>(&peer))
    stream = co_await through_proxy(attempt, *tor, std::move(early_data));
  else if (const auto* socks = std::get_if<SocksPeer>(&peer))
    stream = co_await through_proxy(attempt, socks->target, std::move(early_data));
  else if (const auto* tcp = std::get_if<TcpPeer>(&peer))
    stream = co_await connect(attempt, tcp->target, std::move(early_data));
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
  const auto& via = attempt.options.via;
  const bool direct = std::holds_alternative<NoProxy>(via);
  const bool by_sessions = std::holds_alternative<I2pSessions>(via);
  if (std::holds_alternative<I2pPeer>(peer) ? !by_sessions && !std::holds_alternative<HttpProxy>(via) : by_sessions)
    return invalid("an i2p: peer can only be dialled through an I2P router or its HTTP proxy, and no other peer can",
                   R"(Configure [i2p], or `via = "http:127.0.0.1:4444"` for the [[peer]].)");
  const bool needs_proxy = std::holds_alternative<TorPeer>(peer) || std::holds_alternative<SocksPeer>(peer);
  if (needs_proxy && direct)
    return invalid("a tor: or socks5: peer can only be dialled through a proxy",
                   R"(Configure [tor], or `via = "socks:127.0.0.1:9150"` for the [[peer]].)");
  if (attempt.options.isolation && direct)
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
