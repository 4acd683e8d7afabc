#include "transports/http_connect.h"

#include "tests/unit/transports/run.h"
#include "tests/unit/transports/stream_helpers.h"
#include "transports/dial.h"
#include "transports/http_connect_error.h"
#include "transports/listener.h"

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

namespace sipveil {
namespace {

using test::run;
using testing::HasSubstr;

HttpConnectClient client() {
  return HttpConnectClient::create("host.example:5060", std::nullopt).value();
}

/// What comes of a reply that is fed at once; rest of the stream, or nullopt while more is needed.
Result<std::optional<std::string>> feed(HttpConnectClient& machine, std::string_view bytes) {
  auto step = machine.feed(bytes);
  if (!step) return step.error();
  if (auto* connected = std::get_if<HttpConnectClient::Connected>(&*step)) return std::optional(connected->rest);
  return std::optional<std::string>();
}

Errc refused(std::string_view reply) {
  auto machine = client();
  const auto step = feed(machine, reply);
  EXPECT_FALSE(step) << reply;
  return step ? Errc::cancelled : step.error().code;
}

TEST(HttpConnect, AsksForTheTargetByName) {
  EXPECT_EQ(client().start(), "CONNECT host.example:5060 HTTP/1.1\r\nHost: host.example:5060\r\n\r\n");
  const auto isolated = HttpConnectClient::create("a:1", Isolation{"<torS0X>0", "00ff"});
  // RFC 7617: base64 of "tor:<torS0X>0:00ff"
  EXPECT_EQ(isolated->start(),
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nProxy-Authorization: Basic dG9yOjx0b3JTMFg+MDowMGZm\r\n\r\n");
  for (const char* target : {"", "a b:1", "a:1\r\nX: y", "a:1\n"})
    EXPECT_EQ(HttpConnectClient::create(target, std::nullopt).error().code, Errc::invalid);
}

TEST(HttpConnect, ConnectsWhereverTheReplyIsCut) {
  // i2pd 2.45's, and those that RFC 9112 allows as well.
  for (const std::string reply : {"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 16:17:25 GMT\r\n\r\n",
                                  "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 204\r\n\r\n", "HTTP/1.1 200 \nA: b\n\n",
                                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"})
    for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
      auto machine = client();
      const auto first = feed(machine, reply.substr(0, cut));
      ASSERT_TRUE(first) << cut;
      if (cut == reply.size()) {
        EXPECT_EQ(*first, "");
        continue;
      }
      EXPECT_FALSE(*first) << cut;
      const auto second = feed(machine, reply.substr(cut) + "SIP/2.0");
      ASSERT_TRUE(second);
      EXPECT_EQ(*second, "SIP/2.0");
    }
}

TEST(HttpConnect, WhatIsNoReplyIsRefusedAtOnce) {
  for (const char* reply : {"S", "SIP/2.0 200 OK", "HTTP/2.0 ", "HTTP/1.x", "HTTP/1.1200", "HTTP/1.1 2x0",
                            "HTTP/1.1 2000", "HTTP/1.1 099 ", "\x05"})
    EXPECT_EQ(refused(reply), Errc::malformed) << reply;
  std::string endless = "HTTP/1.1 200 OK\r\n";
  while (endless.size() <= 8192)
    endless += "X: y\r\n";
  EXPECT_EQ(refused(endless), Errc::too_large);
  EXPECT_EQ(refused(endless + "\r\n"), Errc::too_large);
}

TEST(HttpConnect, ARefusalSaysWhoFailedByItsStatusLine) {
  EXPECT_EQ(refused("HTTP/1.1 500 Internal Server Error\r"), Errc::offline);
  EXPECT_EQ(refused("HTTP/1.0 407\r\n"), Errc::auth_failed);
  struct Case {
    unsigned status;
    Errc code;
    Fault where;
  };
  for (const auto& expected :
       {Case{301, Errc::refused, Fault::local_service}, Case{400, Errc::unsupported, Fault::local_service},
        Case{403, Errc::refused, Fault::overlay}, Case{404, Errc::offline, Fault::overlay},
        Case{405, Errc::unsupported, Fault::local_service}, Case{407, Errc::auth_failed, Fault::local_service},
        Case{500, Errc::offline, Fault::overlay}, Case{502, Errc::offline, Fault::overlay},
        Case{503, Errc::offline, Fault::overlay}, Case{504, Errc::timed_out, Fault::overlay},
        Case{599, Errc::offline, Fault::overlay}}) {
    const auto error = http_connect_error(expected.status);
    EXPECT_EQ(error.code, expected.code) << expected.status;
    EXPECT_EQ(error.where, expected.where) << expected.status;
    EXPECT_EQ(error.retry, expected.where == Fault::overlay) << expected.status;
  }
}

/// An HTTP proxy that notes the request, replies, and echoes.
class HttpDial : public testing::Test {
 protected:
  asio::awaitable<void> serve(std::shared_ptr<Stream> stream) {
    char byte[1];
    while (!request.ends_with("\r\n\r\n")) {
      const auto count = co_await stream->read_some(byte);
      if (!count) co_return;
      request += byte[0];
    }
    if (closes) co_return;
    const auto written = co_await stream->write(reply);
    if (!written) co_return;
    char buffer[512];
    for (;;) {
      const auto count = co_await stream->read_some(buffer);
      if (!count) co_return;
      const auto echoed = co_await stream->write(std::span(buffer, *count));
      if (!echoed) co_return;
    }
  }

  Result<StreamPtr> dial_to(const std::string& address, DialOptions how) {
    request.clear();
    const auto peer = PeerAddress::parse(address).value();
    return run(io, dial(peer, std::move(how)));
  }
  DialOptions options() const {
    DialOptions how;
    how.via = HttpProxy{proxy->endpoint()};
    how.timeout = 5s;
    return how;
  }

  asio::io_context io;
  std::string request;
  std::string reply = "HTTP/1.1 200 OK\r\n\r\n";
  bool closes = false;
  std::unique_ptr<Listener> proxy =
      std::move(Listener::open(io.get_executor(), *Endpoint::parse_listen("127.0.0.1:0"), {},
                               [this](StreamPtr stream, const std::string&) {
                                 asio::co_spawn(io, serve(std::shared_ptr<Stream>(std::move(stream))), asio::detached);
                               })
                    .value());
};

TEST_F(HttpDial, EveryKindOfPeerGoesByItsName) {
  const std::string b32 = std::string(52, 'a') + ".b32.i2p";
  const std::string onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
  for (const auto& [address, target] :
       {std::pair{"i2p:" + b32, b32 + ":5060"}, std::pair{"tor:" + onion + ":5061", onion + ":5061"},
        std::pair<std::string, std::string>{"tcp:sip.example.invalid:5070", "sip.example.invalid:5070"},
        std::pair<std::string, std::string>{"socks5:[2001:db8::7]:5060", "[2001:db8::7]:5060"}}) {
    auto stream = dial_to(address, options());
    ASSERT_TRUE(stream) << stream.error().text();
    EXPECT_THAT(request, HasSubstr("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"));
    EXPECT_EQ(run(io, test::echo(**stream, "hello")).value(), "hello");
  }
}

TEST_F(HttpDial, EarlyDataFollowsTheReply) {
  reply += "SIP";
  auto how = options();
  how.early_data = "INVITE";
  how.isolation = fresh_isolation();
  auto stream = dial_to("tcp:sip.example.invalid:5070", how);
  ASSERT_TRUE(stream);
  EXPECT_THAT(request, HasSubstr("Proxy-Authorization: Basic dG9yO"));
  EXPECT_EQ(run(io, test::read_exactly(**stream, 9)).value(), "SIPINVITE");
}

TEST_F(HttpDial, FailuresAreNamed) {
  reply = "HTTP/1.0 504 Gateway Timeout\r\n\r\n";
  EXPECT_EQ(dial_to("tcp:a.example:1", options()).error().code, Errc::timed_out);
  reply = "SSH-2.0-OpenSSH";
  EXPECT_EQ(dial_to("tcp:a.example:1", options()).error().where, Fault::local_service);
  closes = true;
  const auto closed = dial_to("tcp:a.example:1", options());
  EXPECT_EQ(closed.error().code, Errc::closed);
  EXPECT_THAT(closed.error().what, HasSubstr("HTTP proxy"));
  closes = false;
  reply.clear();
  auto how = options();
  how.timeout = 50ms;
  EXPECT_EQ(dial_to("tcp:a.example:1", how).error().code, Errc::timed_out);
  how.via = HttpProxy{*Endpoint::parse("unix:/nonexistent/http")};
  EXPECT_EQ(dial_to("tcp:a.example:1", how).error().code, Errc::unreachable);
}

} // namespace
} // namespace sipveil
