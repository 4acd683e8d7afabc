// What comes in: tokens become names again, here where the keys are.
#include "bridge/identity/digest.h"
#include "bridge/identity/identities.h"
#include "bridge/identity/refer_to.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"
#include "privasip/pseudonym.h"

#include <fmt/format.h>

namespace sipveil::identity {
namespace {

using privasip::Sender;
using privasip::Subject;
using sip::Message;
using sip::Method;

constexpr Refusal seen_before{482, "this request has been here before"};
constexpr Refusal unreadable{400, "an identity could not be read"};

} // namespace

/// One inward message under way.
struct Identities::Open {
  Identities& step;
  Message& message;
  const Dialog& dialog;
  std::string used_token; ///< the first that opened
  privasip::UnixSeconds used_issued = 0;
  bool refused = false;
  unsigned tries = 0;

  /// From, To, Request-URI, login, and a name or two besides, each as one thing or another. A message with more is made
  /// to cost, not to be read.
  static constexpr unsigned max_tries = 10;

  [[nodiscard]] bool is_register() const { return message.method() == Method::register_; }

  std::optional<privasip::Opened> open(std::string_view token, Subject subject) {
    if (++tries > max_tries) return std::nullopt;
    const std::string_view bound_to = subject == Subject::referred ? std::string_view() : dialog.wire_id;
    return step.keys_.opener.open(token, {Sender::caller, subject, bound_to}, dialog.unix_now);
  }

  /// The name that the phone side is shown for an opened token.
  [[nodiscard]] std::string shown(const privasip::Identity& identity) const {
    const bool pseudonyms = step.config_.identity && step.config_.identity->pseudonyms;
    return pseudonyms ? privasip::pseudonym(step.keys_.pseudonym_key(), identity) : identity.user;
  }

  /// A name that was not sealed, as in PrivaSIP-1 the callee's: a proxy that wants pseudonyms sees one all the same.
  std::string plain_uri(const Party& party) const {
    const bool pseudonyms = step.config_.identity && step.config_.identity->pseudonyms;
    if (!pseudonyms || party.user.empty() || !step.is_own_domain(party.host)) return party.text();
    Party inner = party;
    inner.user = shown({party.user, party.host});
    return step.beside(inner, party.user, false, dialog.wire_id);
  }

  /// The URI that the phone side sees for a party of the wire.
  std::string party_uri(const Party& party, Subject subject) {
    if (!privasip::looks_like_token(party.user)) return plain_uri(party);
    // Nothing is owed to a token that says, in clear, that it is somebody else's: it may be for a user of ours.
    if (!step.keys_.opener.may_be_ours(party.user, dialog.unix_now)) return party.text();
    auto opened = open(party.user, subject);
    if (!opened && subject == Subject::callee) {
      subject = Subject::referred;
      opened = open(party.user, subject);
    }
    const bool hidden = party.host == anonymous_host;
    const std::string host = opened && opened->host_hidden ? opened->identity.host : party.host;
    // A callee's token opens for the domain that it names, and for no other.
    const bool foreign_key = opened && subject == Subject::callee && opened->key_name != host &&
                             opened->key_name.find('@') == std::string_view::npos;
    if (!opened || foreign_key || hidden != opened->host_hidden) {
      // Sealed to somebody else, it passes as it is; sealed to us, as far as its domain says, it is worth nothing.
      if (step.is_own_domain(party.host)) refused = true;
      return party.text();
    }
    if (used_token.empty()) {
      used_token = party.user;
      used_issued = opened->issued;
    }
    Party inner = party;
    inner.user = shown({opened->identity.user, host});
    inner.host = host;
    inner.phone = false;
    return step.beside(inner, party.user, hidden, dialog.wire_id);
  }

  std::optional<Refusal> request(const Originals& restore) {
    const auto from = Party::parse(message.from_uri());
    const auto to = Party::parse(message.to_uri());
    const auto target = Party::parse(message.request_uri());
    if (!from || !to || !target) return unreadable;
    // The far end of a dialog of ours speaks: its From is whom we called, its To is who called.
    const bool answers_us = dialog.opened_inside && !dialog.begins;
    const Subject sender = answers_us ? Subject::callee : Subject::caller;
    const Subject receiver = answers_us || is_register() ? Subject::caller : Subject::callee;
    const bool has_from = answers_us && !restore.to_uri.empty();
    const bool has_to = answers_us && !restore.from_uri.empty();
    const std::string from_uri = has_from ? restore.to_uri : party_uri(*from, sender);
    const std::string to_uri = has_to ? restore.from_uri : own_party_uri(*to, receiver);
    if (dialog.begins && (privasip::looks_like_token(target->user) || step.is_own_domain(target->host))) {
      // Where a request goes it says once more in To, as a rule by the same token; only the name goes on from here.
      auto opened = Party::parse(party_uri(*target, Subject::callee));
      if (opened) message.set_request_uri(opened->text());
    }
    if (refused) return not_found;
    if (const auto repeated = replay()) return repeated;
    credentials(*from);
    if (refused) return not_found;
    named_persons(sender);
    remove_emptied(message);
    message.set_from(with_uri(message.from(), from_uri));
    message.set_to(with_uri(message.to(), to_uri));
    return std::nullopt;
  }

