#include "bridge/config/load.h"

#include "base/file.h"
#include "bridge/config/ascii.h"
#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sipveil {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 2> roles{{{"phone", Role::phone}, {"proxy", Role::proxy}}};

/// The XDG base directory specification: a relative XDG_STATE_HOME counts as unset.
std::optional<std::filesystem::path> default_state_dir() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::filesystem::path(state) / "sipveil";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::filesystem::path(home) / ".local/state/sipveil";
  return std::nullopt;
}

std::optional<Role> read_role(Reader& root) {
  const auto role = root.choice<Role>("role", roles);
  if (!root.has("role"))
    root.reading().mistake({0, "role"}, "is missing",
                           "Write role = \"phone\" beside a softphone, role = \"proxy\" beside a SIP proxy.");
  return role;
}

void read_state_dir(Reader& root, Config& config) {
  if (const auto text = root.text("state_dir")) {
    config.state_dir = file_path(*text, root.reading()).value_or("");
  } else if (const auto found = default_state_dir()) {
    config.state_dir = *found;
  } else if (!root.has("state_dir")) {
    root.reading().mistake({0, "state_dir"}, "is missing, and neither XDG_STATE_HOME nor HOME gives a default",
                           "Write state_dir = \"/var/lib/sipveil\".");
  }
}

/// A section that is not there reads as an empty one: its defaults stand in one place.
InnerConfig read_inner_or_defaults(Reader& root, bool& deliver_to_given) {
  InnerConfig inner;
  const auto read = [&](Reader& reader) {
    inner = read_inner(reader);
    deliver_to_given = reader.has("deliver_to");
  };
  if (!root.section("inner", read)) {
    const toml::table none;
    Reader empty(none, {0, "inner"}, root.reading());
    read(empty);
  }
  return inner;
}

/// What listens there already, empty if nothing does.
std::string_view taken_by(const Config& config, const HostPort& address) {
  const auto holds = [&](const std::vector<HostPort>& list) { return std::ranges::find(list, address) != list.end(); };
  if (holds(config.inner.listen)) return "inner.listen";
  if (holds(config.tunnel.listen)) return "tunnel.listen";
  if (config.onion && !config.onion->listen.is_unix() && config.onion->listen.host_port() == address)
    return "onion.listen";
  return {};
}

/// What no section can see alone.
void check_together(const Reader& root, const Config& config, const Names& names, bool deliver_to_given) {
  Reading& reading = root.reading();
  if (config.onion && !config.tor)
    reading.mistake(root.place("onion"), "an onion service needs tor, and there is no [tor] section",
                    "Add [tor], or remove [onion].");
  if (config.destination && !names.i2p)
    reading.mistake(root.place("destination"), "a destination needs an I2P router, and there is no [i2p] section",
                    "Add [i2p], or remove [destination].");
  if ((config.onion || config.destination || !config.tunnel.listen.empty()) && !deliver_to_given)
    reading.mistake({root.place("inner").line, "inner.deliver_to"},
                    "is missing, and calls can come in through [onion], [destination] or tunnel.listen",
                    "Write deliver_to = \"127.0.0.1:5062\", the address where the phone or proxy waits for calls.");
  if (names.role == Role::proxy && root.has("account"))
    reading.mistake(root.place("account"), "is only for role = \"phone\"",
                    "Remove it: a proxy's users stand in its own database, or in identity.subscribers_file.");
  if (names.role == Role::phone && config.identity && config.identity->algorithm == privasip::Algorithm::aes &&
      !root.has("account"))
    reading.mistake(root.place("identity"), "\"aes\" seals with an account's password, and there is no [[account]]",
                    "Add [[account]] with its password_file, or write algorithm = \"ecies-x25519\".");
  for (const HostPort& address : config.tunnel.listen) {
    if (std::ranges::find(config.inner.listen, address) != config.inner.listen.end())
      reading.mistake({root.place("tunnel").line, "tunnel.listen"},
                      fmt::format("{} is taken by inner.listen", in_quotes(address.text())), "Choose another port.");
  }
  if (!config.metrics) return;
  if (const auto owner = taken_by(config, config.metrics->listen); !owner.empty())
    reading.mistake({root.place("metrics").line, "metrics.listen"},
                    fmt::format("{} is taken by {}", in_quotes(config.metrics->listen.text()), owner),
                    "Choose another port.");
}

