#include "bridge/doctor/local_checks.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr unsigned others = 0077;

std::optional<unsigned> mode_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_mode & 07777U;
}

bool may_write(const fs::path& directory) {
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

/// Where the directory would be made: the nearest one above it that is there.
fs::path nearest_existing(fs::path path) {
  std::error_code failed;
  while (path.has_relative_path() && !fs::exists(path, failed))
    path = path.parent_path();
  return path;
}

/// A key that others may read, if there is one. tor keeps the modes of its own sub-directory itself.
std::optional<fs::path> exposed_file(const fs::path& directory) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (entry.is_regular_file(failed) && (mode_of(entry.path()).value_or(0) & others) != 0) return entry.path();
  }
  return std::nullopt;
}

/// Binds as the listener of the daemon does, and lets go at once.
template <class Protocol>
boost::system::error_code try_to_bind(const HostPort& address) {
  asio::io_context context;
  boost::system::error_code failed;
  const typename Protocol::endpoint endpoint(asio::ip::make_address(address.host()), address.port());
  typename Protocol::socket socket(context);
  socket.open(endpoint.protocol(), failed);
  if constexpr (std::is_same_v<Protocol, asio::ip::tcp>) {
    if (!failed) socket.set_option(asio::socket_base::reuse_address(true), failed);
  }
  if (!failed) socket.bind(endpoint, failed);
  return failed;
}

class PortChecks {
 public:
  void add(const HostPort& address, std::string_view key, bool udp) {
    if (udp) judge(address, key, "udp", try_to_bind<asio::ip::udp>(address));
    judge(address, key, "tcp", try_to_bind<asio::ip::tcp>(address));
    free_ += (free_.empty() ? "" : ", ") + address.text();
  }

  void conclude(Report& report) const {
    if (failures_.empty())
      report.ok(listen_addresses, "free: " + free_);
    else
      report.failed(listen_addresses, failures_, mend_);
  }

 private:
  void judge(const HostPort& address, std::string_view key, std::string_view protocol,
             const boost::system::error_code& failed) {
    if (!failed) return;
    const bool taken = failed == boost::system::errc::address_in_use;
    failures_ += (failures_.empty() ? "" : "\n") + fmt::format("{} ({}): {}", address.text(), protocol,
                                                               taken ? "in use by another program" : failed.message());
    mend_ = taken ? fmt::format("See who has it: ss -lntup 'sport = :{}'; end that program, or choose another {}.",
                                address.port(), key)
                  : fmt::format("Choose another {}.", key);
  }

  std::string free_;
  std::string failures_;
  std::string mend_;
};

} // namespace

void check_state_directory(const Config& config, Report& report) {
  const fs::path& directory = config.state_dir;
  std::error_code failed;
  if (!fs::exists(directory, failed)) {
    const fs::path parent = nearest_existing(directory);
    if (may_write(parent))
      report.ok(state_directory, fmt::format("{} will be made at the first run", directory.string()));
    else
      report.failed(state_directory, fmt::format("{} cannot be made in {}", directory.string(), parent.string()),
                    fmt::format("Make it: install -d -m 700 -o <user of sipveil> {}; or choose another state_dir.",
                                directory.string()));
    return;
  }
  if (!fs::is_directory(directory, failed))
    return report.failed(state_directory, fmt::format("{} is not a directory", directory.string()),
                         "Choose another state_dir.");
  if (!may_write(directory))
    return report.failed(state_directory, fmt::format("{} is not writable for this user", directory.string()),
                         "Run sipveil as the user who owns it, or choose another state_dir.");
  if (const auto mode = mode_of(directory); (mode.value_or(0) & others) != 0)
    return report.failed(state_directory, fmt::format("others may enter {} (mode {:04o})", directory.string(), *mode),
                         fmt::format("Run: chmod 700 {}", directory.string()));
  if (const auto file = exposed_file(directory))
    return report.failed(state_directory, fmt::format("others may read {}", file->string()),
                         fmt::format("Run: chmod 600 {}", file->string()));
  report.ok(state_directory, directory.string());
}

void check_listen_addresses(const Config& config, bool running, Report& report) {
  if (running) return report.ok(listen_addresses, "in use by the running sipveil");
  PortChecks ports;
  for (const HostPort& address : config.inner.listen)
    ports.add(address, "inner.listen", true);
  for (const HostPort& address : config.tunnel.listen)
    ports.add(address, "tunnel.listen", false);
  if (config.onion && !config.onion->listen.is_unix() && config.onion->listen.host_port().port() != 0)
    ports.add(config.onion->listen.host_port(), "onion.listen", false);
  ports.conclude(report);
}

} // namespace sipveil::doctor
