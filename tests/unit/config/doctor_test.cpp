#include "bridge/doctor/doctor.h"
#include "bridge/doctor/local_checks.h"
#include "bridge/doctor/status_field.h"
#include "bridge/doctor/tor_checks.h"
#include "tests/unit/config/config_files.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>

#include <thread>

namespace sipveil::doctor {
namespace {

using test::Directory;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Socket>
unsigned port_of(const Socket& socket) {
  return socket.local_endpoint().port();
}

/// A configuration that needs nothing of this machine's, its files below the directory.
Config config_in(const Directory& directory, const std::string& more = "") {
  auto result = parse("role = \"phone\"\nstate_dir = \"state\"\n" + more, directory.path() / "sipveil.toml");
  if (auto* config = std::get_if<Config>(&result)) return std::move(*config);
  for (const Mistake& mistake : std::get<std::vector<Mistake>>(result))
    ADD_FAILURE() << mistake.line_of("config");
  return {};
}

Check only_check(const Report& report) {
  EXPECT_EQ(report.checks().size(), 1U);
  return report.checks().empty() ? Check{} : report.checks().front();
}

Check check_state(const Config& config) {
  Report report;
  check_state_directory(config, report);
  return only_check(report);
}

Check check_ports(const Config& config, bool running) {
  Report report;
  check_listen_addresses(config, running, report);
  return only_check(report);
}

TEST(StateDirectory, WillBeMade) {
  const Directory directory;
  const Config config = config_in(directory);
  EXPECT_EQ(check_state(config).verdict, Verdict::ok);
  EXPECT_FALSE(std::filesystem::exists(config.state_dir)) << "an examination changes nothing";
}

TEST(StateDirectory, OthersMayNotEnter) {
  const Directory directory;
  const Config config = config_in(directory);
  std::filesystem::create_directory(config.state_dir);
  ::chmod(config.state_dir.c_str(), 0755);
  EXPECT_EQ(check_state(config).mend, "Run: chmod 700 " + config.state_dir.string());
  ::chmod(config.state_dir.c_str(), 0700);
  EXPECT_EQ(check_state(config).verdict, Verdict::ok);
}

TEST(StateDirectory, OthersMayNotReadKeys) {
  const Directory directory;
  const Config config = config_in(directory);
  std::filesystem::create_directory(config.state_dir);
  ::chmod(config.state_dir.c_str(), 0700);
  const auto key = directory.write("state/onion_key", "x", 0640);
  EXPECT_EQ(check_state(config).mend, "Run: chmod 600 " + key.string());
}

TEST(StateDirectory, IsAFile) {
  const Directory directory;
  directory.write("state", "");
  EXPECT_THAT(check_state(config_in(directory)).detail, HasSubstr("not a directory"));
}

class Ports : public ::testing::Test {
 protected:
  /// 127.0.0.1:port as inner.listen.
  Config listening_on(unsigned port) {
    return config_in(directory_, "[inner]\nlisten = [\"127.0.0.1:" + std::to_string(port) + "\"]\n");
  }
  Directory directory_;
  boost::asio::io_context context_;
  const boost::asio::ip::address loopback_ = boost::asio::ip::make_address("127.0.0.1");
};

TEST_F(Ports, TakenByUdp) {
  const boost::asio::ip::udp::socket other(context_, {loopback_, 0});
  const Check check = check_ports(listening_on(port_of(other)), false);
  EXPECT_EQ(check.verdict, Verdict::failed);
  EXPECT_THAT(check.detail, HasSubstr("(udp): in use"));
  EXPECT_THAT(check.detail, Not(HasSubstr("tcp")));
  EXPECT_THAT(check.mend, HasSubstr("inner.listen"));
}

TEST_F(Ports, TakenByTcp) {
  boost::asio::ip::tcp::acceptor other(context_, {loopback_, 0});
  EXPECT_THAT(check_ports(listening_on(port_of(other)), false).detail, HasSubstr("(tcp): in use"));
  EXPECT_EQ(check_ports(listening_on(port_of(other)), true).verdict, Verdict::ok) << "they are our own";
}

TEST_F(Ports, FreeAgain) {
  unsigned port = 0;
  {
    const boost::asio::ip::udp::socket other(context_, {loopback_, 0});
    port = port_of(other);
  }
  EXPECT_EQ(check_ports(listening_on(port), false).verdict, Verdict::ok);
}

TEST_F(Ports, AddressOfAnotherMachine) {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  const Config config = config_in(directory_, "[inner]\nlisten = [\"192.0.2.1:5060\"]\n");
  EXPECT_EQ(check_ports(config, false).verdict, Verdict::failed);
}

TEST(TorVersion, IsCompared) {
  EXPECT_EQ(version_at_least("0.4.9.11", 0, 4, 7), true);
  EXPECT_EQ(version_at_least("0.4.7.16 (git-1234)", 0, 4, 7), true);
  EXPECT_EQ(version_at_least("0.4.6.12", 0, 4, 7), false);
  EXPECT_EQ(version_at_least("0.5.0", 0, 4, 7), true);
  EXPECT_EQ(version_at_least("0.4", 0, 4, 7), std::nullopt);
  EXPECT_EQ(version_at_least("", 0, 4, 7), std::nullopt);
  EXPECT_EQ(version_at_least("tor", 0, 4, 7), std::nullopt);
}

TEST(StatusField, FindsStringsNumbersAndTruthValues) {
  const std::string report =
      R"({"tor":"says \"published\":true","published":false,"uptime_s":1.5,"links":[{"open":true}]})";
  EXPECT_EQ(status_field(report, "published"), "false");
  EXPECT_EQ(status_field(report, "uptime_s"), "1.5");
  EXPECT_EQ(status_field(report, "open"), "true");
  EXPECT_EQ(status_field(report, "onion"), "");
  EXPECT_EQ(status_field("", "onion"), "");
}

