#include "bridge/cli/show_identity.h"

#include "bridge/config/key_names.h"
#include "privasip/key_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

namespace sipveil::cli {
namespace {

/// Below the row that it is about.
void warn(std::string_view text) {
  row("", fmt::format("  {}", text));
}

std::string_view sealed_by(privasip::Version scheme) {
  switch (scheme) {
  case privasip::Version::none: return "nobody";
  case privasip::Version::privasip_1: return "the caller";
  case privasip::Version::privasip_2: return "caller and callee";
  }
  return "?";
}

void show_scheme(const IdentityConfig& identity) {
  std::string line = fmt::format("{} ({}", sealed_by(identity.scheme), privasip::name(identity.scheme));
  if (identity.scheme != privasip::Version::none) line += fmt::format(", {}", privasip::name(identity.algorithm));
  line += fmt::format("), caller known to {}", privasip::name(identity.caller_known_to));
  if (identity.hide_domain) line += ", domains hidden";
  row("seals", line);
}

void show_opened(const IdentityConfig& identity) {
  if (identity.domains.empty()) return;
  std::string names;
  for (const std::string& domain : identity.domains)
    names += (names.empty() ? "" : ", ") + domain;
  row("opens", fmt::format("tokens of {}, shown as {}", names, identity.pseudonyms ? "pseudonyms" : "real names"));
}

/// What calls will miss. A damaged or exposed key is said once, and nothing else is known then.
void show_keys(const Config& config) {
  const privasip::KeyStore store(config.identity->keys_dir);
  row("keys", store.directory().string());
  const auto own = store.own(std::time(nullptr));
  const auto pinned = store.pinned_names();
  if (!own || !pinned) return warn((own ? pinned.error() : own.error()).text());
  for (const std::string& name : names_to_own(config)) {
    if (std::ranges::none_of(*own, [&](const auto& key) { return key.name == name && !key.retired_at; }))
      warn(fmt::format("no own key of {0}: sipveil keys generate {0}", name));
  }
  for (const std::string& name : names_to_pin(config)) {
    if (std::ranges::find(*pinned, name) == pinned->end())
      warn(fmt::format("no pinned key of {0}: sipveil keys fetch {0}", name));
  }
}

void show_account(const AccountConfig& account, const Config& config) {
  std::string line = fmt::format("{}@{}", account.user, account.host);
  if (account.home) line += fmt::format(", home {}", *account.home);
  if (account.caller_known_to) line += fmt::format(", caller known to {}", privasip::name(*account.caller_known_to));
  row("account", line);
  if (!config.identity || config.identity->scheme != privasip::Version::privasip_2 || account.password_file) return;
  // Calls of the other classes do not pass home.
  if (account.caller_known_to.value_or(config.identity->caller_known_to) == privasip::KnownTo::home)
    warn("without password_file no call that home challenges can go out: its Digest covers the callee, which home does "
         "not see");
}

} // namespace

void show_identity(const Config& config) {
  if (config.identity) {
    show_scheme(*config.identity);
    show_opened(*config.identity);
    show_keys(config);
  }
  for (const AccountConfig& account : config.accounts)
    show_account(account, config);
}

} // namespace sipveil::cli
