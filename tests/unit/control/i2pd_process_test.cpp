#include "control/i2pd_process.h"
#include "control/listener_of.h"
#include "tests/unit/control/run.h"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil::control {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace sipveil::testing;

TEST(I2pdComplaints, WarningsAndErrorsButNotTheOrdinaryOnes) {
  EXPECT_EQ(last_i2pd_complaints("16:09:15@142/none - i2pd v2.45.1 (0.9.57) starting...\n"
                                 "16:09:15@142/error - RouterInfo: Can't open file \n"
                                 "16:09:15@142/warn - Reseed: No reseed servers specified\n"
                                 "16:09:15@557/warn - Transports: 15 ephemeral keys generated at the time\n"
                                 "16:09:16@142/error - NetDb: one\n16:09:16@142/info - nothing\n"
                                 "16:09:16@142/warn - two\r\n16:09:17@142/warn - three"),
            "NetDb: one. two. three");
  EXPECT_EQ(last_i2pd_complaints(""), "");
}

TEST(I2pdCommand, OpensNothingButSam) {
  const auto layout = I2pdLayout::below("/state").value();
  const auto command = i2pd_command(layout, "i2pd", std::filesystem::path("/etc/more.conf"), 40000);
  EXPECT_EQ(command.front(), "i2pd");
  EXPECT_THAT(command, AllOf(Contains("--datadir=/state/i2pd"), Contains("--conf=/etc/more.conf"),
                             Contains("--sam.address=127.0.0.1"), Contains("--sam.port=40000")));
  for (const char* off : {"http", "httpproxy", "socksproxy", "i2cp", "bob", "i2pcontrol", "upnp"})
    EXPECT_THAT(command, Contains("--" + std::string(off) + ".enabled=false"));
  EXPECT_THAT(command, Not(Contains("--addressbook.enabled=false"))) << "i2pd 2.45.1 would crash";
  // Without a file of the user's, none of the system's either.
  EXPECT_THAT(i2pd_command(layout, "i2pd", std::nullopt, 40000), Contains("--conf=/dev/null"));
}

TEST(ExtraConf, MayNotMakeADaemon) {
  EXPECT_TRUE(check_extra_conf("netid = 77\n# daemon = true\n[reseed]\nurls =\ndaemon = no section of ours\n"));
  for (const char* wrong : {"netid = 77\n daemon=true\n", "netid = 77\nservice = true"})
    EXPECT_THAT(check_extra_conf(wrong).error().what, HasSubstr("line 2"));
}

TEST(ListeningInode, OfTheRightLine) {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1DE8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 20 4 30 10 -1\n"
      "   1: 0200007F:1DE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 100 0 0 10 0\n"
      "   2: 0100007F:1DE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 27413 1 0 100 0\n"
      "   3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0\n";
  EXPECT_EQ(listening_inode(table, 7656), 27413U);
  EXPECT_EQ(listening_inode(table, 22), 4U) << "whoever has all addresses has this one";
  EXPECT_EQ(listening_inode(table, 7657), std::nullopt);
  for (std::size_t length = 0; length < table.size(); ++length)
    static_cast<void>(listening_inode(std::string_view(table).substr(0, length), 7656)); // cut short: no crash
}

TEST(ListenerOf, OurselvesOrSomebodyElse) {
  boost::asio::io_context io;
  std::uint16_t port = 0;
  {
    const boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    port = acceptor.local_endpoint().port();
    EXPECT_EQ(listener_of(port, ::getpid()), ListenerOf::the_process);
    EXPECT_EQ(listener_of(port, ::getppid()), ListenerOf::somebody_else);
  }
  EXPECT_EQ(listener_of(port, ::getpid()), ListenerOf::nobody);
}

