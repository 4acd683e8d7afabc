#include "bridge/config/subscribers.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>

namespace sipveil {
namespace {

constexpr std::size_t max_bytes = std::size_t{16} * 1024 * 1024;

Error unusable(const std::filesystem::path& file, std::string_view why, std::string mend = {}) {
  return {Errc::io, Fault::configuration, fmt::format("cannot read {}: {}", file.string(), why), std::move(mend),
          false};
}

} // namespace

// Not by read_secret_file: a subscriber list outgrows what a key file may hold.
Result<std::vector<privasip::Subscriber>> read_subscribers(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return unusable(file, std::strerror(errno));
  if ((status.st_mode & 0077U) != 0)
    return unusable(file, fmt::format("others may read it (mode {:04o})", status.st_mode & 07777U),
                    fmt::format("Run: chmod 600 {}", file.string()));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_bytes)
    return Error{Errc::too_large, Fault::configuration,
                 fmt::format("{} is larger than {} bytes", file.string(), max_bytes), "", false};
  SecretBytes content(size);
  std::ifstream stream;
  // Without a buffer: its copy would not be wiped.
  stream.rdbuf()->pubsetbuf(nullptr, 0);
  stream.open(file, std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(content.writable().data()), static_cast<std::streamsize>(size)))
    return unusable(file, "it changed while it was read, or is not a file");
  return privasip::parse_subscribers(content);
}

} // namespace sipveil
