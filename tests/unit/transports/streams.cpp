#include "base/log.h"
#include "tests/unit/transports/run.h"
#include "tests/unit/transports/stream_helpers.h"
#include "transports/connect.h"
#include "transports/listener.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gmock/gmock.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil {
namespace {

using test::run;
using test::run_until;
using testing::HasSubstr;

class Streams : public testing::Test {
 protected:
  void TearDown() override { ::unlink(path.c_str()); }

  Result<std::unique_ptr<Listener>> listen(const std::string& where, ListenerOptions options = {}) {
    return Listener::open(io.get_executor(), *Endpoint::parse_listen(where), std::move(options),
                          [this](StreamPtr stream, std::string peer) {
                            accepted.push_back(std::move(stream));
                            peers.push_back(std::move(peer));
                          });
  }

  std::unique_ptr<SocketStream> connect(const Endpoint& endpoint) {
    auto stream = run(io, connect_local(endpoint, "the test", ""));
    if (!stream) {
      ADD_FAILURE() << stream.error().text();
      return nullptr;
    }
    const auto before = accepted.size();
    run_until(io, [&] { return accepted.size() > before; });
    return std::move(*stream);
  }

  asio::io_context io;
  std::vector<StreamPtr> accepted;
  std::vector<std::string> peers;
  std::string path = testing::TempDir() + "sipveil-socket-" + std::to_string(::getpid());
};

/// The file's kind and permissions; 0 if there is none.
mode_t mode(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode : 0;
}

TEST_F(Streams, CarryBytesBothWays) {
  for (const std::string& where : {std::string("127.0.0.1:0"), std::string("[::1]:0"), "unix:" + path}) {
    accepted.clear();
    peers.clear();
    const auto listener = listen(where);
    ASSERT_TRUE(listener) << listener.error().text();
    const auto client = connect((*listener)->endpoint());
    ASSERT_TRUE(client);
    ASSERT_TRUE(run(io, client->write(std::string_view("ping"))));
    EXPECT_EQ(run(io, test::read_exactly(*accepted[0], 4)).value(), "ping");
    ASSERT_TRUE(run(io, accepted[0]->write(std::string_view("pong"))));
    EXPECT_EQ(run(io, test::read_exactly(*client, 4)).value(), "pong");
    EXPECT_THAT(peers[0], testing::StartsWith(where.substr(0, 4)));
  }
}

TEST_F(Streams, NoTcpSocketWaitsToFillAPacket) {
  const auto listener = listen("127.0.0.1:0");
  const auto client = connect((*listener)->endpoint());
  int tcp_sockets = 0;
  for (int fd = 3; fd < 256; ++fd) {
    sockaddr_in remote{};
    socklen_t size = sizeof remote;
    // Connected sockets only: the listener has no remote end.
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&remote), &size) != 0 || remote.sin_family != AF_INET) continue;
    int no_delay = 0;
    size = sizeof no_delay;
    ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    EXPECT_NE(no_delay, 0);
    ++tcp_sockets;
  }
  EXPECT_EQ(tcp_sockets, 2);
}

TEST_F(Streams, TheOrderlyEndIsClosedAndNamesTheFarEnd) {
  ListenerOptions options;
  options.far_end = Fault::phone;
  const auto listener = listen("127.0.0.1:0", options);
  auto client = connect((*listener)->endpoint());
  client.reset();
  char buffer[16];
  const auto read = run(io, accepted[0]->read_some(buffer));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::closed);
  EXPECT_EQ(read.error().where, Fault::phone);
}

TEST_F(Streams, WritingToABrokenStreamIsClosed) {
  const auto listener = listen("127.0.0.1:0");
  const auto client = connect((*listener)->endpoint());
  accepted.clear();
  const std::string bytes(1 << 20U, 'x');
  Result<void> written;
  run_until(io, [&] {
    written = run(io, client->write(bytes));
    return !written;
  });
  EXPECT_EQ(written.error().code, Errc::closed);
}

