#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace sipveil::control {

/// Who listens at a port of 127.0.0.1.
enum class ListenerOf : std::uint8_t {
  nobody,
  the_process, ///< the one that was asked about
  somebody_else,
};

/// Looked up in /proc/net/tcp and /proc/PID/fd (proc(5)). A program that is to get a secret by a TCP port must be the
/// one that we started: any other user of this machine could be faster in taking the port.
[[nodiscard]] ListenerOf listener_of(std::uint16_t port, pid_t process);

/// The inode of the socket that listens at 127.0.0.1:port or 0.0.0.0:port, in the text of /proc/net/tcp:
///
///     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
///      0: 0100007F:1DE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27413 1 ...
[[nodiscard]] std::optional<std::uint64_t> listening_inode(std::string_view table, std::uint16_t port);

} // namespace sipveil::control
