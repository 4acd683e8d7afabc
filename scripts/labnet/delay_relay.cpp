// delay_relay TABLE: stream forwarders that hand every byte on after a while, for machines where namespaces
// cannot be had; without delay, gates between the unix sockets that everybody sees and the ports inside a namespace.
//
// Each line of TABLE is "LISTEN TARGET DELAY_MS", where LISTEN and TARGET are "IPV4:PORT" or "unix:PATH", in
// quotes if it has spaces. Every byte of a connection is handed on DELAY_MS after it was read, there and back. Prints
// "ready" when every endpoint listens.
#include "delay_queue.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <iomanip>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {

// A tor writes at most some cells at a time; 4 MiB held back is far more than a 250 ms link at the lab's
// rates needs, and keeps a runaway sender from filling the memory.
constexpr std::size_t MOST_BYTES_HELD = 4U << 20U;
constexpr lab::Nanoseconds RETRY_AFTER = 1'000'000;

struct Chunk {
  lab::Nanoseconds due;
  std::string bytes; // empty: the sender closed its side
};

struct Connection;

/// One direction of a connection: what was read from `in` and is not yet written to `out`.
struct Direction {
  int in = -1;
  int out = -1;
  std::deque<Chunk> held;
  std::size_t bytes_held = 0;
  bool paused = false;
  bool finished = false;
};

struct Connection {
  lab::Nanoseconds delay = 0;
  Direction there;
  Direction back;
  bool broken = false;
  bool over() const { return broken || (there.finished && back.finished); }
};

/// Where one listens or connects to.
struct Endpoint {
  union {
    sockaddr generic;
    sockaddr_in ip;
    sockaddr_un path;
  } address{};
  socklen_t size = 0;
  bool is_unix() const { return address.generic.sa_family == AF_UNIX; }
};

struct Forward {
  int listener = -1;
  Endpoint listen;
  Endpoint target;
  lab::Nanoseconds delay = 0;
};

Endpoint parse_endpoint(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) lab::fail("neither IPV4:PORT nor unix:PATH: " + text);
  const auto before = text.substr(0, colon);
  const auto behind = text.substr(colon + 1);
  Endpoint endpoint;
  if (before == "unix") {
    if (behind.size() >= sizeof endpoint.address.path.sun_path) lab::fail("too long for a unix socket: " + behind);
    endpoint.address.path.sun_family = AF_UNIX;
    std::memcpy(endpoint.address.path.sun_path, behind.c_str(), behind.size() + 1);
    endpoint.size = sizeof endpoint.address.path;
  } else {
    endpoint.address.ip.sin_family = AF_INET;
    endpoint.address.ip.sin_addr.s_addr = lab::parse_ipv4(before);
    endpoint.address.ip.sin_port = htons(static_cast<std::uint16_t>(std::stoi(behind)));
    endpoint.size = sizeof endpoint.address.ip;
  }
  return endpoint;
}

