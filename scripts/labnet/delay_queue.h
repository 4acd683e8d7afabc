// What both delay programs of the lab share: the clock, the words of a table, and the timer that
// releases what is due.
#pragma once

#include <arpa/inet.h>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>

namespace lab {

using Nanoseconds = std::int64_t;

inline Nanoseconds now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

[[noreturn]] inline void fail(const std::string& what) {
  std::cerr << what << '\n';
  std::exit(1);
}

/// IPv4 address in network byte order.
inline std::uint32_t parse_ipv4(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) fail("not an IPv4 address: " + text);
  return address.s_addr;
}

inline Nanoseconds parse_milliseconds(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(value >= 0 && value <= 60'000)) fail("not a delay in ms: " + text);
  return std::llround(value * 1e6);
}

/// A timer for epoll that fires at an absolute time.
class Timer {
 public:
  Timer() : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    if (fd_ < 0) fail("no timer");
    prctl(PR_SET_TIMERSLACK,
          1); // the default lets every wake-up be 50 us late, which adds up over twelve hops
  }
  int fd() const { return fd_; }
  /// Fires at `due` and stays readable until the next arm(); 0 switches it off.
  void arm(Nanoseconds due) {
    itimerspec when{};
    when.it_value.tv_sec = due / 1'000'000'000;
    when.it_value.tv_nsec = due % 1'000'000'000;
    timerfd_settime(fd_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

 private:
  int fd_;
};

} // namespace lab
