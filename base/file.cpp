#include "base/file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

namespace sipveil {
namespace {

/// Closes on every way out.
struct Descriptor {
  int fd;
  explicit Descriptor(int value) : fd(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Error io_error(std::string_view action, const std::filesystem::path& path, int number) {
  return {Errc::io, Fault::system, fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(number)),
          number == EACCES ? fmt::format("Check who owns {} and its mode.", path.string()) : "", false};
}

Result<std::string> read_descriptor(int fd, const std::filesystem::path& path, std::size_t limit) {
  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read", path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > limit)
      return Error{Errc::too_large, Fault::configuration,
                   fmt::format("{} is larger than {} bytes", path.string(), limit), "", false};
  }
}

} // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return io_error("open", path, errno);
  return read_descriptor(file.fd, path, limit);
}

Result<SecretBytes> read_secret_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return io_error("open", path, errno);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return io_error("examine", path, errno);
  if ((status.st_mode & 0077U) != 0)
    return Error{Errc::io, Fault::configuration,
                 fmt::format("others may read the key file {} (mode {:04o})", path.string(), status.st_mode & 07777U),
                 fmt::format("Run: chmod 600 {}", path.string()), false};
  auto content = read_descriptor(file.fd, path, 64 * 1024);
  if (!content) return content.error();
  SecretBytes secret{std::string_view(*content)};
  explicit_bzero(content->data(), content->size());
  return secret;
}

Result<void> write_secret_file(const std::filesystem::path& path, const SecretBytes& bytes) {
  const std::filesystem::path temporary = path.string() + ".new-" + random_hex(4);
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.fd < 0) return io_error("create", temporary, errno);
    auto rest = bytes.bytes();
    while (!rest.empty()) {
      const ssize_t count = ::write(file.fd, rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return io_error("write", temporary, number);
      }
      rest = rest.subspan(static_cast<std::size_t>(count));
    }
    if (::fsync(file.fd) != 0) {
      const int number = errno;
      ::unlink(temporary.c_str());
      return io_error("flush", temporary, number);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(temporary.c_str());
    return io_error("replace", path, number);
  }
  // The rename itself must reach the disk before anybody is told the new address.
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd >= 0) ::fsync(directory.fd);
  return {};
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return {};
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return io_error("create directory", path, errno);
  return {};
}

} // namespace sipveil
