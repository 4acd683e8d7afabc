// delay_switch TABLE [SEED]: network namespaces joined by a switch that holds every packet back for a while.
//
// Each line of TABLE is "IPV4 DELAY_MS [JITTER_MS LOSS_PERCENT]": one namespace with one TUN device of that address. A
// packet from A to B is handed on delay(A) + delay(B) and what the jitter of both adds (access_lines.h) after it was
// read, or it is lost; a packet to any other address is dropped, so nothing inside reaches a public host. SEED (up to
// 18 digits, default 1) decides what is drawn.
//
// The namespaces have no name. They stay open as file descriptors FIRST_NAMESPACE_FD, +1, ... of this
// process, in the order of the table, to be entered through /proc/PID/fd, and vanish with the last process in
// them: nothing can be left over. Without root /dev/net/tun must be open to everybody, as it is on Debian. Prints
// "ready" when packets flow; exits with one line on stderr when that cannot be had.
#include "access_lines.h"
#include "delay_queue.h"
#include "namespaces.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <linux/if_tun.h>
#include <net/if.h>
#include <queue>
#include <sched.h>
#include <sstream>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

constexpr int FIRST_NAMESPACE_FD = 100;
// 0.6 s of a fully loaded 100 Mbit/s line; beyond it packets are dropped, as a router would.
constexpr std::size_t MOST_PACKETS_IN_FLIGHT = 50'000;
// IFF_TUN hands over one packet a read, no larger than the device's MTU of 1500.
constexpr std::size_t LARGEST_PACKET = 2048;

struct Port {
  std::string address_text;
  std::uint32_t address = 0;
  int tun = -1;
};

struct Packet {
  lab::Nanoseconds due;
  std::uint64_t number; // keeps the order of packets that are due at the same time
  int tun;
  std::string bytes;
};

struct DueLater {
  bool operator()(const Packet& a, const Packet& b) const {
    return a.due != b.due ? a.due > b.due : a.number > b.number;
  }
};

/// Makes a namespace with a TUN device that owns `port.address` and leads to every other port of the switch.
void open_port(Port& port, int namespace_fd) {
  if (unshare(CLONE_NEWNET) != 0) lab::fail_errno("no network namespace");
  const int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (here < 0 || dup3(here, namespace_fd, O_CLOEXEC) < 0) lab::fail_errno("cannot keep a namespace open");
  close(here);

  port.tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (port.tun < 0) lab::fail_errno("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, "lab0", IFNAMSIZ - 1);
  if (ioctl(port.tun, TUNSETIFF, &request) != 0) lab::fail_errno("no TUN device");

  // quickack: acknowledge at once, else Nagle's algorithm and delayed ACKs add steps of 44 ms that no real
  // link has.
  const auto subnet = port.address_text.substr(0, port.address_text.rfind('.')) + ".0/24";
  lab::run_ip("link set lo up\n"
              "address add " +
              port.address_text +
              "/24 dev lab0\n"
              "link set lab0 mtu 1500 txqueuelen 1000 up\n"
              "route change " +
              subnet + " dev lab0 proto kernel scope link src " + port.address_text + " quickack 1\n");
}

class Switch {
 public:
  Switch(std::vector<Port> ports, lab::AccessLines lines) : ports_(std::move(ports)), lines_(std::move(lines)) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      by_address_[ports_[i].address] = i;
      watch(ports_[i].tun, i);
    }
    watch(timer_.fd(), ports_.size());
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const auto source = events[static_cast<std::size_t>(i)].data.u64;
        if (source < ports_.size()) read_packets(ports_[source]);
      }
      release_due();
    }
  }

 private:
  void watch(int fd, std::size_t index) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) lab::fail_errno("epoll");
  }

  void read_packets(const Port& from) {
    std::array<char, LARGEST_PACKET> buffer{};
    for (;;) {
      const auto size = read(from.tun, buffer.data(), buffer.size());
      if (size < 0) return;
      constexpr ssize_t ipv4_header = 20;
      if (size < ipv4_header || (buffer[0] >> 4) != 4) continue;
      std::uint32_t destination = 0;
      std::memcpy(&destination, buffer.data() + 16, sizeof destination);
      const auto to = by_address_.find(destination);
      if (to == by_address_.end() || in_flight_.size() >= MOST_PACKETS_IN_FLIGHT) continue;
      if (const auto due = lines_.due(from.address, destination, lab::now()))
        in_flight_.push(
            {*due, next_number_++, ports_[to->second].tun, std::string(buffer.data(), static_cast<std::size_t>(size))});
    }
  }

  void release_due() {
    const auto now = lab::now();
    while (!in_flight_.empty() && in_flight_.top().due <= now) {
      const auto& packet = in_flight_.top();
      // A full device queue loses the packet, which TCP inside repairs; there is nobody else to tell.
      [[maybe_unused]] const auto lost = write(packet.tun, packet.bytes.data(), packet.bytes.size());
      in_flight_.pop();
    }
    timer_.arm(in_flight_.empty() ? 0 : in_flight_.top().due);
  }

  std::vector<Port> ports_;
  lab::AccessLines lines_;
  std::unordered_map<std::uint32_t, std::size_t> by_address_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  lab::Timer timer_;
  std::priority_queue<Packet, std::vector<Packet>, DueLater> in_flight_;
  std::uint64_t next_number_ = 0;
};

std::uint64_t parse_seed(const std::string& text) {
  const auto digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (text.empty() || text.size() > 18 || !digits) lab::fail("not a seed: " + text);
  return std::stoull(text);
}

double parse_percent(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(value >= 0 && value <= 100)) lab::fail("not a loss in percent: " + text);
  return value / 100;
}

lab::AccessLine parse_line(const std::vector<std::string>& words) {
  lab::AccessLine line{.delay = lab::parse_milliseconds(words[1])};
  if (words.size() == 4) {
    line.jitter = lab::parse_milliseconds(words[2]);
    line.loss = parse_percent(words[3]);
  }
  return line;
}

} // namespace

int main(int count, char** arguments) {
  if (count != 2 && count != 3) lab::fail("usage: delay_switch TABLE [SEED]");
  std::ifstream table(arguments[1]);
  if (!table) lab::fail(std::string("cannot read ") + arguments[1]);

  std::vector<Port> ports;
  lab::AccessLines lines(count == 3 ? parse_seed(arguments[2]) : 1);
  for (std::string text; std::getline(table, text);) {
    std::istringstream stream(text);
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    if (words.size() != 2 && words.size() != 4) lab::fail("not a line of a table: " + text);
    ports.push_back({words[0], lab::parse_ipv4(words[0]), -1});
    lines.set(ports.back().address, parse_line(words));
  }

  lab::gain_rights();
  int namespace_fd = FIRST_NAMESPACE_FD;
  for (auto& port : ports)
    open_port(port, namespace_fd++);
  Switch delay_switch(std::move(ports), std::move(lines));
  std::cout << "ready" << std::endl;
  delay_switch.run();
}
