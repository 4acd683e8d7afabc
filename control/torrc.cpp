#include "control/torrc.h"

#include "control/grammar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>
#include <system_error>

namespace sipveil::control {
namespace {

// The last error often only points at the warning before it.
constexpr std::size_t most_complaints = 3;

Error unusable(std::string what) {
  return {Errc::invalid, Fault::configuration, std::move(what), "Choose a shorter, plain path for state_dir.", false};
}

std::string common_part(const TorLayout& layout, const std::optional<std::filesystem::path>& extra, pid_t owner) {
  std::string text;
  if (extra) text += fmt::format("%include {}\n", quote(extra->string()));
  text += fmt::format("DataDirectory {}\n", quote(layout.directory.string()));
  // ControlSocket would do the same, but cannot quote a path with a space.
  text += fmt::format("ControlPort unix:{}\n", quote(layout.control.path()));
  text += "CookieAuthentication 1\n";
  text += "Log notice stdout\n";
  text += fmt::format("__OwningControllerProcess {}\n", owner);
  return text;
}

} // namespace

Result<TorLayout> TorLayout::below(const std::filesystem::path& state_directory, const std::string& name) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(state_directory, failed);
  if (failed) return unusable(fmt::format("state_dir has no absolute path: {}", failed.message()));
  if (absolute.native().find_first_of("\r\n") != std::string::npos) return unusable("state_dir holds a line end");
  const auto directory = absolute / name;
  auto control = Endpoint::parse("unix:" + (directory / "control").string());
  if (!control) return unusable(fmt::format("state_dir is unusable for tor's sockets: {}", control.error().what));
  auto socks = Endpoint::parse("unix:" + (directory / "socks").string());
  if (!socks) return unusable(fmt::format("state_dir is unusable for tor's sockets: {}", socks.error().what));
  return TorLayout{directory,           directory / "torrc", directory / "tor.log",
                   std::move(*control), std::move(*socks),   directory / "onion"};
}

std::string make_torrc(const TorLayout& layout, const std::optional<std::filesystem::path>& extra, pid_t owner) {
  std::string text = common_part(layout, extra, owner);
  text += fmt::format("SocksPort unix:{} IsolateSOCKSAuth ExtendedErrors\n", quote(layout.socks.path()));
  text += "ClientOnly 1\n";
  return text;
}

std::string make_service_torrc(const TorLayout& layout, const std::optional<std::filesystem::path>& extra, pid_t owner,
                               const SingleHopService& service) {
  std::string text = common_part(layout, extra, owner);
  text += "SocksPort 0\n";
  text += "HiddenServiceNonAnonymousMode 1\n";
  text += "HiddenServiceSingleHopMode 1\n";
  text += fmt::format("HiddenServiceDir {}\n", quote(layout.service.string()));
  const auto target =
      service.target.is_unix() ? "unix:" + quote(service.target.path()) : service.target.host_port().text();
  text += fmt::format("HiddenServicePort {} {}\n", service.virtual_port, target);
  return text;
}

std::string last_complaints(std::string_view log) {
  std::deque<std::string_view> found;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const auto line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    for (const std::string_view mark : {"[warn] ", "[err] "}) {
      const auto at = line.find(mark);
      if (at == std::string_view::npos) continue;
      found.push_back(line.substr(at + mark.size()));
      if (found.size() > most_complaints) found.pop_front();
      break;
    }
  }
  return fmt::format("{}", fmt::join(found, " "));
}

} // namespace sipveil::control