TEST_F(Streams, CloseEndsPendingReadsAndWrites) {
  const auto listener = listen("127.0.0.1:0");
  auto client = connect((*listener)->endpoint());
  for (const bool destroy : {false, true}) {
    if (destroy) client = connect((*listener)->endpoint());
    std::optional<Result<std::size_t>> read;
    std::optional<Result<void>> written;
    char buffer[16];
    const std::string bytes(std::size_t{64} << 20U, 'x'); // more than the kernel takes
    asio::co_spawn(io, client->read_some(buffer), [&](std::exception_ptr thrown, Result<std::size_t> result) {
      EXPECT_FALSE(thrown);
      read.emplace(std::move(result));
    });
    asio::co_spawn(io, client->write(bytes), [&](std::exception_ptr thrown, Result<void> result) {
      EXPECT_FALSE(thrown);
      written.emplace(std::move(result));
    });
    io.poll();
    EXPECT_FALSE(read || written);
    if (destroy)
      client.reset();
    else
      client->close();
    run_until(io, [&] { return read.has_value() && written.has_value(); });
    EXPECT_EQ(read->error().code, Errc::cancelled);
    EXPECT_EQ(written->error().code, Errc::cancelled);
    if (client) {
      client->close();
      EXPECT_EQ(run(io, client->read_some(buffer)).error().code, Errc::cancelled);
      EXPECT_EQ(run(io, client->write(bytes)).error().code, Errc::cancelled);
    }
  }
}

TEST_F(Streams, CancellingTheReaderLeavesTheStreamUsable) {
  const auto listener = listen("127.0.0.1:0");
  const auto client = connect((*listener)->endpoint());
  asio::cancellation_signal stop;
  std::optional<Result<std::size_t>> read;
  char buffer[16];
  asio::co_spawn(io, client->read_some(buffer),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, Result<std::size_t> result) {
                   EXPECT_FALSE(thrown);
                   read.emplace(std::move(result));
                 }));
  io.poll();
  stop.emit(asio::cancellation_type::terminal);
  run_until(io, [&] { return read.has_value(); });
  EXPECT_EQ(read->error().code, Errc::cancelled);
  ASSERT_TRUE(run(io, accepted[0]->write(std::string_view("still"))));
  EXPECT_EQ(run(io, test::read_exactly(*client, 5)).value(), "still");
}

TEST_F(Streams, WhatFitsCanBeWrittenAtOnce) {
  const auto listener = listen("127.0.0.1:0");
  const auto client = connect((*listener)->endpoint());
  EXPECT_EQ(client->try_write(std::string_view("at once")), 7U);
  EXPECT_EQ(run(io, test::read_exactly(*accepted[0], 7)).value(), "at once");

  // A full socket takes a part, then nothing, and nothing overtakes a pending write.
  const std::string bytes(std::size_t{64} << 20U, 'x');
  const auto part = client->try_write(bytes);
  EXPECT_GT(part, 0U);
  EXPECT_LT(part, bytes.size());
  std::optional<Result<void>> written;
  asio::co_spawn(io, client->write(std::span(bytes).subspan(part)),
                 [&](std::exception_ptr, Result<void> result) { written.emplace(std::move(result)); });
  io.poll();
  std::size_t received = 0;
  while (!written) {
    EXPECT_EQ(client->try_write(std::string_view("overtaker")), 0U);
    char buffer[65536];
    received += run(io, accepted[0]->read_some(buffer)).value();
  }
  EXPECT_TRUE(*written);
  client->close();
  EXPECT_EQ(client->try_write(std::string_view("late")), 0U);
  EXPECT_GT(received, 0U);
}

TEST_F(Streams, UnreadBytesComeFirst) {
  const auto listener = listen("127.0.0.1:0");
  const auto client = connect((*listener)->endpoint());
  ASSERT_TRUE(run(io, accepted[0]->write(std::string_view("second"))));
  client->unread("first ");
  EXPECT_EQ(run(io, test::read_exactly(*client, 12)).value(), "first second");
}

TEST_F(Streams, ATakenPortIsNamedWithItsKey) {
  const auto listener = listen("127.0.0.1:0");
  ListenerOptions options;
  options.key = "[inner] listen";
  const auto second = listen((*listener)->endpoint().text(), options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::address_in_use);
  EXPECT_EQ(second.error().where, Fault::configuration);
  EXPECT_THAT(second.error().what, HasSubstr((*listener)->endpoint().text()));
  EXPECT_THAT(second.error().mend, HasSubstr("[inner] listen"));
}

