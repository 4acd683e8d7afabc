#include "transports/dial.h"

#include "tests/unit/transports/fake_socks_proxy.h"
#include "tests/unit/transports/run.h"
#include "tests/unit/transports/stream_helpers.h"
#include "transports/listener.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <unistd.h>

namespace sipveil {
namespace {

using test::FakeSocksProxy;
using test::run;
using test::run_until;
using testing::HasSubstr;
using Step = FakeSocksProxy::Step;

const std::string onion_host = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

PeerAddress peer(const std::string& text) {
  return PeerAddress::parse(text).value();
}
PeerAddress tor_peer() {
  return peer("tor:" + onion_host + ":5060");
}

/// A port of 127.0.0.1 where nobody listens.
std::uint16_t closed_port() {
  asio::io_context io;
  const auto listener = Listener::open(io.get_executor(), *Endpoint::parse_listen("127.0.0.1:0"), {},
                                       [](StreamPtr, const std::string&) {});
  return listener.value()->endpoint().host_port().port();
}

class Dial : public testing::Test {
 protected:
  DialOptions options() const { return {SocksProxy{proxy.endpoint()}, fresh_isolation(), 5s, "", std::nullopt}; }
  Result<StreamPtr> dial_tor(DialOptions how) { return run(io, dial(tor_peer(), std::move(how))); }

  asio::io_context io;
  FakeSocksProxy proxy{io};
};

TEST_F(Dial, ReachesAnOnionByItsName) {
  auto stream = dial_tor(options());
  ASSERT_TRUE(stream) << stream.error().text();
  ASSERT_EQ(proxy.calls().size(), 1U);
  EXPECT_EQ(proxy.calls()[0].address_type, 3);
  EXPECT_EQ(proxy.calls()[0].host, onion_host);
  EXPECT_EQ(proxy.calls()[0].port, 5060);
  EXPECT_EQ(proxy.calls()[0].user, "<torS0X>0");
  EXPECT_EQ(run(io, test::echo(**stream, "hello")).value(), "hello");
}

TEST_F(Dial, EachCallHasItsOwnCredential) {
  // The proxy itself checks that none comes twice.
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(dial_tor(options()));
  EXPECT_EQ(proxy.calls().size(), 5U);
}

TEST_F(Dial, TheFakeNoticesACredentialThatIsUsedTwice) {
  const auto how = options();
  ASSERT_TRUE(dial_tor(how));
  ASSERT_TRUE(dial_tor(how));
  EXPECT_THAT(proxy.take_violations(), testing::ElementsAre("a credential was used twice"));
}

TEST_F(Dial, TheFakeNoticesMissingIsolation) {
  auto how = options();
  how.isolation.reset();
  ASSERT_TRUE(dial_tor(how));
  EXPECT_THAT(proxy.take_violations(), testing::ElementsAre("no user/password was offered"));
}

TEST_F(Dial, NamesAreResolvedByNobodyHere) {
  ASSERT_TRUE(run(io, dial(peer("socks5:sip.example.invalid:5060"), options())));
  ASSERT_TRUE(run(io, dial(peer("tcp:sip.example.invalid:5070"), options())));
  ASSERT_EQ(proxy.calls().size(), 2U);
  for (const auto& call : proxy.calls()) {
    EXPECT_EQ(call.address_type, 3);
    EXPECT_EQ(call.host, "sip.example.invalid");
  }
}

TEST_F(Dial, NumericTargetsGoAsAddresses) {
  ASSERT_TRUE(run(io, dial(peer("socks5:192.0.2.7:5060"), options())));
  ASSERT_TRUE(run(io, dial(peer("socks5:[2001:db8::7]:5060"), options())));
  EXPECT_EQ(proxy.calls().at(0).address_type, 1);
  EXPECT_EQ(proxy.calls().at(1).address_type, 4);
  EXPECT_EQ(proxy.calls().at(1).host, "2001:db8::7");
}

TEST_F(Dial, EarlyDataArrivesBeforeTheReply) {
  proxy.behaviour().early_bytes = 6; // the proxy does not reply before it has them
  auto how = options();
  how.early_data = "INVITE";
  auto stream = dial_tor(how);
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(proxy.calls().at(0).early_data, "INVITE");
  EXPECT_EQ(run(io, test::read_exactly(**stream, 6)).value(), "INVITE");
}

TEST_F(Dial, BytesBehindTheReplyBelongToTheStream) {
  proxy.behaviour().stream_head = "SIP/2.0 200 OK\r\n";
  proxy.behaviour().bound_name = "bound.example";
  auto stream = dial_tor(options());
  ASSERT_TRUE(stream);
  EXPECT_EQ(run(io, test::read_exactly(**stream, 4)).value(), "SIP/");
  EXPECT_EQ(run(io, test::read_exactly(**stream, 12)).value(), "2.0 200 OK\r\n");
  EXPECT_EQ(run(io, test::echo(**stream, "more")).value(), "more");
}

TEST_F(Dial, AnswersMayComeByteByByte) {
  proxy.behaviour().split = true;
  EXPECT_TRUE(dial_tor(options()));
}

TEST_F(Dial, AProxyMayListenOnAUnixSocket) {
  const std::string path = testing::TempDir() + "sipveil-socks-" + std::to_string(::getpid());
  {
    const FakeSocksProxy unix_proxy(io, path);
    auto how = options();
    how.via = SocksProxy{unix_proxy.endpoint()};
    auto stream = dial_tor(how);
    ASSERT_TRUE(stream) << stream.error().text();
    EXPECT_EQ(run(io, test::echo(**stream, "hello")).value(), "hello");
  }
  ::unlink(path.c_str());
}

struct Failure {
  Step step;
  Errc code;
  Fault where;
};

TEST_F(Dial, AProxyThatClosesIsNamed) {
  for (const auto& failure :
       {Failure{Step::method, Errc::closed, Fault::local_service},
        Failure{Step::auth, Errc::closed, Fault::local_service}, Failure{Step::reply, Errc::closed, Fault::overlay}}) {
    proxy.behaviour() = {};
    proxy.behaviour().close_at = failure.step;
    const auto stream = dial_tor(options());
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, failure.code) << stream.error().text();
    EXPECT_EQ(stream.error().where, failure.where) << stream.error().text();
  }
}

TEST_F(Dial, WhatIsNoSocksProxyIsNamed) {
  for (const auto step : {Step::method, Step::auth, Step::reply}) {
    proxy.behaviour() = {};
    proxy.behaviour().garbage_at = step;
    const auto stream = dial_tor(options());
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Errc::malformed);
    EXPECT_EQ(stream.error().where, Fault::local_service);
  }
}

