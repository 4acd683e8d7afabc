#include "tests/unit/transports/fake_socks_proxy.h"
#include "tests/unit/transports/run.h"
#include "tests/unit/transports/stream_helpers.h"
#include "tests/unit/transports/tls_echo_server.h"
#include "transports/dial.h"
#include "transports/listener.h"

#include <gmock/gmock.h>

#include <fstream>
#include <unistd.h>

namespace sipveil {
namespace {

using test::run;
using test::run_until;
using test::Subject;
using test::TlsEchoServer;
using testing::HasSubstr;

const std::string name = "sip.example.org";
const Subject good{"DNS:sip.example.org,IP:127.0.0.1"};

/// A server reached by way of a proxy, since no resolver knows its name.
class Tls : public testing::Test {
 protected:
  Tls() {
    std::ofstream(ca_file) << authority.pem();
    proxy.behaviour().route = [this](const std::string&, std::uint16_t) { return port; };
  }
  void TearDown() override { ::unlink(ca_file.c_str()); }

  Result<StreamPtr> connect(const TlsEchoServer& server, const std::string& host = name, std::string early_data = "") {
    port = server.port();
    return run(io, dial(PeerAddress::parse("tls:" + host + ":5061").value(),
                        {SocksProxy{proxy.endpoint()}, fresh_isolation(), 5s, std::move(early_data), ca_file}));
  }

  void expect_untrusted(const Result<StreamPtr>& stream, const std::string& reason) {
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Errc::untrusted) << stream.error().text();
    EXPECT_EQ(stream.error().where, Fault::peer);
    EXPECT_THAT(stream.error().what, HasSubstr(reason));
  }

  asio::io_context io;
  test::FakeSocksProxy proxy{io};
  test::CertificateAuthority authority;
  std::string ca_file = testing::TempDir() + "sipveil-ca-" + std::to_string(::getpid());
  std::uint16_t port = 0;
};

TEST_F(Tls, TheRightNameIsAccepted) {
  const TlsEchoServer server(io, authority.issue(good));
  auto stream = connect(server);
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(run(io, test::echo(**stream, "hello")).value(), "hello");
  EXPECT_EQ(server.server_name(), name);
}

TEST_F(Tls, AnAddressIsCheckedAsOneAndSendsNoName) {
  const TlsEchoServer server(io, authority.issue(good));
  auto stream = connect(server, "127.0.0.1");
  ASSERT_TRUE(stream) << stream.error().text();
  run_until(io, [&] { return server.handshakes() == 1; });
  EXPECT_EQ(server.server_name(), "");
  expect_untrusted(connect(server, "127.0.0.2"), "IP address mismatch");
}

TEST_F(Tls, DirectlyToo) {
  const TlsEchoServer server(io, authority.issue(good));
  auto stream = run(io, dial(PeerAddress::parse("tls:127.0.0.1:" + std::to_string(server.port())).value(),
                             {NoProxy{}, std::nullopt, 5s, "early", ca_file}));
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(run(io, test::read_exactly(**stream, 5)).value(), "early");
}

TEST_F(Tls, TheWrongNameIsRefused) {
  const TlsEchoServer server(io, authority.issue({"DNS:other.example.org"}));
  expect_untrusted(connect(server), "hostname mismatch");
  const TlsEchoServer partial(io, authority.issue({"DNS:si*.example.org"}));
  expect_untrusted(connect(partial), "hostname mismatch");
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
  const TlsEchoServer server(io, authority.issue({good.alternative_name, -2, -1}));
  expect_untrusted(connect(server), "has expired");
}

TEST_F(Tls, ACertificateOfTheFutureIsRefused) {
  const TlsEchoServer server(io, authority.issue({good.alternative_name, 1, 2}));
  expect_untrusted(connect(server), "not yet valid");
}

TEST_F(Tls, ASelfSignedCertificateIsRefused) {
  const TlsEchoServer server(io, test::CertificateAuthority::self_signed(good));
  expect_untrusted(connect(server), "self-signed");
  run_until(io, [&] { return proxy.open_connections() == 0; });
  EXPECT_EQ(server.handshakes(), 0U);
}

TEST_F(Tls, AnotherAuthorityIsRefused) {
  const test::CertificateAuthority other;
  const TlsEchoServer server(io, other.issue(good));
  const auto stream = connect(server);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::untrusted);
}

TEST_F(Tls, OldVersionsAreRefused) {
  TlsEchoServer server(io, authority.issue(good));
  SSL_CTX_set_security_level(server.context().native_handle(), 0);
  SSL_CTX_set_max_proto_version(server.context().native_handle(), TLS1_1_VERSION);
  const auto stream = connect(server);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::unsupported) << stream.error().text();
}

