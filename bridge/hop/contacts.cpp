#include "bridge/hop/contacts.h"

#include "bridge/hop/own_names.h"
#include "bridge/policy/contact_params.h"
#include "bridge/sip/name_addr.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

std::string registration_params(std::string_view params) {
  const std::string kept = policy::keep_contact_params(params.substr(std::min<std::size_t>(params.size(), 1)));
  return kept.empty() ? kept : ";" + kept;
}

/// How the members of one message are rewritten: the new URI, nullopt takes the member away.
template <class NewUri>
void rewrite(Message& message, bool keeps_params, const NewUri& new_uri) {
  const auto members = message.contacts();
  if (members.empty()) return;
  std::vector<std::string> rewritten;
  rewritten.reserve(members.size());
  for (const std::string& member : members) {
    if (member == "*") {
      if (message.method() == Method::register_) rewritten.push_back(member);
      continue;
    }
    const auto parsed = sip::parse_name_addr(member);
    const auto uri = parsed ? new_uri(parsed->uri) : std::nullopt;
    if (uri)
      rewritten.push_back("<" + *uri + ">" + (keeps_params ? registration_params(parsed->params) : std::string()));
  }
  message.set_contacts(rewritten);
}

/// Section 8.1.3.4: somebody new, whom the identity step seals.
bool redirects(const Message& message) {
  return !message.is_request() && message.status() >= 300 && message.status() < 400;
}

/// An error has no use for a Contact, though few phones leave it out.
bool needs_none(const Message& message) {
  return message.status() >= 400;
}

} // namespace

std::optional<std::string> Contacts::hide(bool registers, std::string_view uri, std::string_view bound_to,
                                          std::string_view at) const {
  if (auto wire = far_contact_of(uri)) return wire;
  // A registered one is called in dialogs that are not there yet: what makes it differ stands inside.
  const auto sealed = registers ? seal_.seal(Purpose::contact, std::string(bound_to) + "\n" + std::string(uri))
                                : seal_.seal(Purpose::dialog_contact, uri, bound_to);
  if (!sealed) return std::nullopt;
  return fmt::format("sip:{}@{}", *sealed, at);
}

void Contacts::outward(Message& message, std::string_view dialog, std::string_view reachable_at) const {
  if (needs_none(message)) return message.set_contacts({});
  const bool registers = message.method() == Method::register_;
  if (registers && !message.is_request()) { // our proxy lists what is registered: only what came through us is told
    return rewrite(message, true, [this](std::string_view uri) { return registered_of(uri); });
  }
  const std::string at =
      registers && !reachable_at.empty() ? std::string(reachable_at) + ";transport=tcp" : std::string(outer_name);
  if (!redirects(message))
    rewrite(message, registers, [&](std::string_view uri) { return hide(registers, uri, dialog, at); });
}

void Contacts::inward(Message& message, std::string_view inner_name) const {
  if (needs_none(message)) return message.set_contacts({});
  const bool registers = message.method() == Method::register_;
  if (registers && !message.is_request())
    return rewrite(message, true, [this](std::string_view uri) { return contact_of(uri, {}); });
  if (registers)
    return rewrite(message, true, [&](std::string_view uri) -> std::optional<std::string> {
      const auto sealed = seal_.seal(Purpose::registration, uri);
      if (!sealed) return std::nullopt;
      return fmt::format("sip:{}@{}", *sealed, inner_name);
    });
  rewrite(message, false, [this](std::string_view uri) { return far_alias(uri); });
}

void Contacts::open_redirection(Message& message) const {
  if (!redirects(message)) return;
  rewrite(message, false,
          [this](std::string_view uri) { return std::optional(far_contact_of(uri).value_or(std::string(uri))); });
}

std::optional<std::string> Contacts::far_alias(std::string_view uri) const {
  const auto sealed = seal_.seal(Purpose::far_contact, uri);
  if (!sealed) return std::nullopt;
  return fmt::format("sip:{}@{}", *sealed, outer_name);
}

std::optional<std::string> Contacts::open_user(Purpose purpose, std::string_view uri) const {
  const auto parts = sip::split_uri(uri);
  return parts ? seal_.open(purpose, parts->user) : std::nullopt;
}

std::optional<std::string> Contacts::contact_of(std::string_view request_uri, std::string_view dialog) const {
  const auto parts = sip::split_uri(request_uri);
  if (!parts) return std::nullopt;
  if (auto contact = seal_.open(Purpose::dialog_contact, parts->user, dialog)) return contact;
  const auto registered = seal_.open(Purpose::contact, parts->user);
  const auto line = registered ? registered->find('\n') : std::string::npos;
  if (line == std::string::npos) return std::nullopt;
  return registered->substr(line + 1);
}

std::optional<std::string> Contacts::far_contact_of(std::string_view request_uri) const {
  return open_user(Purpose::far_contact, request_uri);
}

std::optional<std::string> Contacts::registered_of(std::string_view request_uri) const {
  return open_user(Purpose::registration, request_uri);
}

std::vector<std::string> Contacts::registering(const Message& request) {
  std::vector<std::string> uris;
  for (const std::string& member : request.contacts())
    if (const auto parsed = sip::parse_name_addr(member)) uris.emplace_back(parsed->uri);
  return uris;
}

} // namespace sipveil::hop