TEST_F(Dial, SilenceEndsAtTheDeadlineAndClosesTheConnection) {
  for (const auto& failure : {Failure{Step::method, Errc::timed_out, Fault::local_service},
                              Failure{Step::auth, Errc::timed_out, Fault::local_service},
                              Failure{Step::reply, Errc::timed_out, Fault::overlay}}) {
    proxy.behaviour() = {};
    proxy.behaviour().silent_at = failure.step;
    auto how = options();
    how.timeout = 50ms;
    const auto begin = std::chrono::steady_clock::now();
    const auto stream = dial_tor(how);
    ASSERT_FALSE(stream);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
    EXPECT_EQ(stream.error().code, failure.code);
    EXPECT_EQ(stream.error().where, failure.where) << stream.error().text();
    EXPECT_TRUE(stream.error().retry);
    EXPECT_THAT(stream.error().what, HasSubstr("within 0.05 s"));
    run_until(io, [&] { return proxy.open_connections() == 0; });
  }
}

TEST_F(Dial, ARefusalSaysWhy) {
  proxy.behaviour().reply = 0xf4;
  EXPECT_EQ(dial_tor(options()).error().code, Errc::forbidden);
  proxy.behaviour().reply = 0xf0;
  EXPECT_EQ(dial_tor(options()).error().code, Errc::unknown_peer);
  auto how = options();
  std::get<SocksProxy>(how.via).extended_errors = false;
  EXPECT_EQ(dial_tor(how).error().code, Errc::malformed);
  proxy.behaviour() = {};
  proxy.behaviour().no_acceptable_method = true;
  EXPECT_EQ(dial_tor(options()).error().code, Errc::unsupported);
  proxy.behaviour() = {};
  proxy.behaviour().refuse_credentials = true;
  EXPECT_EQ(dial_tor(options()).error().code, Errc::auth_failed);
  run_until(io, [&] { return proxy.open_connections() == 0; });
}

TEST_F(Dial, AProxyThatDoesNotRunIsNamedWithItsAddress) {
  auto how = options();
  const auto nobody = *Endpoint::parse("127.0.0.1:" + std::to_string(closed_port()));
  how.via = SocksProxy{nobody};
  auto stream = dial_tor(how);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::unreachable);
  EXPECT_EQ(stream.error().where, Fault::local_service);
  EXPECT_THAT(stream.error().what, HasSubstr(nobody.text()));
  EXPECT_THAT(stream.error().mend, HasSubstr("sipveil doctor"));
  how.via = SocksProxy{*Endpoint::parse("unix:/nonexistent/socks")};
  EXPECT_EQ(dial_tor(how).error().code, Errc::unreachable);
}

TEST_F(Dial, FailsClosedWithoutAProxy) {
  auto how = options();
  how.via = NoProxy{};
  for (const auto& text : {"tor:" + onion_host + ":5060", std::string("socks5:127.0.0.1:5060")}) {
    const auto stream = run(io, dial(peer(text), how));
    ASSERT_FALSE(stream) << text;
    EXPECT_EQ(stream.error().code, Errc::invalid);
    EXPECT_EQ(stream.error().where, Fault::configuration);
  }
  // An isolation that nothing provides is refused rather than ignored.
  EXPECT_EQ(run(io, dial(peer("tcp:127.0.0.1:5060"), how)).error().code, Errc::invalid);
  const auto i2p = run(io, dial(peer("i2p:" + std::string(52, 'a') + ".b32.i2p"), options()));
  ASSERT_FALSE(i2p);
  EXPECT_EQ(i2p.error().code, Errc::invalid);
  EXPECT_TRUE(proxy.calls().empty());
}

