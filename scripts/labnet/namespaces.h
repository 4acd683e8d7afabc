// What the programs that make network namespaces share: the rights to do so, and ip to set one up.
#pragma once

#include "delay_queue.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace lab {

[[noreturn]] inline void fail_errno(const std::string& what) {
  lab::fail(what + ": " + std::strerror(errno));
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  if (!(out << text << std::flush)) fail_errno("cannot write " + path);
}

/// Without root: become root of a user namespace of our own, which may make network namespaces.
inline void gain_rights() {
  const auto user = geteuid();
  const auto group = getegid();
  if (user == 0) return;
  if (unshare(CLONE_NEWUSER) != 0) fail_errno("no user namespace");
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

/// Runs ip (iproute2) with one command a line in the namespace that we are in.
inline void run_ip(const std::string& commands) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) fail_errno("no pipe");
  const pid_t child = fork();
  if (child < 0) fail_errno("cannot fork");
  if (child == 0) {
    dup2(pipe_ends[0], STDIN_FILENO);
    execlp("ip", "ip", "-batch", "-", nullptr);
    _exit(127);
  }
  close(pipe_ends[0]);
  const auto written = write(pipe_ends[1], commands.data(), commands.size());
  close(pipe_ends[1]);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0 || written != static_cast<ssize_t>(commands.size()))
    lab::fail("ip could not configure a namespace (is iproute2 installed?)");
}

} // namespace lab
