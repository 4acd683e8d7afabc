#include "transports/i2p/datagrams.h"

#include "tests/unit/transports/i2p/fake_sam.h"
#include "tests/unit/transports/i2p/run_result.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

namespace sipveil::i2p {
namespace {

using asio::ip::udp;
using test::FakeSam;
using test::run;
using testing::HasSubstr;

class I2pDatagramsTest : public testing::Test {
 protected:
  I2pDatagramsTest() : router(io, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  Result<std::unique_ptr<Datagrams>> open(Style style) {
    DatagramOptions options{sam.endpoint(), router.local_endpoint().port(), style, {}};
    return run(io, Datagrams::open(std::move(options)));
  }

  /// What the router received by UDP, and from where.
  std::string receive() {
    std::string bytes(65536, '\0');
    bytes.resize(router.receive_from(asio::buffer(bytes), client));
    return bytes;
  }
  void answer(const std::string& bytes) { router.send_to(asio::buffer(bytes), client); }

  asio::io_context io;
  FakeSam sam{io};
  udp::socket router;
  udp::endpoint client;
  const test::FakeDestination peer = test::fresh_destination();
  const Destination to = Destination::parse(peer.public_part).value();
};

TEST_F(I2pDatagramsTest, GoBothWays) {
  auto datagrams = open(Style::datagram);
  ASSERT_TRUE(datagrams) << datagrams.error().text();
  const auto& session = sam.sessions().at(0);
  EXPECT_EQ(session.style, "DATAGRAM");
  EXPECT_EQ((*datagrams)->own().base64(), session.destination.public_part);
  ASSERT_TRUE(run(io, (*datagrams)->send(to, "voice")));
  EXPECT_EQ(receive(), "3.0 " + session.id + " " + peer.public_part + "\nvoice");
  EXPECT_THAT(session.request, HasSubstr("HOST=127.0.0.1 PORT=" + std::to_string(client.port())));
  answer("noise without a destination");
  answer(peer.public_part + "\nback");
  const auto received = run(io, (*datagrams)->receive());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->payload, "back");
  EXPECT_EQ(received->from, to);
}

TEST_F(I2pDatagramsTest, RawOnesHaveNoSender) {
  auto datagrams = open(Style::raw);
  ASSERT_TRUE(datagrams);
  EXPECT_EQ(sam.sessions().at(0).style, "RAW");
  ASSERT_TRUE(run(io, (*datagrams)->send(to, "voice")));
  receive();
  answer("back");
  const auto received = run(io, (*datagrams)->receive());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->payload, "back");
  EXPECT_FALSE(received->from);
}

TEST_F(I2pDatagramsTest, OnlyTheRoutersAreTaken) {
  auto datagrams = open(Style::raw);
  ASSERT_TRUE(datagrams);
  ASSERT_TRUE(run(io, (*datagrams)->send(to, "voice")));
  receive();
  udp::socket stranger(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  stranger.send_to(asio::buffer(std::string_view("forged")), client);
  answer("real");
  EXPECT_EQ(run(io, (*datagrams)->receive()).value().payload, "real");
}

TEST_F(I2pDatagramsTest, EndWithTheirSession) {
  auto datagrams = open(Style::raw);
  ASSERT_TRUE(datagrams);
  EXPECT_EQ(run(io, (*datagrams)->send(to, std::string(max_datagram_payload + 1, 'x'))).error().code, Errc::too_large);
  sam.drop_all();
  test::run_until(io, [&] { return !run(io, (*datagrams)->send(to, "voice")); });
  EXPECT_EQ(run(io, (*datagrams)->send(to, "voice")).error().code, Errc::closed);
  (*datagrams)->close();
  EXPECT_EQ(run(io, (*datagrams)->receive()).error().code, Errc::cancelled);
}

TEST_F(I2pDatagramsTest, ClosingEndsAPendingReceive) {
  auto datagrams = open(Style::datagram);
  ASSERT_TRUE(datagrams);
  std::optional<Errc> code;
  asio::co_spawn(io, (*datagrams)->receive(), [&](std::exception_ptr thrown, const Result<ReceivedDatagram>& received) {
    EXPECT_FALSE(thrown);
    code = received.error().code;
  });
  io.run_one_for(10ms);
  (*datagrams)->close();
  test::run_until(io, [&] { return code.has_value(); });
  EXPECT_EQ(code, Errc::cancelled);
  test::run_until(io, [&] { return sam.open_sessions() == 0; });
}

TEST_F(I2pDatagramsTest, ARouterBehindAUnixSocketHasNone) {
  DatagramOptions options{Endpoint::parse("unix:/run/sam").value(), std::nullopt, Style::raw, {}};
  EXPECT_EQ(run(io, Datagrams::open(std::move(options))).error().code, Errc::invalid);
}

TEST_F(I2pDatagramsTest, APeersDestinationIsFoundByItsName) {
  sam.behaviour().allow_lookup = true;
  auto datagrams = open(Style::raw);
  ASSERT_TRUE(datagrams);
  const auto found = test::run_result(io, find_destination(sam.endpoint(), (*datagrams)->own().name()));
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, (*datagrams)->own());
  EXPECT_EQ(test::run_result(io, find_destination(sam.endpoint(), peer.name)).error().code, Errc::unknown_peer);
}

} // namespace
} // namespace sipveil::i2p
