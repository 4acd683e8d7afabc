#include "base/file.h"
#include "control/child_process.h"
#include "control/tor_process.h"
#include "tests/unit/control/fake_control_port.h"
#include "tests/unit/control/run.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>

namespace sipveil::control {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace sipveil::testing;

TEST(Torrc, HasItsOwnFilesAndIncludesFirst) {
  const auto layout = TorLayout::below("/var/lib/a \"b\"").value();
  const auto text = make_torrc(layout, "/etc/extra", 42);
  EXPECT_THAT(text, StartsWith("%include \"/etc/extra\"\n"));
  EXPECT_THAT(text, HasSubstr("DataDirectory \"/var/lib/a \\\"b\\\"/tor\"\n"));
  EXPECT_THAT(text, HasSubstr("SocksPort unix:\"/var/lib/a \\\"b\\\"/tor/socks\" IsolateSOCKSAuth ExtendedErrors\n"));
  EXPECT_THAT(text, HasSubstr("ControlPort unix:\"/var/lib/a \\\"b\\\"/tor/control\"\n"));
  EXPECT_THAT(text, HasSubstr("CookieAuthentication 1\n"));
  EXPECT_THAT(text, HasSubstr("__OwningControllerProcess 42\n"));
  EXPECT_EQ(make_torrc(layout, std::nullopt, 42).find("%include"), std::string::npos);
}

TEST(Torrc, RefusesAStateDirectoryWithoutRoomForASocket) {
  const auto error = TorLayout::below("/" + std::string(100, 'd')).error();
  EXPECT_EQ(error.where, Fault::configuration);
  EXPECT_THAT(error.what, HasSubstr("state_dir"));
  EXPECT_FALSE(error.mend.empty());
  EXPECT_FALSE(TorLayout::below("/a\nControlPort 9051").has_value());
}

TEST(Torrc, LastComplaints) {
  EXPECT_EQ(last_complaints("Nov 20 11:36:03.454 [notice] Fine.\nNov 20 11:36:03.454 [warn] Unknown option 'X'.\n"
                            "Nov 20 11:36:03.454 [err] Reading config failed."),
            "Unknown option 'X'. Reading config failed.");
  EXPECT_EQ(last_complaints("[warn] 1\n[warn] 2\n[warn] 3\n[err] 4\n"), "2 3 4");
  EXPECT_EQ(last_complaints(""), "");
}

class ChildTest : public ::testing::Test {
 protected:
  Result<ChildProcess> shell(const std::string& script) {
    return ChildProcess::start(io.get_executor(), {"sh", "-c", script}, output());
  }
  [[nodiscard]] std::filesystem::path output() const { return directory.path() / "output"; }

