#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil {
namespace {

constexpr std::string_view unix_prefix = "unix:";

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// An x25519 key in base32, public or private: they look the same.
bool is_base32_key(std::string_view text) {
  return control::ClientPublicKey::parse(text).has_value();
}

void mistake(const Text& text, const Error& error, Reading& reading) {
  reading.mistake(text.place, error.what, error.mend);
}

/// The reason why a path cannot be used as it is written, empty if it can.
std::string wrong_path(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.find('\0') != std::string_view::npos) return "holds a NUL character";
  if (path.starts_with("~")) return "starts with ~, which only a shell expands";
  return {};
}

/// The reason why a file is not a readable regular file, empty if it is one.
std::string unreadable(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::strerror(errno);
  if (!S_ISREG(status.st_mode)) return "not a regular file";
  if (::access(path.c_str(), R_OK) != 0) return std::strerror(errno);
  return {};
}

} // namespace

std::optional<HostPort> numeric_host_port(const Text& text, Reading& reading) {
  auto parsed = HostPort::parse(text.value);
  if (!parsed) {
    mistake(text, parsed.error(), reading);
    return std::nullopt;
  }
  if (parsed->numeric()) return *parsed;
  reading.mistake(text.place, fmt::format("{} is a name, which is never looked up here", in_quotes(parsed->host())),
                  "Write the IP address.");
  return std::nullopt;
}

std::vector<HostPort> listen_addresses(const std::vector<Text>& texts, Reading& reading) {
  std::vector<HostPort> addresses;
  for (const Text& text : texts) {
    const auto address = numeric_host_port(text, reading);
    if (!address) continue;
    if (std::ranges::find(addresses, *address) != addresses.end())
      reading.mistake(text.place, fmt::format("{} is there twice", in_quotes(address->text())));
    else
      addresses.push_back(*address);
  }
  return addresses;
}

namespace {

std::optional<Endpoint> any_endpoint(const Text& text, Reading& reading, Result<Endpoint> (*parse)(std::string_view)) {
  std::string value = text.value;
  if (value.starts_with(unix_prefix)) {
    const auto path = file_path({value.substr(unix_prefix.size()), text.place}, reading);
    if (!path) return std::nullopt;
    value = std::string(unix_prefix) + path->string();
  }
  auto parsed = parse(value);
  if (parsed) return *parsed;
  mistake(text, parsed.error(), reading);
  return std::nullopt;
}

/// The host in its one spelling, nullopt if it is none. Names of overlays are hosts of SIP addresses too, though
/// nothing that is ever looked up.
std::optional<std::string> canonical_host(const std::string& host) {
  const std::string lowered = lower_case(host);
  if (lowered.ends_with(".onion")) {
    const auto onion = OnionName::parse(lowered);
    return onion ? std::optional(onion->host()) : std::nullopt;
  }
  if (lowered.ends_with(".b32.i2p")) {
    const auto destination = B32Name::parse(lowered);
    return destination ? std::optional(destination->host()) : std::nullopt;
  }
  // A host is what may stand in front of a port.
  const auto parsed = HostPort::parse(lowered + ":1");
  if (!parsed) return std::nullopt;
  return parsed->host().find(':') == std::string::npos ? parsed->host() : "[" + parsed->host() + "]";
}

} // namespace

std::optional<Endpoint> endpoint(const Text& text, Reading& reading) {
  return any_endpoint(text, reading, &Endpoint::parse);
}

std::optional<Endpoint> listen_endpoint(const Text& text, Reading& reading) {
  return any_endpoint(text, reading, &Endpoint::parse_listen);
}

std::optional<std::filesystem::path> file_path(const Text& text, Reading& reading) {
  if (const std::string reason = wrong_path(text.value); !reason.empty()) {
    reading.mistake(text.place, reason, "Write the path in full, or relative to this file's directory.");
    return std::nullopt;
  }
  return (reading.directory / text.value).lexically_normal();
}

std::optional<std::filesystem::path> existing_file(const Text& text, Reading& reading) {
  const auto path = file_path(text, reading);
  if (!path || !reading.look_at_files) return path;
  const std::string reason = unreadable(*path);
  if (reason.empty()) return path;
  reading.mistake(text.place, fmt::format("cannot use {}: {}", in_quotes(path->string()), reason));
  return std::nullopt;
}

std::optional<std::filesystem::path> secret_file(const Text& text, Reading& reading) {
  if (is_base32_key(text.value)) {
    reading.mistake(text.place, "holds a key instead of the path of a file",
                    "Put the key into a file with mode 0600 and write the path of the file here.");
    return std::nullopt;
  }
  const auto path = file_path(text, reading);
  if (!path || !reading.look_at_files) return path;
  if (const std::string reason = unreadable(*path); !reason.empty()) {
    reading.mistake(text.place, fmt::format("the file cannot be used: {}", reason),
                    fmt::format("Relative paths start at {}.", reading.directory.string()));
    return std::nullopt;
  }
  struct stat status {};
  if (::stat(path->c_str(), &status) == 0 && (status.st_mode & 0077U) != 0) {
    reading.mistake(text.place, fmt::format("others may read the file (mode {:04o})", status.st_mode & 07777U),
                    fmt::format("Run: chmod 600 {}", path->string()));
    return std::nullopt;
  }
  return path;
}

std::optional<control::ClientPublicKey> public_key(const Text& text, Reading& reading) {
  const auto key = control::ClientPublicKey::parse(text.value);
  if (key) return *key;
  reading.mistake(text.place, key.error().what, key.error().mend);
  return std::nullopt;
}

std::optional<std::string> domain(const Text& text, Reading& reading) {
  if (text.value == "*") return text.value;
  if (auto host = canonical_host(text.value)) return host;
  reading.mistake(text.place, fmt::format("{} is not a SIP domain", in_quotes(text.value)),
                  "Write only what follows the @ of a SIP address, without a port; \"*\" is every other domain.");
  return std::nullopt;
}

std::optional<std::string> own_domain(const Text& text, Reading& reading) {
  if (auto host = canonical_host(text.value)) return host;
  reading.mistake(text.place, fmt::format("{} is not a SIP domain", in_quotes(text.value)),
                  "Write only what follows the @ of a SIP address, without a port.");
  return std::nullopt;
}

} // namespace sipveil
