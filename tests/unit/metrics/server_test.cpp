#include "bridge/metrics/server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace sipveil::metrics {
namespace {

using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::Not;

const tcp::endpoint any_port{asio::ip::address_v4::loopback(), 0};

MetricsConfig free_port() {
  asio::io_context context;
  const tcp::acceptor acceptor(context, any_port);
  return {.listen = *HostPort::parse("127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()))};
}

/// The whole answer of an HTTP server.
std::string get(const MetricsConfig& config, std::string_view path) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), config.listen.port()});
  asio::write(socket, asio::buffer("GET " + std::string(path) + " HTTP/1.0\r\n\r\n"));
  std::string answer;
  boost::system::error_code ended;
  asio::read(socket, asio::dynamic_buffer(answer), ended);
  return answer;
}

/// A bridge's thread with something to report.
class MetricsServer : public ::testing::Test {
 protected:
  Server::TakeReport take_report() {
    return [this] {
      reported_on_ = std::this_thread::get_id();
      status::Report report;
      report.counters.requests = ++reports_;
      return report;
    };
  }
  std::unique_ptr<Server> open(const MetricsConfig& config, Duration patience = Server::default_patience) {
    auto server = Server::open(context_.get_executor(), config, take_report(), patience);
    EXPECT_TRUE(server) << server.error().text();
    return server ? std::move(*server) : nullptr;
  }

  asio::io_context context_{1};
  unsigned reports_ = 0;
  std::thread::id reported_on_;
};

TEST_F(MetricsServer, AsksTheBridgesThreadForEachScrape) {
  const MetricsConfig config = free_port();
  const auto server = open(config);
  auto work = asio::make_work_guard(context_);
  std::thread bridge([this] { context_.run(); });
  const auto bridge_id = bridge.get_id();
  const std::string first = get(config, "/metrics");
  const std::string second = get(config, "/metrics");
  const std::string other = get(config, "/");
  work.reset();
  bridge.join();
  EXPECT_THAT(first, HasSubstr("200 OK"));
  EXPECT_THAT(first, HasSubstr("\nsipveil_requests_total 1\n"));
  EXPECT_THAT(second, HasSubstr("\nsipveil_requests_total 2\n"));
  EXPECT_THAT(other, HasSubstr("404"));
  EXPECT_EQ(reported_on_, bridge_id);
}

TEST_F(MetricsServer, ABridgeThatIsBusyOrStoppedHasNoFigures) {
  const MetricsConfig config = free_port();
  auto server = open(config, 20ms);
  EXPECT_THAT(get(config, "/metrics"), Not(HasSubstr("sipveil_")));
  // The question comes too late, and hurts nobody.
  context_.run();
  EXPECT_EQ(reports_, 1U);
  context_.stop();
  EXPECT_THAT(get(config, "/metrics"), Not(HasSubstr("sipveil_")));
  server.reset();
  EXPECT_EQ(reports_, 1U);
}

TEST_F(MetricsServer, ClosesWhileSomebodyWaitsForTheAnswer) {
  const MetricsConfig config = free_port();
  std::unique_ptr<Server> server;
  const auto close_then_report = [&] {
    server->close();
    server->close();
    return take_report()();
  };
  server = std::move(*Server::open(context_.get_executor(), config, close_then_report, 60s));
  std::string answer;
  std::thread asker([&] { answer = get(config, "/metrics"); });
  auto work = asio::make_work_guard(context_);
  context_.run_one();
  asker.join();
  server.reset();
  EXPECT_THAT(answer, HasSubstr("\nsipveil_requests_total 1\n"));
  EXPECT_THROW(get(config, "/metrics"), boost::system::system_error);
}

TEST_F(MetricsServer, APortThatIsTakenNamesTheKey) {
  asio::io_context other;
  const tcp::acceptor holder(other, any_port);
  const MetricsConfig config{.listen = *HostPort::parse("127.0.0.1:" + std::to_string(holder.local_endpoint().port()))};
  const auto server = Server::open(context_.get_executor(), config, take_report());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::address_in_use);
  EXPECT_THAT(server.error().text(), HasSubstr(config.listen.text()));
  EXPECT_THAT(server.error().text(), HasSubstr("[metrics] listen"));
}

TEST_F(MetricsServer, ServesIpv6OrSaysThatItCannot) {
  asio::io_context probe;
  boost::system::error_code failed;
  tcp::acceptor acceptor(probe);
  acceptor.open(tcp::v6(), failed);
  if (!failed) acceptor.bind({asio::ip::address_v6::loopback(), 0}, failed);
  if (failed) GTEST_SKIP() << "this machine has no IPv6";
  const auto endpoint = acceptor.local_endpoint();
  acceptor.close();
  const MetricsConfig config{.listen = *HostPort::parse("[::1]:" + std::to_string(endpoint.port()))};
  const auto server = Server::open(context_.get_executor(), config, take_report());
  if (server) {
    tcp::socket socket(probe);
    socket.connect(endpoint, failed);
    EXPECT_FALSE(failed) << failed.message();
  } else {
    EXPECT_EQ(server.error().code, Errc::unsupported);
    EXPECT_THAT(server.error().text(), HasSubstr("IPv6"));
  }
}

} // namespace
} // namespace sipveil::metrics
