// A response on its way back, and the hop's own answers. RFC 3261 section 16.7.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"
#include "bridge/sip/name_addr.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

bool came_from(const Flow& from, const Flow& target) {
  // The phone may answer from another port or by TCP; a link's answers come on that very link.
  return from.inner() ? target.inner() : !target.inner() && from.id == target.id;
}

/// Section 10.2.1.1: how long a Contact that a registrar tells is registered, in seconds.
std::uint32_t life_of_contact(std::string_view contact, const Message& response) {
  const auto at = contact.rfind(";expires=");
  std::uint32_t life = response.expires().value_or(3600);
  if (at != std::string::npos) std::from_chars(contact.data() + at + 9, contact.data() + contact.size(), life);
  return life;
}

/// The longest of all; none is left when none is told.
std::uint32_t registration_life(const Message& response) {
  std::uint32_t longest = 0;
  for (const std::string& contact : response.contacts())
    longest = std::max(longest, life_of_contact(contact, response));
  return longest;
}

/// A datagram may be lost, and so may a link with all that was on it; a phone's TCP connection is its own affair.
bool may_ask_again(const Flow& source) {
  return !source.inner() || !source.reliable();
}

std::uint32_t lifetime(const Message& response, Method method) {
  if (method == Method::register_) return registration_life(response);
  if (const auto expires = response.expires()) return *expires;
  // RFC 3265 section 3.1.1 and RFC 3515 section 2.4.4 leave it to the notifier; RFC 3261 section 10.2.1.1 names an
  // hour.
  return method == Method::refer ? 180 : 3600;
}

} // namespace

void Hop::on_response(const Flow& from, Message response, TimePoint now) {
  Exchange* found = exchanges_.by_branch(hash_({"client", response.top_via().branch, response.method_name()}));
  // Section 18.1.2: not ours, dropped.
  if (found == nullptr || !found->sent() || !came_from(from, found->target)) {
    ++counters_.stray;
    return;
  }
  Exchange& exchange = *found;
  // The back-off stays: a peer that takes a request and closes may do so again.
  if (exchange.detour != nullptr) exchange.detour->give_up = transaction::never;
  const int status = response.status();
  if (exchange.timeline != nullptr && status > 100 && exchange.timeline->first_answer == TimePoint{})
    exchange.timeline->first_answer = now;

  transaction::Step step;
  if (auto* invite = std::get_if<transaction::InviteClient>(&exchange.client)) {
    step = invite->on_response(status, now);
    if (step.acknowledge) {
      const auto sent = Message::parse(exchange.sent_request);
      if (const auto* request = std::get_if<Message>(&sent)) send(exchange.target, make_ack(*request, response));
    }
    if (status < 200 && exchange.cancel_wanted) send_cancel(exchange, now);
  } else if (auto* other = std::get_if<transaction::NonInviteClient>(&exchange.client)) {
    step = other->on_response(status, now);
  }

  // A 100 speaks for one hop only (section 16.7 step 5), as does every provisional response to another request than
  // INVITE (RFC 4320 section 4.1); the answer to a CANCEL of ours is for us.
  const bool invite = exchange.method == Method::invite;
  if (step.deliver && exchange.has_server() && (status >= 200 || (invite && status > 100))) {
    const bool opens = invite && status >= 200 && status < 300;
    // From here on it has the wire's identifiers. Those of the request are known, the To tag is the phone's own.
    if (from.inner()) {
      const std::string tag(response.to_tag());
      response.adopt_answer_head(exchange.head, tag.empty() ? tag : aliases_.to_wire(tag));
    }
    Fork* fork = opens ? note_fork(exchange, response) : nullptr;
    if (!opens || fork != nullptr) pass_back(exchange, response, fork, now);
  }
  exchanges_.settle(exchange);
  if (status > 100 && !from.inner()) end_quiet(now);
}

Fork* Hop::note_fork(Exchange& exchange, const Message& response) {
  const Digest key = ack_key(exchange.source.inner(), response);
  for (const Fork& fork : exchange.forks) {
    if (fork.ack_key != key) continue;
    // The phone has not seen our ACK yet; the caller has the 2xx already, by a stream that loses nothing.
    ++counters_.absorbed;
    if (!fork.ack.empty()) send(exchange.target, fork.ack);
    return nullptr;
  }
  return exchanges_.add_fork(exchange, key);
}