TEST_F(Tls, Version12IsStillSpoken) {
  TlsEchoServer server(io, authority.issue(good));
  SSL_CTX_set_max_proto_version(server.context().native_handle(), TLS1_2_VERSION);
  auto stream = connect(server, name, "early");
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(run(io, test::read_exactly(**stream, 5)).value(), "early");
}

TEST_F(Tls, EarlyDataNeverLeavesInTheClear) {
  const TlsEchoServer server(io, authority.issue(good));
  proxy.behaviour().early_bytes = 1; // the ClientHello goes before the reply
  auto stream = connect(server, name, "INVITE");
  ASSERT_TRUE(stream);
  EXPECT_THAT(proxy.calls().at(0).early_data, testing::StartsWith("\x16\x03\x01"));
  EXPECT_THAT(proxy.calls().at(0).early_data, testing::Not(HasSubstr("INVITE")));
  EXPECT_EQ(run(io, test::read_exactly(**stream, 6)).value(), "INVITE");
}

TEST_F(Tls, APlainServerIsNamed) {
  const TlsEchoServer server(io, authority.issue(good));
  proxy.behaviour().route = nullptr; // the far end echoes our own ClientHello
  const auto stream = connect(server);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::malformed);
  EXPECT_THAT(stream.error().mend, HasSubstr("tcp:host:port"));
}

TEST_F(Tls, ASilentServerTimesOut) {
  std::vector<StreamPtr> accepted;
  const auto listener =
      Listener::open(io.get_executor(), *Endpoint::parse_listen("127.0.0.1:0"), {},
                     [&](StreamPtr stream, const std::string&) { accepted.push_back(std::move(stream)); });
  port = (*listener)->endpoint().host_port().port();
  const auto stream = run(io, dial(PeerAddress::parse("tls:sip.example.org:5061").value(),
                                   {SocksProxy{proxy.endpoint()}, fresh_isolation(), 50ms, "", ca_file}));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::timed_out);
  EXPECT_THAT(stream.error().what, HasSubstr("TLS handshake"));
  run_until(io, [&] { return proxy.open_connections() == 0; });
}

TEST_F(Tls, AMissingAuthorityFileIsNamed) {
  const TlsEchoServer server(io, authority.issue(good));
  ::unlink(ca_file.c_str());
  const auto stream = connect(server);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::io);
  EXPECT_EQ(stream.error().where, Fault::configuration);
  EXPECT_THAT(stream.error().what, HasSubstr(ca_file));
}

TEST_F(Tls, TheSystemsAuthoritiesDoNotKnowOurs) {
  const TlsEchoServer server(io, authority.issue(good));
  port = server.port();
  const auto stream = run(io, dial(PeerAddress::parse("tls:sip.example.org:5061").value(),
                                   {SocksProxy{proxy.endpoint()}, fresh_isolation(), 5s, "", std::nullopt}));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::untrusted);
}

TEST_F(Tls, ReadsAndWritesTogetherWhileKeysChange) {
  TlsEchoServer server(io, authority.issue(good));
  server.update_keys();
  auto stream = connect(server);
  ASSERT_TRUE(stream);
  const std::string sent(std::size_t{1} << 20U, 'x');
  std::optional<Result<void>> written;
  asio::co_spawn(io, (*stream)->write(sent), [&](std::exception_ptr thrown, Result<void> result) {
    EXPECT_FALSE(thrown);
    written.emplace(std::move(result));
  });
  const auto back = run(io, test::read_exactly(**stream, sent.size()));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, sent);
  run_until(io, [&] { return written.has_value(); });
  EXPECT_TRUE(*written);
  EXPECT_EQ(run(io, test::echo(**stream, "after")).value(), "after");
}

TEST_F(Tls, ItsOrderlyEndIsClosed) {
  TlsEchoServer server(io, authority.issue(good));
  server.end_after_echo();
  auto stream = connect(server);
  ASSERT_TRUE(stream);
  EXPECT_EQ(run(io, test::echo(**stream, "last")).value(), "last");
  EXPECT_EQ(run(io, test::read_exactly(**stream, 1)).error().code, Errc::closed);
}

TEST_F(Tls, CloseEndsAPendingRead) {
  const TlsEchoServer server(io, authority.issue(good));
  auto stream = connect(server);
  ASSERT_TRUE(stream);
  std::optional<Result<std::size_t>> read;
  char buffer[16];
  asio::co_spawn(io, (*stream)->read_some(buffer), [&](std::exception_ptr thrown, Result<std::size_t> result) {
    EXPECT_FALSE(thrown);
    read.emplace(std::move(result));
  });
  io.poll();
  EXPECT_FALSE(read);
  stream->reset(); // destroying it closes it, and the pending read outlives it
  run_until(io, [&] { return read.has_value(); });
  EXPECT_EQ(read->error().code, Errc::cancelled);
}

} // namespace
} // namespace sipveil