TEST(DoctorReport, TextAndJson) {
  std::string shown;
  Report report([&shown](const Check& check) { shown += to_text(check); });
  report.ok(state_directory, "/s");
  report.failed(listen_addresses, "a\nb \"c\"\x01", "Mend it.");
  report.skipped(tor_socks, "why");
  EXPECT_EQ(shown, "ok      state directory       /s\n"
                   "FAILED  listen addresses      a\n"
                   "                              b \"c\"\x01\n"
                   "                              Mend it.\n"
                   "-       tor SOCKS port        why\n");
  EXPECT_EQ(summary(report), "1 failed, 1 passed, 1 skipped");
  EXPECT_FALSE(report.healthy());
  EXPECT_EQ(
      to_json(report),
      "{\"healthy\":false,\"checks\":["
      R"({"id":"state_dir","title":"state directory","verdict":"ok","detail":"/s","mend":""},)"
      R"({"id":"ports","title":"listen addresses","verdict":"failed","detail":"a\u000ab \"c\"\u0001","mend":"Mend it."},)"
      R"({"id":"tor_socks","title":"tor SOCKS port","verdict":"skipped","detail":"why","mend":""}]})"
      "\n");
}

/// Runs the whole examination of a configuration and gives "id verdict" of each check.
std::vector<std::string> examined(const Config& config, Report& report) {
  examine(config, report);
  std::vector<std::string> result;
  for (const Check& check : report.checks())
    result.push_back(check.subject.id + " " + std::string(name(check.verdict)));
  return result;
}

std::string free_port() {
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor probe(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  return std::to_string(port_of(probe));
}

TEST(Examination, TorAbsent) {
  const Directory directory;
  Report report;
  const auto verdicts = examined(
      config_in(directory, "[inner]\nlisten = [\"127.0.0.1:" + free_port() +
                               "\"]\ndeliver_to = \"127.0.0.1:5062\"\n[tor]\ncontrol = \"unix:nothing\"\n[onion]\n"
                               "[[peer]]\nname = \"bob\"\naddress = \"tor:" +
                               test::onion + ":5060\"\n"),
      report);
  EXPECT_THAT(verdicts,
              ::testing::ElementsAre("state_dir ok", "keys skipped", "ports ok", "tor_reachable failed",
                                     "tor_authentication skipped", "tor_version skipped", "tor_bootstrap skipped",
                                     "tor_socks skipped", "onion skipped", "peer:bob skipped"));
  EXPECT_THAT(report.checks()[4].detail, HasSubstr("tor reachable"));
}

/// Answers one connection with fixed bytes as soon as it has received any.
class Answering {
 public:
  explicit Answering(std::string answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() { thread_.join(); }
  [[nodiscard]] std::string port() const { return std::to_string(port_of(acceptor_)); }

 private:
  void serve() {
    boost::system::error_code failed;
    auto socket = acceptor_.accept(failed);
    char byte = 0;
    socket.read_some(boost::asio::buffer(&byte, 1), failed);
    boost::asio::write(socket, boost::asio::buffer(answer_), failed);
    // Until the other side is done with it.
    while (!failed)
      socket.read_some(boost::asio::buffer(&byte, 1), failed);
  }

  std::string answer_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::thread thread_;
};

std::string direct_peer(const std::string& port, const std::string& more = "") {
  return "[inner]\nlisten = [\"127.0.0.1:" + free_port() +
         "\"]\n[[peer]]\nname = \"bob\"\naddress = \"tcp:127.0.0.1:" + port + "\"\nvia = \"direct\"\n" + more;
}

TEST(Examination, PeerThatAnswersPings) {
  const Directory directory;
  const Answering peer("\r\n");
  Report report;
  examine(config_in(directory, direct_peer(peer.port())), report);
  EXPECT_EQ(report.checks().back().verdict, Verdict::ok);
  EXPECT_THAT(report.checks().back().detail, HasSubstr("answers pings"));
  EXPECT_TRUE(report.healthy());
}

TEST(Examination, PeerThatSpeaksSomethingElse) {
  const Directory directory;
  const Answering peer("HTTP/1.1 400 Bad Request\r\n");
  Report report;
  examine(config_in(directory, direct_peer(peer.port())), report);
  EXPECT_THAT(report.checks().back().detail, HasSubstr("does not speak SIP"));
}

TEST(Examination, PeerThatRefuses) {
  const Directory directory;
  Report report;
  examine(config_in(directory, direct_peer(free_port())), report);
  EXPECT_EQ(report.checks().back().verdict, Verdict::failed);
  EXPECT_THAT(report.checks().back().detail, HasSubstr("refused"));
}

TEST(Examination, SomethingElseAtTheControlPort) {
  const Directory directory;
  const Answering other("HTTP/1.1 400 Bad Request\r\n\r\n");
  Report report;
  const auto verdicts = examined(config_in(directory, "[inner]\nlisten = [\"127.0.0.1:" + free_port() +
                                                          "\"]\n[tor]\ncontrol = \"127.0.0.1:" + other.port() + "\"\n"),
                                 report);
  EXPECT_THAT(verdicts, ::testing::Contains("tor_reachable failed"));
  EXPECT_THAT(report.checks()[3].detail, HasSubstr("not a tor control port"));
}

} // namespace
} // namespace sipveil::doctor
