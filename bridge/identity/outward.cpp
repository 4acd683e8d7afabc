// What leaves: names become tokens. The order of the steps stands in Seal::request.
#include "bridge/identity/digest.h"
#include "bridge/identity/identities.h"
#include "bridge/identity/refer_to.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"

namespace sipveil::identity {
namespace {

using privasip::KnownTo;
using privasip::Sender;
using privasip::Subject;
using privasip::Version;
using sip::Message;
using sip::Method;

constexpr Refusal no_key{480, "no key of this algorithm is known for a domain of the call: sipveil keys fetch DOMAIN"};
constexpr Refusal no_password{480,
                              "the account needs a password_file: the Digest covers an address that must not leave"};
constexpr Refusal lost_token{403, "the phone has changed the address by which this call came in; it was sealed"};
constexpr Refusal unreadable{400, "an identity could not be read"};
constexpr Refusal cannot_seal{500, "an identity could not be sealed"};

/// A numeric host: an address on the phone side, which says much there and leads nowhere.
bool is_address(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

} // namespace

/// One outward request under way.
struct Identities::Seal {
  Identities& step;
  Message& request;
  const Dialog& dialog;
  const Caller& caller;
  Originals& sealed;
  std::optional<Refusal> refusal;

  std::optional<Party> from = Party::parse(request.from_uri());
  std::optional<Party> to = Party::parse(request.to_uri());
  std::optional<Party> target = Party::parse(request.request_uri());

  [[nodiscard]] bool is_register() const { return request.method() == Method::register_; }
  [[nodiscard]] bool seals_caller() const {
    return caller.sealing.scheme != Version::none && !caller.sealing.open_caller;
  }
  /// In a dialog that the other side began it is our own home that asks for credentials, whatever our class.
  [[nodiscard]] KnownTo known_to() const { return dialog.opened_inside ? caller.sealing.known_to : KnownTo::home; }
  [[nodiscard]] bool seals_callee() const { return caller.sealing.scheme == Version::privasip_2; }

  std::string fail(const Refusal& why) {
    if (!refusal) refusal = why;
    return std::string(anonymous_uri); // never sent: the request is refused
  }

  std::string seal_for(const Party& party, Subject subject, const privasip::Recipient& recipient, bool hides) {
    const std::string_view bound_to = subject == Subject::referred ? std::string_view() : dialog.wire_id;
    auto token = step.keys_.sealer.seal({party.user, party.host}, hides, {Sender::caller, subject, bound_to}, recipient,
                                        dialog.issued);
    if (!token) return fail(cannot_seal);
    Party wire = party;
    wire.user = std::move(*token);
    if (hides) wire.host = anonymous_host;
    wire.phone = false;
    return wire.text();
  }

  std::string seal_to_domain(const Party& party, Subject subject, std::string_view key_name, bool hides) {
    const auto* key = step.keys_.recipient(key_name, step.config_.identity->algorithm, dialog.now);
    return key == nullptr ? fail(no_key) : seal_for(party, subject, key, hides);
  }

  std::string seal_caller(const Party& party, Subject subject) {
    // For the callee alone: his own domain would ask a caller whose domain it sees to be its own for credentials.
    const bool hides =
        subject == Subject::caller && (step.config_.identity->hide_domain || known_to() == KnownTo::callee);
    switch (known_to()) {
    case KnownTo::nobody: return std::string(anonymous_uri);
    case KnownTo::callee:
      // Whom a transfer or redirection names by a token has no key that we could know: then nobody learns the caller.
      if (privasip::looks_like_token(to->user)) return std::string(anonymous_uri);
      return seal_to_domain(party, subject, to->user + "@" + to->host, hides);
    case KnownTo::callee_home: return seal_to_domain(party, subject, to->host, hides);
    case KnownTo::home: break;
    }
    if (step.config_.identity->algorithm != privasip::Algorithm::aes)
      return seal_to_domain(party, subject, party.host, hides);
    const auto* shared = caller.account == nullptr ? nullptr : step.keys_.shared_key(*caller.account);
    return shared == nullptr ? fail(no_key) : seal_for(party, subject, shared, hides);
  }

