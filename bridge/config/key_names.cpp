#include "bridge/config/key_names.h"

#include <algorithm>
#include <set>

namespace sipveil {
namespace {

using privasip::KnownTo;

/// Something is sealed, and to public keys.
bool uses_key_pairs(const Config& config) {
  return config.identity && config.identity->scheme != privasip::Version::none &&
         config.identity->algorithm != privasip::Algorithm::aes;
}

KnownTo class_of(const AccountConfig& account, const IdentityConfig& identity) {
  return account.caller_known_to.value_or(identity.caller_known_to);
}

/// Whether anything is sealed to the domains of callees.
bool seals_to_callee_domains(const Config& config) {
  const IdentityConfig& identity = *config.identity;
  return identity.scheme == privasip::Version::privasip_2 || identity.caller_known_to == KnownTo::callee_home ||
         std::ranges::any_of(config.accounts, [&](const AccountConfig& account) {
           return class_of(account, identity) == KnownTo::callee_home;
         });
}

} // namespace

std::vector<std::string> names_to_pin(const Config& config) {
  if (!uses_key_pairs(config)) return {};
  std::set<std::string> names;
  for (const AccountConfig& account : config.accounts) {
    if (class_of(account, *config.identity) == KnownTo::home) names.insert(account.host);
  }
  if (seals_to_callee_domains(config)) {
    for (const RouteConfig& route : config.routes)
      if (route.domain != "*") names.insert(route.domain);
  }
  for (const std::string& own : config.identity->domains)
    names.erase(own);
  return {names.begin(), names.end()};
}

std::vector<std::string> names_to_own(const Config& config) {
  if (!uses_key_pairs(config)) return {};
  const std::set<std::string> names(config.identity->domains.begin(), config.identity->domains.end());
  return {names.begin(), names.end()};
}

} // namespace sipveil