  /// A registered phone is called: its proxy's key opens To, not ours, but we know whose phone it is.
  std::string own_party_uri(const Party& to, Subject subject) {
    std::string uri = party_uri(to, subject);
    if (step.config_.role != Role::phone || dialog.opened_inside || !privasip::looks_like_token(to.user) ||
        uri != to.text())
      return uri;
    const AccountConfig* account = nullptr;
    for (const AccountConfig& candidate : step.config_.accounts) {
      if (candidate.host != to.host && to.host != anonymous_host) continue;
      if (account != nullptr) return uri; // which of them, only the domain knows
      account = &candidate;
    }
    if (account == nullptr) return uri;
    const bool hidden = to.host == anonymous_host;
    return step.beside({.user = account->user, .host = account->host}, to.user, hidden, dialog.wire_id);
  }

  std::optional<Refusal> replay() {
    if (!dialog.begins || used_token.empty()) return std::nullopt;
    // One call may come several times, for each phone of the callee's.
    const auto target = Party::parse(dialog.written_uri);
    const std::string name = used_token + " " + std::string(dialog.wire_id) + " " +
                             (target ? target->user + "@" + target->host : std::string());
    switch (step.replays_.check(name, message.cseq(), used_issued, dialog.unix_now)) {
    case privasip::ReplayGuard::Verdict::fresh: return std::nullopt;
    case privasip::ReplayGuard::Verdict::repeated: return seen_before; // RFC 3261 section 8.2.2.2
    case privasip::ReplayGuard::Verdict::stale: return not_found;
    }
    return not_found;
  }

  void credentials(const Party& from) {
    for (std::size_t i = 0; i < message.header_count(); ++i) {
      const auto header = message.header_at(i);
      if (!sip::iequals(header.name, "Authorization") && !sip::iequals(header.name, "Proxy-Authorization")) continue;
      auto parsed = Credentials::parse(sip::unfold(header.value));
      if (!parsed) {
        message.set_header_at(i, {});
        continue;
      }
      const std::string login(parsed->get("username"));
      if (!privasip::looks_like_token(login)) continue;
      const bool is_caller = login == from.user;
      const auto opened = open(login, is_caller ? Subject::caller : Subject::login);
      if (!opened) {
        refused = refused || step.is_own_domain(parsed->get("realm"));
        continue;
      }
      const std::string host = opened->host_hidden ? opened->identity.host
                               : is_caller         ? from.host
                                                   : std::string(parsed->get("realm"));
      parsed->set_quoted("username", shown({opened->identity.user, host}));
      message.set_header_at(i, parsed->text());
    }
  }

  void named_persons(Subject sender) {
    for (std::size_t i = 0; i < message.header_count(); ++i) {
      const auto header = message.header_at(i);
      const bool asserted = names_person(header.name);
      const bool refers = sip::iequals(header.name, "Refer-To");
      if (!asserted && !refers) continue;
      const auto name = sip::parse_name_addr(header.value);
      const auto person = name ? Party::parse(name->uri) : std::nullopt;
      if (!person) {
        message.set_header_at(i, {});
        continue;
      }
      std::string headers;
      if (refers) headers = translate_refer_headers(person->headers, dialog.translate).value_or(std::string());
      const bool before = std::exchange(refused, false);
      const std::string uri = party_uri(*person, refers ? Subject::callee : sender);
      message.set_header_at(i, refused ? std::string() : fmt::format("<{}{}>", uri, headers));
      refused = before;
    }
  }
};

std::optional<Refusal> Identities::inward_request(Message& request, const Dialog& dialog, const Originals& restore) {
  return Open{*this, request, dialog, {}, 0, false}.request(restore);
}

void Identities::inward_response(Message& response, const Dialog& dialog) {
  Open{*this, response, dialog, {}, 0, false}.named_persons(Subject::callee);
  remove_emptied(response);
}

} // namespace sipveil::identity