  /// The URI of the wire for one of the two parties.
  std::string party_uri(const Party& party, bool is_caller) {
    if (auto wire = step.put_back(party, dialog.wire_id)) return *std::move(wire);
    if (privasip::looks_like_token(party.user)) return party.text();
    // A dialog that the other side began knows its own names, as it chose to write them. What it had sealed must not go
    // back in clear because a phone has lost what travelled beside the name: its From was To then.
    if (!dialog.opened_inside && (dialog.sealed_parties & (is_caller ? 2U : 1U)) != 0) return fail(lost_token);
    // An address is the phone's or the proxy's own, and no name.
    if (is_address(party.host)) return std::string(anonymous_uri);
    if (!dialog.opened_inside || party.user.empty()) return party.text();
    if (is_caller) {
      // Beside a proxy the callers of other domains are theirs to hide.
      if (step.config_.role == Role::proxy && !step.is_own_domain(party.host)) return party.text();
      if (!seals_caller())
        return caller.sealing.known_to == KnownTo::nobody ? std::string(anonymous_uri) : party.text();
      return seal_caller(party, Subject::caller);
    }
    if (!seals_callee()) return party.text();
    return seal_to_domain(party, Subject::callee, party.host, step.config_.identity->hide_domain);
  }

  std::optional<Refusal> run() {
    if (!from || !to || !target) return unreadable;
    // A phone's list of calls keeps what stood beside a name: a token of that call, worth nothing in a new one.
    if (step.config_.role == Role::phone && dialog.begins) from->beside = to->beside = {};
    const std::string from_uri = party_uri(*from, true);
    const std::string to_uri = is_register() && to->same_person(*from) ? from_uri : party_uri(*to, is_register());
    request_uri();
    // Before the parties are replaced: these compare with what the phone wrote.
    credentials();
    named_persons(from_uri);
    if (refusal) return refusal;
    remove_emptied(request);
    remember(*from, from_uri, sealed.from_uri, request.from_uri());
    remember(*to, to_uri, sealed.to_uri, request.to_uri());
    request.set_from(with_uri(request.from(), from_uri));
    request.set_to(with_uri(request.to(), to_uri));
    return std::nullopt;
  }

  /// What the far end's requests must be turned back into; a token that was put back is in their own To or From.
  void remember(const Party& party, const std::string& wire, std::string& original, std::string_view written) const {
    if (dialog.opened_inside && party.beside.empty() && wire != written) original = written;
  }

  void request_uri() {
    if (!dialog.begins || !dialog.opened_inside) return; // a Contact that the other side gave
    const bool sealable = !target->user.empty() && !is_register() && !privasip::looks_like_token(target->user) &&
                          target->host != anonymous_host && !target->host.ends_with(".onion") &&
                          !target->host.ends_with(".b32.i2p");
    if (!seals_callee() || !sealable) return request.set_request_uri(target->text());
    // Its host stays: it is how the request finds its way.
    request.set_request_uri(seal_to_domain(*target, Subject::callee, target->host, false));
  }

  void credentials() {
    for (std::size_t i = 0; i < request.header_count(); ++i) {
      const auto header = request.header_at(i);
      if (!sip::iequals(header.name, "Authorization") && !sip::iequals(header.name, "Proxy-Authorization")) continue;
      auto parsed = Credentials::parse(sip::unfold(header.value));
      if (!parsed || !sign(*parsed)) {
        request.set_header_at(i, {});
        continue;
      }
      request.set_header_at(i, parsed->text());
    }
  }

  /// False: these credentials must not leave.
  bool sign(Credentials& credentials) {
    const bool home_reads =
        known_to() == KnownTo::home || (known_to() == KnownTo::callee_home && to->host == from->host);
    const std::string login(credentials.get("username"));
    if (!home_reads || login.empty()) return false;
    if (step.config_.role == Role::proxy) return privasip::looks_like_token(login);
    const std::string now_uri(request.request_uri());
    // Inside a dialog it is signed over a Contact that we had sealed ourselves: that says nothing, and stays.
    if (credentials.get("uri") != now_uri && (dialog.begins || credentials.get("uri") != dialog.written_uri)) {
      // Signed over the callee's name, which the home proxy must not learn: the same signature over what it sees.
      const auto* password = caller.account == nullptr ? nullptr : step.keys_.password(*caller.account);
      if (credentials.get("uri") == dialog.written_uri && password == nullptr) fail(no_password);
      if (password == nullptr || !credentials.sign_anew(login, *password, request.method_name(), now_uri)) return false;
    }
    if (!seals_caller() || privasip::looks_like_token(login)) return true;
    // In a dialog that the other side began, From has a token that was made there.
    const bool is_caller = dialog.opened_inside && login == from->user;
    const Party person{.user = login, .host = from->host};
    const auto wire = Party::parse(seal_caller(person, is_caller ? Subject::caller : Subject::login));
    if (!wire) return false;
    credentials.set_quoted("username", wire->user);
    return true;
  }