/// A script in the place of i2pd that listens where it is told to.
class I2pdProcessTest : public ::testing::Test {
 protected:
  std::string script(const std::string& body) {
    const auto file = directory.path() / "fakei2pd";
    std::ofstream(file) << "#!/usr/bin/env python3\n"
                           "import os, signal, socket, sys, time\n"
                           "options = dict(one[2:].split('=', 1) for one in sys.argv[1:])\n"
                           "open(options['pidfile'], 'w').write(str(os.getpid()) + '\\n')\n"
                        << body << "\n";
    ::chmod(file.c_str(), 0700);
    return file.string();
  }
  static std::string listening() {
    return "listener = socket.create_server(('127.0.0.1', int(options['sam.port'])))\nsignal.pause()\n";
  }
  I2pdProcess& make(std::string binary, Duration start_timeout = 10s) {
    I2pdProcessOptions options;
    options.binary = std::move(binary);
    options.state_directory = directory.path() / "s";
    options.start_timeout = start_timeout;
    options.stop_timeout = 200ms;
    process = I2pdProcess::create(io.get_executor(), std::move(options)).value();
    process->on_exit([this](const Error& error) { exits.push_back(error); });
    return *process;
  }
  ~I2pdProcessTest() override {
    process.reset();
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  TemporaryDirectory directory;
  std::unique_ptr<I2pdProcess> process;
  std::vector<Error> exits;
};

TEST_F(I2pdProcessTest, IsReadyWhenItListens) {
  auto& i2pd = make(script(listening()));
  ASSERT_TRUE(run(io, i2pd.start()));
  EXPECT_EQ(listener_of(i2pd.sam().host_port().port(), i2pd.pid()), ListenerOf::the_process);
  struct stat status {};
  ASSERT_EQ(::stat(i2pd.layout().directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  ASSERT_EQ(::stat(i2pd.layout().directory.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U) << "the state directory, which was not there either";
  run(io, i2pd.stop());
  EXPECT_FALSE(i2pd.running());
  EXPECT_THAT(exits, IsEmpty());
}

TEST_F(I2pdProcessTest, AnotherPortAtEachStart) {
  auto& i2pd = make(script(listening()));
  ASSERT_TRUE(run(io, i2pd.start()));
  const auto first = i2pd.sam();
  run(io, i2pd.stop());
  const boost::asio::ip::tcp::acceptor stranger(io,
                                                {boost::asio::ip::make_address("127.0.0.1"), first.host_port().port()});
  ASSERT_TRUE(run(io, i2pd.start()));
  EXPECT_NE(i2pd.sam(), first);
}

TEST_F(I2pdProcessTest, AStrangerAtThePortIsNotTakenForIt) {
  // It lets somebody else listen in its place: a child of its own is somebody else.
  auto& i2pd = make(script("if os.fork() == 0:\n"
                           "  listener = socket.create_server(('127.0.0.1', int(options['sam.port'])))\n"
                           "  time.sleep(5)\n"
                           "  os._exit(0)\n"
                           "signal.pause()"));
  EXPECT_EQ(run(io, i2pd.start()).error().code, Errc::address_in_use);
  EXPECT_FALSE(i2pd.running());
}

TEST_F(I2pdProcessTest, EarlyEndBringsItsLastWords) {
  auto& i2pd =
      make(script("open(options['logfile'], 'w').write('12:00:00@1/error - Daemon: no room\\n'); sys.exit(1)"));
  const auto error = run(io, i2pd.start()).error();
  EXPECT_EQ(error.what, "i2pd ended: Daemon: no room (exit status 1)");
  EXPECT_EQ(error.where, Fault::local_service);
}

TEST_F(I2pdProcessTest, WhatItSaysBeforeItHasALog) {
  auto& i2pd = make(script("print(\"unrecognised option '--reseed.verify'\"); sys.exit(1)"));
  EXPECT_THAT(run(io, i2pd.start()).error().what, HasSubstr("unrecognised option"));
}

TEST_F(I2pdProcessTest, MissingBinary) {
  const auto error = run(io, make("/nonexistent/i2pd").start()).error();
  EXPECT_EQ(error.where, Fault::configuration);
  EXPECT_EQ(error.mend, "Run: apt install i2pd, or set [i2p] binary.");
}

TEST_F(I2pdProcessTest, OneThatAKilledPredecessorLeftIsEnded) {
  auto& first = make(script(listening()));
  ASSERT_TRUE(run(io, first.start()));
  const pid_t orphan = first.pid();
  // Another object over the same directory, as after a kill of ours.
  I2pdProcessOptions options;
  options.binary = (directory.path() / "fakei2pd").string();
  options.state_directory = directory.path() / "s";
  options.stop_timeout = 200ms;
  const auto second = I2pdProcess::create(io.get_executor(), std::move(options)).value();
  ASSERT_TRUE(run(io, second->start()));
  ASSERT_TRUE(run_until(io, [&] { return !first.running(); }));
  EXPECT_NE(second->pid(), orphan);
  EXPECT_EQ(exits.size(), 1U);
  run(io, second->stop());
}

TEST_F(I2pdProcessTest, AStrangersPidFileEndsNobody) {
  auto& i2pd = make(script(listening()));
  std::filesystem::create_directories(i2pd.layout().directory);
  std::ofstream(i2pd.layout().pid_file) << ::getpid() << "\n"; // were it taken for i2pd, this test would end
  EXPECT_TRUE(run(io, i2pd.start()));
}

} // namespace
} // namespace sipveil::control
