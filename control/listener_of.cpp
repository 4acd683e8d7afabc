#include "control/listener_of.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sipveil::control {
namespace {

/// The next word of a line, which is taken off it.
std::string_view take_word(std::string_view& line) {
  const auto first = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(first);
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

} // namespace

std::optional<std::uint64_t> listening_inode(std::string_view table, std::uint16_t port) {
  // The kernel prints addresses as a number in the machine's own byte order, which is little-endian wherever Debian
  // runs on more than a museum piece.
  const std::array<std::string, 2> wanted{fmt::format("0100007F:{:04X}", port), fmt::format("00000000:{:04X}", port)};
  while (!table.empty()) {
    auto line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    std::array<std::string_view, 10> words;
    for (auto& word : words)
      word = take_word(line);
    constexpr std::string_view listens = "0A"; // TCP_LISTEN, include/net/tcp_states.h
    if (words[3] != listens || (words[1] != wanted[0] && words[1] != wanted[1])) continue;
    std::uint64_t inode = 0;
    const auto [end, failed] = std::from_chars(words[9].data(), words[9].data() + words[9].size(), inode);
    if (failed == std::errc() && end == words[9].data() + words[9].size()) return inode;
  }
  return std::nullopt;
}

ListenerOf listener_of(std::uint16_t port, pid_t process) {
  std::stringstream table;
  table << std::ifstream("/proc/net/tcp").rdbuf();
  const auto inode = listening_inode(table.str(), port);
  if (!inode) return ListenerOf::nobody;
  const std::string wanted = fmt::format("socket:[{}]", *inode);
  std::error_code failed;
  for (std::filesystem::directory_iterator file(fmt::format("/proc/{}/fd", process), failed), end;
       !failed && file != end; file.increment(failed)) {
    std::error_code closed;
    if (std::filesystem::read_symlink(file->path(), closed) == wanted) return ListenerOf::the_process;
  }
  return ListenerOf::somebody_else;
}

} // namespace sipveil::control
