#include "base/file.h"

#include "base/encoding.h"
#include "base/random.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

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

Error too_large(const std::filesystem::path& path, std::size_t limit) {
  return {Errc::too_large, Fault::configuration, fmt::format("{} is larger than {} bytes", path.string(), limit), "",
          false};
}

/// Reads until `buffer` is full or the file ends; the number of bytes read. Leaves no copy behind.
Result<std::size_t> fill(int fd, const std::filesystem::path& path, std::span<unsigned char> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read", path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  return size;
}

/// More than every key file of ours and others' password files hold.
constexpr std::size_t max_secret_file = std::size_t{64} * 1024;

} // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return io_error("open", path, errno);
  std::string content;
  unsigned char buffer[4096];
  for (;;) {
    const auto count = fill(file.fd, path, buffer);
    if (!count) return count.error();
    content += as_text(std::span(buffer).first(*count));
    if (content.size() > limit) return too_large(path, limit);
    if (*count < sizeof buffer) return content;
  }
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
  SecretBytes buffer(max_secret_file + 1);
  const auto size = fill(file.fd, path, buffer.writable());
  if (!size) return size.error();
  if (*size > max_secret_file) return too_large(path, max_secret_file);
  return SecretBytes(buffer.bytes().first(*size));
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
  // "a/b/" names the same as "a/b", but its parent path would be the directory itself.
  const std::filesystem::path directory = path.has_filename() ? path : path.parent_path();
  std::error_code failed;
  if (std::filesystem::is_directory(directory, failed)) return {};
  if (directory.has_parent_path()) std::filesystem::create_directories(directory.parent_path(), failed);
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  const int number = errno;
  if (std::filesystem::is_directory(directory, failed)) return {}; // another process was faster
  return io_error("create directory", directory, number);
}

} // namespace sipveil
