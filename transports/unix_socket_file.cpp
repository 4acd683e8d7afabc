#include "transports/unix_socket_file.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sipveil {
namespace {

using boost::system::error_code;

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// 0 if somebody listens at the path, else the errno of connect().
int probe(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  // Non-blocking: a full backlog must not hold the program up; EAGAIN then shows that somebody listens.
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  const int failed =
      ::connect(fd, static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) == 0 ? 0 : errno;
  ::close(fd);
  return failed;
}

} // namespace

error_code UnixSocketFile::remove_stale(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT ? error_code() : last_error();
  if (!S_ISSOCK(status.st_mode)) return {EEXIST, boost::system::system_category()};
  const int failed = probe(path);
  if (failed == 0 || failed == EAGAIN) return {EADDRINUSE, boost::system::system_category()};
  if (failed != ECONNREFUSED) return {failed, boost::system::system_category()};
  return ::unlink(path.c_str()) == 0 ? error_code() : last_error();
}

UnixSocketFile::UnixSocketFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

UnixSocketFile::~UnixSocketFile() {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
    ::unlink(path_.c_str());
}

error_code UnixSocketFile::make_private() const {
  return ::chmod(path_.c_str(), S_IRUSR | S_IWUSR) == 0 ? error_code() : last_error();
}

} // namespace sipveil
