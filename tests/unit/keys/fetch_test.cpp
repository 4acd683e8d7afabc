#include "bridge/keys/fetch.h"
#include "bridge/keys/key_messages.h"
#include "tests/unit/config/config_files.h"
#include "tests/unit/keys/sample_keys.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <thread>

namespace sipveil::keys {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;

/// A peer on loopback: answers the first request of one connection with what `reply` makes of it, then waits for the
/// end.
class Peer {
 public:
  using Reply = std::function<std::string(const sip::Message&)>;
  explicit Peer(Reply reply) : reply_(std::move(reply)), thread_([this] { serve(); }) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { thread_.join(); }
  [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  [[nodiscard]] const std::string& received() const { return received_; }

 private:
  void serve() {
    boost::system::error_code failed;
    auto socket = acceptor_.accept(failed);
    asio::read_until(socket, asio::dynamic_buffer(received_), "\r\n\r\n", failed);
    auto request = sip::Message::parse(received_);
    if (const auto* message = std::get_if<sip::Message>(&request))
      asio::write(socket, asio::buffer(reply_(*message)), failed);
    char byte = 0;
    while (!failed)
      socket.read_some(asio::buffer(&byte, 1), failed);
  }

  Reply reply_;
  std::string received_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::thread thread_;
};

std::string peer_lines(const std::string& name, const std::string& port) {
  return "[[peer]]\nname = \"" + name + "\"\naddress = \"tcp:127.0.0.1:" + port + "\"\nvia = \"direct\"\n";
}

Result<std::vector<privasip::PublicKey>> fetched(const std::string& lines, std::string_view name = "b.example") {
  const Config config = test::accepted(test::minimal + lines);
  std::vector<const PeerConfig*> peers;
  for (const PeerConfig& peer : config.peers)
    peers.push_back(&peer);
  return fetch(config, name, peers);
}

std::string closed_port() {
  asio::io_context context;
  return std::to_string(tcp::acceptor(context, {asio::ip::make_address("127.0.0.1"), 0}).local_endpoint().port());
}

TEST(Fetch, GetsTheKeysOfAPeer) {
  const auto key = made();
  const Peer peer([&](const sip::Message& request) { return make_key_answer(request, {key}); });
  const auto keys = fetched(peer_lines("b", peer.port()), "bob@b.example");
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_EQ(fingerprints(*keys), fingerprints({key}));
  EXPECT_THAT(peer.received(), ::testing::StartsWith("OPTIONS sip:bob@b.example SIP/2.0\r\n"));
}

TEST(Fetch, WaitsThroughProvisionalAnswersAndPings) {
  const auto key = made();
  const Peer peer([&](const sip::Message& request) {
    return sip::make_response(request, 100, "Trying", "") + "\r\n\r\n" + make_key_answer(request, {key});
  });
  EXPECT_TRUE(fetched(peer_lines("b", peer.port())));
}

TEST(Fetch, EndlessProvisionalAnswersEnd) {
  const Peer peer([](const sip::Message& request) {
    std::string many;
    for (int i = 0; i < 20; ++i)
      many += sip::make_response(request, 100, "Trying", "");
    return many;
  });
  const auto keys = fetched(peer_lines("b", peer.port()));
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Errc::timed_out);
}

TEST(Fetch, AsksTheNextPeer) {
  const auto key = made();
  const Peer without([](const sip::Message& request) { return make_key_answer(request, {}); });
  const Peer with([&](const sip::Message& request) { return make_key_answer(request, {key}); });
  const auto keys =
      fetched(peer_lines("a", closed_port()) + peer_lines("b", without.port()) + peer_lines("c", with.port()));
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_EQ(fingerprints(*keys), fingerprints({key}));
}

TEST(Fetch, SaysWhyTheLastPeerGaveNone) {
  EXPECT_EQ(fetched(peer_lines("b", closed_port())).error().code, Errc::refused);
  const Peer without([](const sip::Message& request) { return make_key_answer(request, {}); });
  EXPECT_EQ(fetched(peer_lines("b", without.port())).error().code, Errc::unknown_peer);
  const Peer other([](const sip::Message&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
  EXPECT_EQ(fetched(peer_lines("b", other.port())).error().code, Errc::malformed);
}

TEST(Fetch, AHugeAnswerIsNotRead) {
  const Peer peer([](const sip::Message& request) {
    return replaced(sip::make_response(request, 200, "OK", "tag"), "Content-Length: 0", "Content-Length: 100000000");
  });
  EXPECT_FALSE(fetched(peer_lines("b", peer.port())));
}

TEST(Fetch, ThroughATorThatIsNotThere) {
  const auto keys = fetched("[tor]\ncontrol = \"127.0.0.1:" + closed_port() +
                            "\"\n[[peer]]\nname = \"b\"\naddress = \"tor:" + test::onion + ":5060\"\n");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Errc::not_ready);
  EXPECT_THAT(keys.error().what, HasSubstr("tor reachable"));
  EXPECT_FALSE(keys.error().mend.empty());
}

TEST(Fetch, AWrongNameAsksNobody) {
  EXPECT_EQ(fetched(peer_lines("b", closed_port()), "b.example;lr").error().code, Errc::invalid);
}

} // namespace
} // namespace sipveil::keys
