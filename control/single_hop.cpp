#include "control/single_hop.h"

#include "base/file.h"
#include "base/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>

namespace sipveil::control {
namespace {

// A torrc has some kilobytes; one of a megabyte is not one that a person wrote.
constexpr std::size_t longest_torrc = std::size_t{1024} * 1024;
constexpr std::size_t longest_hostname = 256;

bool starts_with_option(std::string_view line, std::string_view option) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t+/"), line.size()));
  if (line.size() < option.size()) return false;
  return std::ranges::equal(line.substr(0, option.size()), option, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

} // namespace

Result<void> write_service(const std::filesystem::path& directory, const SingleHopService& service) {
  std::error_code failed;
  std::filesystem::remove_all(directory, failed);
  if (failed)
    return Error{Errc::io, Fault::system, fmt::format("cannot empty {}: {}", directory.string(), failed.message()), "",
                 false};
  if (auto made = make_private_directory(directory); !made) return made;
  if (auto written = write_secret_file(directory / "hs_ed25519_secret_key", service.key.tor_file()); !written)
    return written;
  if (service.clients.empty()) return {};
  const auto clients = directory / "authorized_clients";
  if (auto made = make_private_directory(clients); !made) return made;
  unsigned number = 0;
  for (const ClientPublicKey& client : service.clients) {
    const auto line = fmt::format("descriptor:x25519:{}\n", client.text());
    const auto file = clients / fmt::format("{}.auth", ++number);
    if (auto written = write_secret_file(file, SecretBytes(std::string_view(line))); !written) return written;
  }
  return {};
}

Result<OnionName> read_service_name(const std::filesystem::path& directory) {
  auto text = read_file(directory / "hostname", longest_hostname);
  if (!text) return text.error();
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
    text->pop_back();
  return OnionName::parse(*text);
}

Result<void> check_extra_torrc(const std::optional<std::filesystem::path>& extra) {
  if (!extra) return {};
  const auto text = read_file(*extra, longest_torrc);
  if (!text) return text.error();
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (starts_with_option(rest.substr(0, end), "hiddenservicedir"))
      return Error{Errc::invalid, Fault::configuration,
                   fmt::format("{} has an onion service of its own, which would be run in single-hop mode as well",
                               extra->string()),
                   "Leave its HiddenService lines to another tor, or take [onion] single_hop out.", false};
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

} // namespace sipveil::control
