#pragma once

#include <boost/system/error_code.hpp>

#include <string>
#include <sys/types.h>

namespace sipveil {

/// The file of a unix socket that we have bound: private while it is there, removed with this object unless
/// another program has put its own in its place.
class UnixSocketFile {
 public:
  /// Removes the socket file of a program that is gone. Success also if there is no file.
  /// Errors: address_in_use if somebody listens there; file_exists if it is not a socket, which is never
  /// removed.
  [[nodiscard]] static boost::system::error_code remove_stale(const std::string& path);

  /// For a file that bind() has just made.
  explicit UnixSocketFile(std::string path);
  ~UnixSocketFile();
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;

  /// Mode 0600: whoever can connect can place calls.
  [[nodiscard]] boost::system::error_code make_private() const;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

} // namespace sipveil