Config read_root(Reader& root) {
  Config config;
  Names names{.role = read_role(root),
              .tor = root.has("tor"),
              .i2p = root.has("i2p"),
              .destination = root.has("destination"),
              .peers = {},
              .same_as = {},
              .domains = {},
              .accounts = {}};
  bool deliver_to_given = false;
  config.role = names.role.value_or(config.role);
  read_state_dir(root, config);
  config.inner = read_inner_or_defaults(root, deliver_to_given);
  root.section("tor", [&](Reader& reader) { config.tor = read_tor(reader); });
  root.section("onion", [&](Reader& reader) { config.onion = read_onion(reader, config.tor); });
  root.section("i2p", [&](Reader& reader) { config.i2p = read_i2p(reader); });
  root.section("destination", [&](Reader& reader) { config.destination = read_destination(reader); });
  root.section("tunnel", [&](Reader& reader) { config.tunnel = read_tunnel(reader); });
  root.section("standby", [&](Reader& reader) { config.standby = read_standby(reader); });
  root.section("metrics", [&](Reader& reader) { config.metrics = read_metrics(reader); });
  root.section("log", [&](Reader& reader) { config.log = read_log(reader); });
  root.each("peer", [&](Reader& reader) {
    if (auto peer = read_peer(reader, names)) config.peers.push_back(std::move(*peer));
  });
  check_ways(names, config, root.reading());
  // After the peers, wherever the file has them.
  root.each("route", [&](Reader& reader) {
    if (auto route = read_route(reader, names, config)) config.routes.push_back(std::move(*route));
  });
  root.section("identity", [&](Reader& reader) { config.identity = read_identity(reader, names, config.state_dir); });
  root.each("account", [&](Reader& reader) {
    if (auto account = read_account(reader, names, config.identity)) config.accounts.push_back(std::move(*account));
  });
  root.finish();
  check_together(root, config, names, deliver_to_given);
  return config;
}

std::vector<Mistake> whole_file(std::string text, std::string mend = {}) {
  return {Mistake{0, "", std::move(text), std::move(mend)}};
}

} // namespace

std::variant<Config, std::vector<Mistake>> parse(std::string_view text, const std::filesystem::path& name,
                                                 KeyFiles files) {
  if (text.size() > max_config_bytes) return whole_file(fmt::format("is larger than {} bytes", max_config_bytes));
  const auto ascii = to_ascii(text);
  if (const auto* mistake = std::get_if<Mistake>(&ascii)) return std::vector{*mistake};
  const toml::parse_result parsed = toml::parse(std::get<std::string>(ascii), std::string_view());
  if (!parsed)
    return std::vector{Mistake{parsed.error().source().begin.line, "", std::string(parsed.error().description()), ""}};

  std::error_code failed;
  Reading reading{.directory = std::filesystem::absolute(name, failed).parent_path(),
                  .look_at_files = files == KeyFiles::checked,
                  .mistakes = {}};
  Reader root(parsed.table(), {0, ""}, reading);
  Config config = read_root(root);
  if (reading.mistakes.empty()) return config;
  std::ranges::stable_sort(reading.mistakes, {}, &Mistake::line);
  return std::move(reading.mistakes);
}

std::variant<Config, std::vector<Mistake>> load(const std::filesystem::path& path) {
  const auto text = read_file(path, max_config_bytes);
  if (!text) return whole_file(text.error().what, text.error().mend);
  return parse(*text, path);
}

} // namespace sipveil
