#include "control/child_process.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sipveil::control {
namespace {

/// posix_spawn's two sets of wishes, freed on every way out.
struct SpawnWishes {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  SpawnWishes() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  SpawnWishes(const SpawnWishes&) = delete;
  SpawnWishes& operator=(const SpawnWishes&) = delete;
  ~SpawnWishes() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

void wish(SpawnWishes& wishes, const std::filesystem::path& output) {
  posix_spawn_file_actions_addopen(&wishes.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&wishes.files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&wishes.files, STDOUT_FILENO, STDERR_FILENO);
  // Asio does not set FD_CLOEXEC: without this the child would keep our listening ports.
  posix_spawn_file_actions_addclosefrom_np(&wishes.files, STDERR_FILENO + 1);
  // What we ignore or block must not be ignored or blocked there.
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&wishes.attributes, &all);
  posix_spawnattr_setsigmask(&wishes.attributes, &none);
  posix_spawnattr_setpgroup(&wishes.attributes, 0);
  posix_spawnattr_setflags(&wishes.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

Error start_error(const std::string& program, int number) {
  const bool absent = number == ENOENT || number == EACCES || number == ENOEXEC;
  return {absent ? Errc::invalid : Errc::io, absent ? Fault::configuration : Fault::system,
          fmt::format("cannot run {}: {}", program, std::strerror(number)), "", !absent};
}

/// Takes the ending of a child that has ended, or waits for it.
Result<ChildProcess::Ending> reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) != pid) {
    if (errno != EINTR)
      return Error{Errc::io, Fault::system, fmt::format("cannot wait for a child process: {}", std::strerror(errno)),
                   "", false};
  }
  if (WIFSIGNALED(status)) return ChildProcess::Ending{true, WTERMSIG(status)};
  return ChildProcess::Ending{false, WEXITSTATUS(status)};
}

} // namespace

std::string ChildProcess::Ending::text() const {
  return fmt::format("{} {}", by_signal ? "signal" : "exit status", code);
}

Result<ChildProcess> ChildProcess::start(const asio::any_io_executor& executor,
                                         const std::vector<std::string>& arguments,
                                         const std::filesystem::path& output) {
  std::vector<std::string> owned = arguments;
  std::vector<char*> pointers;
  pointers.reserve(owned.size() + 1);
  for (auto& argument : owned)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  SpawnWishes wishes;
  wish(wishes, output);
  pid_t pid = -1;
  const int number =
      ::posix_spawnp(&pid, pointers.front(), &wishes.files, &wishes.attributes, pointers.data(), environ);
  if (number != 0) return start_error(arguments.front(), number);
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    const int reason = errno;
    ::kill(pid, SIGKILL);
    (void)reap(pid);
    return Error{Errc::io, Fault::system, fmt::format("cannot watch a child process: {}", std::strerror(reason)),
                 "A Linux kernel of 5.3 or newer is needed.", false};
  }
  return ChildProcess(pid, asio::posix::stream_descriptor(executor, descriptor));
}

ChildProcess::ChildProcess(pid_t pid, asio::posix::stream_descriptor descriptor)
    : pid_(pid), descriptor_(std::move(descriptor)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), descriptor_(std::move(other.descriptor_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  (void)reap(pid_);
}

asio::awaitable<Result<ChildProcess::Ending>> ChildProcess::wait() {
  const auto [code] =
      co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::use_awaitable));
  if (code || pid_ < 0)
    co_return Error{Errc::cancelled, Fault::system, "the wait for a child process was given up", "", false};
  co_return reap(std::exchange(pid_, -1));
}

void ChildProcess::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

} // namespace sipveil::control
