#include "control/i2pd_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <deque>
#include <system_error>

namespace sipveil::control {
namespace {

// The last error often only points at the warning before it.
constexpr std::size_t most_complaints = 3;

/// What the first start in the public network needs: the certificates of those who sign the first list of routers.
/// Debian's package has them outside of any data directory.
constexpr std::array<std::string_view, 3> certificate_directories{
    "/usr/share/i2pd/certificates", "/var/lib/i2pd/certificates", "/usr/local/share/i2pd/certificates"};

/// Complaints that are no news: a first start has no router of its own yet, and finds nobody to test it before it knows
/// anybody; the address book is empty on purpose; our connections end; other routers send late.
constexpr std::array<std::string_view, 8> ordinary{"RouterInfo: Can't open file",
                                                   "ephemeral keys generated",
                                                   "Can't find routers for peer test",
                                                   "Clients: Can't read",
                                                   "Addressbook:",
                                                   "Operation canceled",
                                                   "SSU2: Unexpected message",
                                                   "Profiling: No profile"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The first line of a text, which is taken off it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

} // namespace

Result<I2pdLayout> I2pdLayout::below(const std::filesystem::path& state_directory) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(state_directory, failed);
  if (failed)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("state_dir has no absolute path: {}", failed.message()),
                 "Choose a plain path for state_dir.", false};
  const auto directory = absolute / "i2pd";
  return I2pdLayout{directory, directory / "i2pd.log", directory / "i2pd.out", directory / "i2pd.pid"};
}

std::vector<std::string> i2pd_command(const I2pdLayout& layout, const std::string& binary,
                                      const std::optional<std::filesystem::path>& extra, std::uint16_t sam_port) {
  std::vector<std::string> command{
      binary,
      "--datadir=" + layout.directory.string(),
      "--conf=" + (extra ? extra->string() : "/dev/null"),
      "--tunconf=/dev/null",
      "--tunnelsdir=" + (layout.directory / "tunnels.d").string(),
      "--pidfile=" + layout.pid_file.string(),
      "--log=file",
      "--logfile=" + layout.log.string(),
      "--sam.enabled=true",
      "--sam.address=127.0.0.1",
      fmt::format("--sam.port={}", sam_port),
      "--reseed.verify=true",
  };
  for (const char* off : {"http", "httpproxy", "socksproxy", "i2cp", "bob", "i2pcontrol", "upnp"})
    command.push_back(fmt::format("--{}.enabled=false", off));
  // Names are never looked up by it. But without an address book i2pd 2.45.1 crashes at the first stream that comes in
  // by SAM, so it has an empty one that fetches nothing.
  command.push_back("--addressbook.subscriptions=http://127.0.0.1/none"); // it takes no empty value
  command.push_back("--addressbook.defaulturl=http://127.0.0.1/none");
  std::error_code ignored;
  for (const std::string_view certificates : certificate_directories) {
    if (!std::filesystem::is_directory(certificates, ignored)) continue;
    command.push_back(fmt::format("--certsdir={}", certificates));
    break;
  }
  return command;
}

Result<void> check_extra_conf(std::string_view text) {
  for (unsigned number = 1; !text.empty(); ++number) {
    const auto line = trimmed(take_line(text));
    if (line.starts_with('[')) break; // both stand ahead of the first section
    const auto key = trimmed(line.substr(0, line.find('=')));
    if (key == "daemon" || key == "service")
      return Error{Errc::invalid, Fault::configuration,
                   fmt::format("line {} of [i2p] extra_conf makes i2pd a daemon, which sipveil cannot end", number),
                   "Remove the line.", false};
  }
  return {};
}

std::string last_i2pd_complaints(std::string_view log) {
  std::deque<std::string_view> found;
  while (!log.empty()) {
    const auto line = trimmed(take_line(log));
    for (const std::string_view mark : {"/warn - ", "/error - "}) {
      const auto at = line.find(mark);
      if (at == std::string_view::npos) continue;
      const auto words = trimmed(line.substr(at + mark.size()));
      if (std::ranges::any_of(ordinary, [&](auto known) { return words.find(known) != std::string_view::npos; })) break;
      found.push_back(words);
      if (found.size() > most_complaints) found.pop_front();
      break;
    }
  }
  return fmt::format("{}", fmt::join(found, ". "));
}

} // namespace sipveil::control