/// Section 16.7 step 8, turned into hiding: who asked sees the entries that it sent, and above them one of ours in
/// which those of the other side are sealed.
void Hop::rewrite_record_route(Exchange& exchange, Message& response) {
  if (!exchange.token) return response.set_record_routes({});
  const auto entries = response.record_routes();
  const auto own = std::find_if(entries.begin(), entries.end(), [&](const std::string& entry) {
    return entry.find(exchange.route_token) != std::string::npos;
  });
  if (own == entries.end()) return response.set_record_routes({});
  RouteToken token = *exchange.token;
  token.routes.assign(std::make_reverse_iterator(own), entries.rend());
  token.for_wire = !token.for_wire;
  token.from_uri = token.to_uri = {};
  if (sealed_size(token.routes) > RouteToken::max_routes_size) return response.set_record_routes({});
  const bool to_inner = exchange.source.inner();
  std::vector<std::string> seen = exchange.token->routes;
  seen.insert(seen.begin(), own_route(to_inner ? effects_.inner_name(exchange.source) : outer_name,
                                      tokens_.seal(token, response.call_id(), today()),
                                      to_inner && exchange.source.carrier == Carrier::tcp));
  response.set_record_routes(seen);
}

/// The way of a request backwards: our own marks, identity, header policy, body, identifiers.
void Hop::cross_back(Exchange& exchange, Message& response, TimePoint now) {
  const bool outward = !exchange.source.inner();
  rewrite_record_route(exchange, response);
  identity::Dialog dialog;
  const std::string wire_id(response.call_id());
  dialog.wire_id = wire_id;
  if (exchange.token) dialog.issued = exchange.token->issued;
  dialog.now = now;
  dialog.unix_now = effects_.unix_time();
  if (outward) {
    contacts_.open_redirection(response);
    identities_.outward_response(response, dialog);
  } else {
    identities_.inward_response(response, dialog);
  }
  // What may not pass is taken out of a response; there is nobody to refuse it to.
  static_cast<void>(policy::apply(response, policy_of(outward, response)));
  if (outward) return contacts_.outward(response, wire_id, {});
  if (exchange.method == Method::register_ && response.status() >= 200 && response.status() < 300)
    note_registered(exchange, response);
  contacts_.inward(response, effects_.inner_name(exchange.source));
  const std::string tag(response.to_tag());
  response.adopt_answer_head(exchange.head, tag.empty() ? tag : aliases_.to_inner(tag));
}

/// The registrar has accepted what a phone brought by the tunnel. Whoever may register says what is dialled, so a few
/// Contacts of one REGISTER count: a phone has one.
void Hop::note_registering(const Exchange& exchange, const Message& response, TimePoint now) {
  constexpr unsigned most_phones = 2;
  unsigned phones = 0;
  for (const std::string& contact : exchange.registering) {
    bind_registration(contact, exchange.source.id, now);
    const auto uri = sip::Uri::parse(contact);
    if (!uri || uri->host == outer_name || !links_.keeps_phones() || phones == most_phones) continue;
    const PeerConfig* phone = registered_at(*uri, Registrations::Purpose::ahead);
    if (phone == nullptr) continue;
    ++phones;
    links_.note_phone(*phone, std::chrono::seconds(life_of(contact, response)), now);
  }
  tend_links(now);
}

/// For how many seconds a registrar's 2xx says that this Contact, as the wire has it, is registered; 0: it is not.
std::uint32_t Hop::life_of(std::string_view contact, const Message& response) const {
  for (const std::string& member : response.contacts()) {
    const auto parsed = sip::parse_name_addr(member);
    if (parsed && contacts_.registered_of(parsed->uri) == contact) return life_of_contact(member, response);
  }
  return 0;
}

