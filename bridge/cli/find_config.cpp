#include "bridge/cli/find_config.h"

#include "bridge/config/load.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace sipveil::cli {
namespace {

constexpr std::string_view example = R"(Make one: put these lines into {}

  role = "phone"                  # a softphone on this machine
  [inner]
  listen = ["127.0.0.1:5060"]     # the phone's outbound proxy
  deliver_to = "127.0.0.1:5062"   # the phone's own SIP port
  [tor]
  control = "127.0.0.1:9051"      # the tor of this machine
  [onion]                         # others reach the phone by an onion address

then run: sipveil check
)";

/// The value of a variable that is there and not empty.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || value[0] == '\0') return std::nullopt;
  return value;
}

std::optional<std::filesystem::path> user_config_directory() {
  // The XDG base directory specification: a relative path counts as unset.
  if (const auto directory = environment("XDG_CONFIG_HOME"); directory && directory->starts_with('/'))
    return std::filesystem::path(*directory);
  if (const auto home = environment("HOME")) return std::filesystem::path(*home) / ".config";
  return std::nullopt;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

void explain_missing(std::string_view what, const std::filesystem::path& place) {
  fmt::print(stderr, "sipveil: {}\n", what);
  fmt::print(stderr, fmt::runtime(example), place.string());
}

} // namespace

std::vector<std::filesystem::path> default_config_places() {
  std::vector<std::filesystem::path> places{"sipveil.toml"};
  if (const auto directory = user_config_directory()) places.push_back(*directory / "sipveil/sipveil.toml");
  places.emplace_back("/etc/sipveil/sipveil.toml");
  return places;
}

std::optional<std::filesystem::path> find_config(const Invocation& invocation) {
  std::optional<std::filesystem::path> named = invocation.config;
  if (!named) named = environment("SIPVEIL_CONFIG");
  if (named) {
    if (is_there(*named)) return named;
    explain_missing(fmt::format("there is no configuration file {}", named->string()), *named);
    return std::nullopt;
  }
  const auto places = default_config_places();
  std::string looked_at;
  for (const auto& place : places) {
    if (is_there(place)) return place;
    looked_at += (looked_at.empty() ? "" : ", ") + place.string();
  }
  explain_missing(fmt::format("found no configuration file (looked at {})", looked_at), places.front());
  return std::nullopt;
}

std::optional<LoadedConfig> load_config(const Invocation& invocation) {
  const auto file = find_config(invocation);
  if (!file) return std::nullopt;
  auto loaded = load(*file);
  if (auto* config = std::get_if<Config>(&loaded)) return LoadedConfig{std::move(*config), *file};
  for (const Mistake& mistake : std::get<std::vector<Mistake>>(loaded))
    fmt::print(stderr, "{}\n", mistake.line_of(file->string()));
  return std::nullopt;
}

} // namespace sipveil::cli