  TemporaryDirectory directory;
  asio::io_context io;
};

TEST_F(ChildTest, EndingAndOutput) {
  auto child = shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(child.has_value());
  const auto ending = run(io, child->wait());
  EXPECT_EQ(ending.value().text(), "exit status 3");
  EXPECT_EQ(read_file(output(), 100).value(), "out\nerr\n");
  child->signal(SIGKILL);
}

TEST_F(ChildTest, BySignal) {
  auto child = shell("exec sleep 60");
  ASSERT_TRUE(child.has_value());
  child->signal(SIGTERM);
  EXPECT_EQ(run(io, child->wait()).value().text(), "signal 15");
}

TEST_F(ChildTest, InheritsNoDescriptorOfOurs) {
  // Asio opens its sockets without FD_CLOEXEC; so does this.
  const int leak = ::dup(0);
  auto child = shell("ls /proc/self/fd | wc -l");
  ASSERT_TRUE(child.has_value());
  ASSERT_TRUE(run(io, child->wait()).has_value());
  // Its three, and the directory that ls reads.
  EXPECT_EQ(read_file(output(), 100).value(), "4\n");
  ::close(leak);
}

TEST_F(ChildTest, NeverOutlivesItsObject) {
  pid_t pid = -1;
  {
    auto child = shell("exec sleep 60");
    ASSERT_TRUE(child.has_value());
    pid = child->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ChildTest, ProgramThatIsNotThere) {
  const auto child = ChildProcess::start(io.get_executor(), {"/nonexistent/tor"}, output());
  EXPECT_EQ(child.error().where, Fault::configuration);
  EXPECT_THAT(child.error().what, HasSubstr("/nonexistent/tor"));
}

/// A shell script in the place of tor: what is tested here is the handling of a process, whatever it is.
class TorProcessTest : public ChildTest {
 protected:
  std::string script(const std::string& body) {
    const auto file = directory.path() / "faketor";
    std::ofstream(file) << "#!/bin/sh\n" << body << "\n";
    ::chmod(file.c_str(), 0700);
    return file.string();
  }
  TorProcess& make(std::string binary, Duration start_timeout = 10s) {
    TorProcessOptions options;
    options.binary = std::move(binary);
    options.state_directory = directory.path() / "s";
    options.start_timeout = start_timeout;
    options.stop_timeout = 50ms;
    process = TorProcess::create(io.get_executor(), std::move(options)).value();
    process->on_exit([this](const Error& error) { exits.push_back(error); });
    return *process;
  }
  ~TorProcessTest() override {
    process.reset();
    io.restart();
    io.poll();
  }
  std::unique_ptr<TorProcess> process;
  std::vector<Error> exits;
};

TEST_F(TorProcessTest, MissingBinary) {
  const auto error = run(io, make("/nonexistent/tor").start()).error();
  EXPECT_EQ(error.where, Fault::configuration);
  EXPECT_EQ(error.mend, "Run: apt install tor, or set [tor] binary.");
}

TEST_F(TorProcessTest, EarlyEndBringsTorsLastWords) {
  auto& tor = make(script("echo 'Nov 20 11:36:03.454 [warn] Unknown option Foo. Failing.'; exit 1"));
  const auto error = run(io, tor.start()).error();
  EXPECT_EQ(error.what, "tor ended: Unknown option Foo. Failing. (exit status 1)");
  EXPECT_EQ(error.where, Fault::local_service);
  EXPECT_FALSE(tor.running());
  EXPECT_TRUE(exits.empty()) << "start tells it already";
}

TEST_F(TorProcessTest, ASocketThatNeverAnswersIsNotReady) {
  // A file stands where the socket belongs, as after a kill, and the process ignores SIGTERM.
  auto& tor = make(script("trap '' TERM; touch \"$(dirname \"$5\")/control\"; while :; do sleep 0.05; done"), 200ms);
  EXPECT_EQ(run(io, tor.start()).error().code, Errc::timed_out);
  EXPECT_FALSE(tor.running());
  EXPECT_TRUE(exits.empty());
}

TEST_F(TorProcessTest, APredecessorThatStillAnswersIsNotTakenForTheNewOne) {
  auto& tor = make(script("exec sleep 60"), 100ms);
  std::filesystem::create_directories(tor.layout().directory);
  const FakeControlPort predecessor(io, tor.layout().control.path());
  EXPECT_EQ(run(io, tor.start()).error().code, Errc::timed_out);
  EXPECT_EQ(predecessor.connections, 0U);
}

TEST_F(TorProcessTest, StopDuringStart) {
  auto& tor = make(script("exec sleep 60"));
  std::optional<Result<void>> started;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { started.emplace(co_await tor.start()); }, asio::detached);
  ASSERT_TRUE(run_until(io, [&] { return tor.running(); }));
  run(io, tor.stop());
  EXPECT_FALSE(tor.running());
  ASSERT_TRUE(run_until(io, [&] { return started.has_value(); }));
  EXPECT_EQ(started->error().code, Errc::cancelled);
}

TEST_F(TorProcessTest, UnreadableExtraTorrc) {
  TorProcessOptions options;
  options.state_directory = directory.path() / "s";
  options.extra_torrc = directory.path() / "none";
  process = TorProcess::create(io.get_executor(), std::move(options)).value();
  const auto error = run(io, process->start()).error();
  EXPECT_EQ(error.where, Fault::configuration);
  EXPECT_THAT(error.mend, HasSubstr("extra_torrc"));
}

} // namespace
} // namespace sipveil::control