TEST_F(Streams, AForeignAddressIsNamed) {
  const auto listener = listen("192.0.2.1:0"); // TEST-NET-1 (RFC 5737): of no machine
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::invalid);
}

TEST_F(Streams, AUnixSocketIsPrivateAndGoesWithItsListener) {
  auto listener = listen("unix:" + path);
  ASSERT_TRUE(listener);
  EXPECT_EQ(mode(path), S_IFSOCK | 0600U);
  const auto client = connect((*listener)->endpoint());
  EXPECT_EQ(peers.at(0), "unix");
  (*listener)->close();
  EXPECT_EQ(mode(path), 0U);
  EXPECT_EQ(run(io, connect_local(*Endpoint::parse("unix:" + path), "the test", "")).error().code, Errc::unreachable);
  ASSERT_TRUE(run(io, client->write(std::string_view("alive")))); // accepted streams live on
  EXPECT_EQ(run(io, test::read_exactly(*accepted[0], 5)).value(), "alive");
}

TEST_F(Streams, AStaleSocketFileIsReplacedALiveOneIsNot) {
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    asio::generic::stream_protocol::endpoint where = asio::local::stream_protocol::endpoint(path);
    ASSERT_EQ(::bind(fd, where.data(), static_cast<socklen_t>(where.size())), 0);
    ::close(fd); // as after kill -9
  }
  ASSERT_NE(mode(path), 0U);
  auto listener = listen("unix:" + path);
  ASSERT_TRUE(listener) << listener.error().text();
  const auto second = listen("unix:" + path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::address_in_use);
  EXPECT_TRUE(connect((*listener)->endpoint())); // and the first one was not disturbed
}

TEST_F(Streams, AFileThatIsNoSocketIsNeverRemoved) {
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  ::close(fd);
  ASSERT_FALSE(listen("unix:" + path));
  EXPECT_EQ(mode(path) & static_cast<mode_t>(S_IFMT), static_cast<mode_t>(S_IFREG));
}

TEST_F(Streams, AListenerDoesNotRemoveTheFileOfItsSuccessor) {
  auto first = listen("unix:" + path);
  ASSERT_TRUE(first);
  ::unlink(path.c_str());
  auto second = listen("unix:" + path);
  ASSERT_TRUE(second);
  (*first)->close();
  EXPECT_NE(mode(path), 0U);
}

TEST_F(Streams, AClosedListenerAcceptsNothing) {
  auto listener = listen("127.0.0.1:0");
  const auto endpoint = (*listener)->endpoint();
  (*listener)->close();
  (*listener)->close();
  EXPECT_EQ(run(io, connect_local(endpoint, "the test", "")).error().code, Errc::unreachable);
  EXPECT_TRUE(accepted.empty());
}

/// Leaves no file descriptor free as long as it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Streams, OutOfDescriptorsItWaitsInsteadOfSpinning) {
  ListenerOptions options;
  options.first_pause = 20ms;
  options.longest_pause = 40ms;
  const auto listener = listen("127.0.0.1:0", options);
  // UndefinedBehaviorSanitizer needs descriptors to look at a type that it has not met yet: let it meet the event
  // loop's and the log's now.
  io.poll();
  spdlog::warn("about to run out of descriptors on {}, {}", std::string("purpose"), 1U);
  // The kernel completes the connection before anybody accepts it.
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons((*listener)->endpoint().host_port().port());
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  {
    const NoDescriptors none;
    std::size_t handlers = 0;
    const auto end = std::chrono::steady_clock::now() + 200ms;
    while (std::chrono::steady_clock::now() < end)
      handlers += io.run_one_for(10ms);
    EXPECT_TRUE(accepted.empty());
    // A failure and a pause each 10-40 ms; a spinning loop runs through thousands.
    EXPECT_GE(handlers, 3U);
    EXPECT_LT(handlers, 100U);
  }
  ::close(client);
  run_until(io, [&] { return accepted.size() == 1; });
}

} // namespace
} // namespace sipveil