void set_option(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

class Relay {
 public:
  explicit Relay(std::vector<Forward> forwards) : forwards_(std::move(forwards)) {
    for (auto& forward : forwards_)
      listen_on(forward);
    watch(timer_.fd());
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i)
        handle(events[static_cast<std::size_t>(i)].data.fd);
      release_due();
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) lab::fail("epoll");
  }

  void listen_on(Forward& forward) {
    const auto& address = forward.listen.address;
    forward.listener = socket(address.generic.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    set_option(forward.listener, SOL_SOCKET, SO_REUSEADDR);
    if (forward.listen.is_unix()) unlink(address.path.sun_path);
    if (bind(forward.listener, &address.generic, forward.listen.size) != 0 || listen(forward.listener, 64) != 0)
      lab::fail(std::string("cannot listen: ") + std::strerror(errno));
    watch(forward.listener);
    by_listener_[forward.listener] = &forward;
  }

  void handle(int fd) {
    if (const auto forward = by_listener_.find(fd); forward != by_listener_.end()) return accept_from(*forward->second);
    const auto found = by_fd_.find(fd);
    if (found == by_fd_.end()) return;
    auto& connection = *found->second;
    read_into(fd == connection.there.in ? connection.there : connection.back, connection);
  }

  void accept_from(const Forward& forward) {
    const int accepted = accept4(forward.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return;
    const int onward = connect_to(forward.target);
    if (onward < 0) {
      close(accepted);
      return;
    }
    auto connection = std::make_shared<Connection>();
    connection->delay = forward.delay;
    connection->there = {accepted, onward, {}, 0, false, false};
    connection->back = {onward, accepted, {}, 0, false, false};
    for (const int fd : {accepted, onward}) {
      set_option(fd, IPPROTO_TCP, TCP_NODELAY); // refused by unix sockets, which need none
      by_fd_[fd] = connection;
      watch(fd);
    }
  }

  /// Does not wait: the target may be a frozen program whose queue is full. A connection that fails later is seen when
  /// it is read.
  static int connect_to(const Endpoint& target) {
    const int fd = socket(target.address.generic.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, &target.address.generic, target.size) == 0 || errno == EINPROGRESS) return fd;
    close(fd);
    return -1;
  }

  void read_into(Direction& direction, Connection& connection) {
    std::array<char, 65536> buffer;
    const auto size = recv(direction.in, buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // Acknowledge at once: the sender's Nagle algorithm would wait up to 44 ms for a delayed ACK.
    set_option(direction.in, IPPROTO_TCP, TCP_QUICKACK);
    const auto due = lab::now() + connection.delay;
    if (size <= 0) {
      direction.held.push_back({due, {}});
      pause(direction);
      return;
    }
    direction.held.push_back({due, std::string(buffer.data(), static_cast<std::size_t>(size))});
    direction.bytes_held += static_cast<std::size_t>(size);
    if (direction.bytes_held >= MOST_BYTES_HELD) pause(direction);
  }

  /// Removed rather than watched for nothing: epoll always reports a hang-up, which would spin until the
  /// delay is over.
  void pause(Direction& direction) {
    direction.paused = true;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, direction.in, nullptr);
  }

  /// Writes what is due and tells when to come back: 0 if nothing is held.
  lab::Nanoseconds write_due(Direction& direction, Connection& connection, lab::Nanoseconds now) {
    while (!direction.held.empty() && !connection.broken) {
      auto& chunk = direction.held.front();
      if (chunk.due > now) return chunk.due;
      if (chunk.bytes.empty()) {
        shutdown(direction.out, SHUT_WR);
        direction.finished = true;
        direction.held.clear();
        return 0;
      }
      const auto written = send(direction.out, chunk.bytes.data(), chunk.bytes.size(), MSG_NOSIGNAL);
      if (written < 0 && errno != EAGAIN) connection.broken = true;
      if (written <= 0) return now + RETRY_AFTER;
      direction.bytes_held -= static_cast<std::size_t>(written);
      chunk.bytes.erase(0, static_cast<std::size_t>(written));
      if (chunk.bytes.empty()) direction.held.pop_front();
      if (direction.paused && direction.bytes_held < MOST_BYTES_HELD / 2) resume(direction);
    }
    return 0;
  }

  void resume(Direction& direction) {
    const bool closed = !direction.held.empty() && direction.held.back().bytes.empty();
    if (closed) return;
    direction.paused = false;
    watch(direction.in);
  }

  void release_due() {
    const auto now = lab::now();
    lab::Nanoseconds next = 0;
    std::vector<std::shared_ptr<Connection>> over;
    for (const auto& [fd, connection] : by_fd_) {
      if (fd != connection->there.in) continue;
      for (auto* direction : {&connection->there, &connection->back}) {
        const auto due = write_due(*direction, *connection, now);
        if (due != 0 && (next == 0 || due < next)) next = due;
      }
      if (connection->over()) over.push_back(connection);
    }
    for (const auto& connection : over) {
      for (const int fd : {connection->there.in, connection->back.in}) {
        by_fd_.erase(fd);
        close(fd);
      }
    }
    timer_.arm(next);
  }

  std::vector<Forward> forwards_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  lab::Timer timer_;
  std::map<int, const Forward*> by_listener_;
  std::map<int, std::shared_ptr<Connection>> by_fd_;
};

} // namespace

int main(int count, char** arguments) {
  if (count != 2) lab::fail("usage: delay_relay TABLE");
  std::ifstream table(arguments[1]);
  if (!table) lab::fail(std::string("cannot read ") + arguments[1]);

  std::vector<Forward> forwards;
  for (std::string listen, target, delay; table >> std::quoted(listen) >> std::quoted(target) >> delay;)
    forwards.push_back({-1, parse_endpoint(listen), parse_endpoint(target), lab::parse_milliseconds(delay)});
  Relay relay(std::move(forwards));
  std::cout << "ready" << std::endl;
  relay.run();
}