void Hop::pass_back(Exchange& exchange, Message& response, Fork* fork, TimePoint now) {
  const int status = response.status();
  if (exchange.method == Method::register_ && status >= 200 && status < 300) note_registering(exchange, response, now);
  cross_back(exchange, response, now);
  std::string bytes = response.print();
  if (status >= 200) {
    if (send_final(exchange, status, std::move(bytes), fork, now))
      conclude(exchange, status, lifetime(response, exchange.method), now);
    return;
  }
  auto* invite = std::get_if<transaction::InviteServer>(&exchange.server);
  if (invite == nullptr || !invite->on_send(status, now).transmit) return;
  if (may_ask_again(exchange.source)) exchange.last_response = bytes;
  send(exchange.source, std::move(bytes));
  if (exchange.timeline != nullptr && status == 180 && exchange.timeline->ringing == TimePoint{}) {
    const TimePoint after = effects_.now();
    exchange.timeline->ringing = after;
    exchange.timeline->busy += after - now;
  }
}

bool Hop::send_final(Exchange& exchange, int status, std::string bytes, Fork* fork, TimePoint now) {
  transaction::Step step;
  if (auto* invite = std::get_if<transaction::InviteServer>(&exchange.server)) {
    step = invite->on_send(status, now);
  } else if (auto* other = std::get_if<transaction::NonInviteServer>(&exchange.server)) {
    step = other->on_send(status, now);
  }
  if (!step.transmit) return false;
  std::string().swap(exchange.last_response);
  if (may_ask_again(exchange.source)) (fork != nullptr ? fork->response : exchange.last_response) = bytes;
  send(exchange.source, std::move(bytes));
  return true;
}

void Hop::conclude(Exchange& exchange, int status, std::uint32_t lifetime, TimePoint now) {
  note_timeline(exchange, status, now);
  Call* call = call_of(exchange);
  if (call == nullptr) return;
  if (exchange.method == Method::invite && status >= 200 && status < 300) {
    calls_.note_dialog(*call, !exchange.route_token.empty(), now);
  } else {
    calls_.note_response(*call, exchange.method, status, lifetime, now);
  }
  if (!exchange.counted) return;
  exchange.counted = false;
  calls_.exchange_ends(*call, now);
}

void Hop::answer(Exchange& exchange, const Answer& answer, TimePoint now) {
  if (!exchange.has_server() || exchange.answered()) return;
  exchange.detour.reset();
  static_cast<LinkHook<AwaitingTag>&>(exchange).unlink();
  if (exchange.held) static_cast<LinkHook<TargetLinkTag>&>(exchange).unlink(); // nobody has heard of it, nor shall
  const auto came = Message::parse(exchange.head);
  if (const auto* request = std::get_if<Message>(&came)) {
    std::string bytes = own_response(exchange.source, *request, answer);
    if (send_final(exchange, answer.status, std::move(bytes), nullptr, now)) conclude(exchange, answer.status, 0, now);
  }
}

std::string Hop::own_response(const Flow& to, const Message& request, const Answer& answer) const {
  // A peer learns that it failed, not what is set up or broken on this machine.
  return make_response(request, answer.status, answer.reason, own_tag(to, request.call_id()),
                       to.inner() ? std::string_view(answer.extra_headers) : std::string_view());
}

/// Another one on each link: two of them shall not be known by it as links of one bridge.
std::string Hop::own_tag(const Flow& to, std::string_view call_id) const {
  const std::string scope = to.inner() ? std::string("inner") : std::to_string(to.id);
  return fmt::format("{:016x}", hash_({"to-tag", scope, call_id}).low);
}

void Hop::reply_without_state(const Flow& to, const Message& request, const Answer& answer) {
  if (request.method() == Method::ack) return;
  if (answer.status >= 300) ++counters_.refused;
  send(to, own_response(to, request, answer));
}

void Hop::reply_without_state(const Flow& to, std::string_view head, const Answer& answer) {
  const auto came = Message::parse(head);
  if (const auto* request = std::get_if<Message>(&came)) reply_without_state(to, *request, answer);
}

void Hop::note_timeline(Exchange& exchange, int status, TimePoint now) {
  if (exchange.timeline == nullptr) return;
  exchange.timeline->status = status;
  exchange.timeline->answered = now;
  timelines_.add(*exchange.timeline);
  exchange.timeline.reset();
}

} // namespace sipveil::hop