TEST_F(Dial, CancellingTheCallerClosesEverything) {
  for (const auto step : {Step::method, Step::auth, Step::reply}) {
    proxy.behaviour().silent_at = step;
    asio::cancellation_signal stop;
    std::optional<Result<StreamPtr>> stream;
    asio::co_spawn(io, dial(tor_peer(), options()),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, Result<StreamPtr> result) {
                     EXPECT_FALSE(thrown);
                     stream.emplace(std::move(result));
                   }));
    run_until(io, [&] { return proxy.open_connections() == 1; });
    EXPECT_FALSE(stream);
    stop.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return stream.has_value(); });
    ASSERT_FALSE(*stream);
    EXPECT_EQ(stream->error().code, Errc::cancelled);
    run_until(io, [&] { return proxy.open_connections() == 0; });
  }
}

/// Cancels after every number of handlers that a dial takes: between any two awaits, and with results on
/// their way.
TEST_F(Dial, CancellingAtAnyMomentGivesAStreamOrAnErrorAndNeverThrows) {
  bool completed = false;
  for (int moment = 1; !completed; ++moment) {
    ASSERT_LT(moment, 1000);
    asio::cancellation_signal stop;
    std::optional<Result<StreamPtr>> stream;
    auto how = options();
    how.early_data = "early";
    asio::co_spawn(io, dial(tor_peer(), how),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, Result<StreamPtr> result) {
                     EXPECT_FALSE(thrown);
                     stream.emplace(std::move(result));
                   }));
    for (int i = 0; i < moment && !stream; ++i)
      io.run_one_for(test::patience);
    completed = stream.has_value();
    stop.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return stream.has_value(); });
    EXPECT_TRUE(*stream || (!completed && stream->error().code == Errc::cancelled)) << moment;
    stream.reset();
    run_until(io, [&] { return proxy.open_connections() == 0; });
  }
}

TEST_F(Dial, AKilledProxyEndsTheStream) {
  auto stream = dial_tor(options());
  ASSERT_TRUE(stream);
  proxy.drop_all();
  const auto read = run(io, test::read_exactly(**stream, 1));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::closed);
  EXPECT_EQ(read.error().where, Fault::overlay);
}

TEST_F(Dial, TheFakeRoutesToALoopbackPort) {
  std::vector<StreamPtr> accepted;
  const auto listener =
      Listener::open(io.get_executor(), *Endpoint::parse_listen("127.0.0.1:0"), {},
                     [&](StreamPtr stream, const std::string&) { accepted.push_back(std::move(stream)); });
  ASSERT_TRUE(listener);
  proxy.behaviour().route = [&](const std::string&, std::uint16_t) {
    return (*listener)->endpoint().host_port().port();
  };
  auto how = options();
  how.early_data = "early";
  auto stream = dial_tor(how);
  ASSERT_TRUE(stream);
  run_until(io, [&] { return accepted.size() == 1; });
  EXPECT_EQ(run(io, test::read_exactly(*accepted[0], 5)).value(), "early");
  ASSERT_TRUE(run(io, accepted[0]->write(std::string_view("back"))));
  EXPECT_EQ(run(io, test::read_exactly(**stream, 4)).value(), "back");
}

class DialDirect : public testing::Test {
 protected:
  DialOptions options() const { return {NoProxy{}, std::nullopt, 5s, "early", std::nullopt}; }

  asio::io_context io;
};

TEST_F(DialDirect, ReachesAddressesAndNames) {
  std::vector<StreamPtr> accepted;
  const auto listener =
      Listener::open(io.get_executor(), *Endpoint::parse_listen("127.0.0.1:0"), {},
                     [&](StreamPtr stream, const std::string&) { accepted.push_back(std::move(stream)); });
  ASSERT_TRUE(listener);
  const auto port = std::to_string((*listener)->endpoint().host_port().port());
  // localhost may lead to [::1] first, where nobody listens: the next address is tried.
  for (const char* host : {"127.0.0.1", "localhost"}) {
    accepted.clear();
    auto stream = run(io, dial(peer(fmt::format("tcp:{}:{}", host, port)), options()));
    ASSERT_TRUE(stream) << stream.error().text();
    run_until(io, [&] { return accepted.size() == 1; });
    EXPECT_EQ(run(io, test::read_exactly(*accepted[0], 5)).value(), "early");
  }
}

TEST_F(DialDirect, ARefusingHostIsNamed) {
  const auto stream = run(io, dial(peer("tcp:127.0.0.1:" + std::to_string(closed_port())), options()));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::refused);
  EXPECT_EQ(stream.error().where, Fault::peer);
}

} // namespace
} // namespace sipveil