  /// P-Asserted-Identity and its like name the caller once more, or somebody whom nobody needs to know.
  void named_persons(const std::string& from_uri) {
    for (std::size_t i = 0; i < request.header_count(); ++i) {
      const auto header = request.header_at(i);
      const bool asserted = names_person(header.name);
      const bool refers = sip::iequals(header.name, "Refer-To");
      if (!asserted && !refers) continue;
      const auto name = sip::parse_name_addr(header.value);
      const auto person = name ? Party::parse(name->uri) : std::nullopt;
      if (refers) {
        request.set_header_at(i, person ? refer_to(*person) : std::string());
        if (!person) fail(unreadable);
      } else if (person &&
                 (person->same_person(*from) || privasip::looks_like_token(person->user) || !person->beside.empty())) {
        // What stands beside a name and is not of this dialog gives no leave to show the name.
        const auto back = step.put_back(*person, dialog.wire_id);
        const bool token = privasip::looks_like_token(person->user);
        const std::string uri = back ? *back : person->same_person(*from) ? from_uri : token ? person->text() : "";
        request.set_header_at(i, uri.empty() ? uri : "<" + uri + ">");
      } else {
        request.set_header_at(i, {});
      }
    }
  }

  std::string refer_to(const Party& person) {
    const auto back = step.put_back(person, dialog.wire_id);
    std::string uri = back.value_or(person.text());
    const bool plain =
        !back && !person.user.empty() && !privasip::looks_like_token(person.user) && person.host != anonymous_host;
    if (plain && seals_callee()) uri = seal_to_domain(person, Subject::referred, person.host, false);
    const auto headers = translate_refer_headers(person.headers, dialog.translate);
    if (!headers) fail(unreadable);
    return "<" + uri + headers.value_or(std::string()) + ">";
  }
};

std::optional<Refusal> Identities::outward_request(Message& request, const Dialog& dialog, const Caller& caller,
                                                   Originals& sealed) {
  return Seal{*this, request, dialog, caller, sealed, std::nullopt}.run();
}

void Identities::outward_response(Message& response, const Dialog& dialog) {
  for (std::size_t i = 0; i < response.header_count(); ++i) {
    const auto header = response.header_at(i);
    if (!sip::iequals(header.name, "P-Asserted-Identity") && !sip::iequals(header.name, "Remote-Party-ID")) continue;
    const auto name = sip::parse_name_addr(header.value);
    const auto person = name ? Party::parse(name->uri) : std::nullopt;
    const auto back = person ? put_back(*person, dialog.wire_id) : std::nullopt;
    // Who is not the one of From or To is nobody whom the other side asked about.
    response.set_header_at(i, back ? "<" + *back + ">" : std::string());
  }
  remove_emptied(response);
  if (response.status() < 300 || response.status() > 399) return;
  // A redirection names somebody new. Who cannot be sealed is not named.
  std::vector<std::string> contacts;
  for (const std::string& member : response.contacts()) {
    const auto name = sip::parse_name_addr(member);
    const auto person = name ? Party::parse(name->uri) : std::nullopt;
    if (!person || is_address(person->host)) continue;
    if (const auto back = put_back(*person, dialog.wire_id)) {
      contacts.push_back("<" + *back + ">");
    } else if (!config_.identity || config_.identity->scheme != Version::privasip_2 ||
               privasip::looks_like_token(person->user)) {
      contacts.push_back("<" + person->text() + ">");
    } else if (const auto* key = keys_.recipient(person->host, config_.identity->algorithm, dialog.now)) {
      const auto token = keys_.sealer.seal({person->user, person->host}, false, {Sender::caller, Subject::referred, {}},
                                           key, dialog.issued);
      Party wire = *person;
      wire.user = token ? *token : std::string();
      if (token) contacts.push_back("<" + wire.text() + ">");
    }
  }
  response.set_contacts(contacts);
}

} // namespace sipveil::identity
