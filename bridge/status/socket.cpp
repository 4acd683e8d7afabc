#include "bridge/status/socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace sipveil::status {
namespace {

/// A report of 1,024 calls and 4,096 links has about 700 KiB.
constexpr std::size_t max_report_bytes = 4 * 1024 * 1024;

asio::awaitable<void> answer(std::shared_ptr<Stream> stream, std::string text) {
  // Whether the asker stays to hear it is its own affair.
  static_cast<void>(co_await stream->write(text));
  stream->close();
}

Error not_running(const Config& config, std::string_view why) {
  return {Errc::unreachable, Fault::system,
          fmt::format("no bridge answers at {}: {}", socket_path(config).string(), why),
          "Start it with: sipveil run -c <the same configuration>", true};
}

} // namespace

std::filesystem::path socket_path(const Config& config) {
  return config.state_dir / "status.sock";
}

Result<std::unique_ptr<Server>> Server::open(const asio::any_io_executor& executor, const Config& config,
                                             std::function<std::string()> report) {
  const auto endpoint = Endpoint::parse("unix:" + socket_path(config).string());
  if (!endpoint) return endpoint.error();
  auto listener = Listener::open(executor, *endpoint, {.key = "state_dir", .far_end = Fault::system},
                                 [executor, report = std::move(report)](StreamPtr stream, const std::string&) {
                                   asio::co_spawn(executor, answer(std::move(stream), report()), asio::detached);
                                 });
  if (!listener) return listener.error();
  return std::unique_ptr<Server>(new Server(std::move(*listener)));
}

Result<std::string> ask(const Config& config) {
  const std::string path = socket_path(config).string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return not_running(config, "the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int number = errno;
    if (fd >= 0) ::close(fd);
    return not_running(config, std::strerror(number));
  }
  std::string text;
  char buffer[16384];
  ssize_t count = 0;
  while (text.size() < max_report_bytes && (count = ::read(fd, buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(fd);
  if (count < 0 || text.empty()) return not_running(config, "it did not answer within 5 s");
  return text;
}

} // namespace sipveil::status
