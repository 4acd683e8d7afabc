// Who calls, and who may know it.
#include "bridge/identity/identities.h"
#include "bridge/sip/text.h"

#include <algorithm>

namespace sipveil::identity {
namespace {

using privasip::KnownTo;
using privasip::Version;

std::optional<KnownTo> class_named(std::string_view text) {
  for (const KnownTo known_to : {KnownTo::nobody, KnownTo::callee, KnownTo::home, KnownTo::callee_home})
    if (sip::iequals(text, privasip::name(known_to))) return known_to;
  return std::nullopt;
}

/// priv-values of RFC 3323 section 4.2 and RFC 3325 section 9.3: `user` and `id` ask that the caller be hidden, `none`
/// that nothing be done.
struct Asked {
  bool none = false;
  bool hidden = false;
};
Asked asked_privacy(const sip::Message& request) {
  Asked asked;
  for (std::size_t i = 0; i < request.header_count(); ++i) {
    const auto header = request.header_at(i);
    if (!sip::iequals(header.name, "Privacy")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string_view value = sip::trim(rest.substr(0, rest.find_first_of(";,")));
      rest.remove_prefix(std::min(rest.find_first_of(";,"), rest.size() - 1) + 1);
      asked.none = asked.none || sip::iequals(value, "none");
      asked.hidden = asked.hidden || sip::iequals(value, "user") || sip::iequals(value, "id");
    }
  }
  return asked;
}

} // namespace

std::uint8_t sealed_parties(const sip::Message& request) {
  const auto is_token = [](std::string_view uri) {
    const auto party = Party::parse(uri);
    return party && privasip::looks_like_token(party->user);
  };
  return static_cast<std::uint8_t>((is_token(request.from_uri()) ? 1U : 0U) | (is_token(request.to_uri()) ? 2U : 0U));
}

std::uint8_t Sealing::encode() const {
  return static_cast<std::uint8_t>((open_caller ? 0x80U : 0U) | static_cast<unsigned>(scheme) << 4U |
                                   static_cast<unsigned>(known_to));
}

Sealing Sealing::decode(std::uint8_t byte) {
  const unsigned scheme = std::min<unsigned>(byte >> 4U & 7U, 2);
  const unsigned known_to = std::min<unsigned>(byte & 0xfU, 3);
  return {static_cast<Version>(scheme), static_cast<KnownTo>(known_to), (byte & 0x80U) != 0};
}

Identities::Identities(const Config& config, KeyBook keys, const LocalSeal& seal)
    : config_(config), keys_(std::move(keys)), seal_(seal),
      replays_(config.identity ? config.identity->replay_window : std::chrono::seconds(600)) {}

std::string Identities::beside(const Party& inner, std::string_view token, bool hidden, std::string_view dialog) const {
  const auto sealed = seal_.seal(Purpose::beside, token, dialog);
  return inner.text() + ";" + std::string(hidden ? beside_hidden_parameter : beside_parameter) + "=" +
         sealed.value_or(std::string());
}

std::optional<std::string> Identities::put_back(const Party& party, std::string_view dialog) const {
  if (party.beside.empty()) return std::nullopt;
  auto token = seal_.open(Purpose::beside, party.beside, dialog);
  if (!token) return std::nullopt;
  Party wire = party;
  wire.user = *std::move(token);
  if (party.beside_hidden) wire.host = anonymous_host;
  return wire.text();
}

bool Identities::is_own_domain(std::string_view host) const {
  if (!config_.identity) return false;
  const auto& domains = config_.identity->domains;
  return std::find(domains.begin(), domains.end(), host) != domains.end();
}

Caller Identities::caller_of(const sip::Message& request, Sealing sealing) const {
  Caller caller{nullptr, sealing};
  if (const auto from = Party::parse(request.from_uri())) caller.account = config_.find_account(from->user, from->host);
  return caller;
}

Sealing Identities::own_sealing() const {
  if (!config_.identity) return {};
  return {config_.identity->scheme, config_.identity->caller_known_to, false};
}

Caller Identities::caller_of(const sip::Message& request) const {
  Caller caller = caller_of(request, own_sealing());
  if (caller.account != nullptr && caller.account->caller_known_to)
    caller.sealing.known_to = *caller.account->caller_known_to;
  // A registration is for the registrar; nobody else could do anything with it.
  if (request.method() == sip::Method::register_) {
    caller.sealing.known_to = KnownTo::home;
    return caller;
  }
  const auto target = Party::parse(request.request_uri());
  if (target && !target->asked_class.empty())
    caller.sealing.known_to = class_named(target->asked_class).value_or(KnownTo::nobody); // a typing error hides
  const Asked asked = asked_privacy(request);
  if (asked.hidden && caller.sealing.scheme == Version::none) caller.sealing.known_to = KnownTo::nobody;
  caller.sealing.open_caller = asked.none && !asked.hidden;
  return caller;
}

} // namespace sipveil::identity
