// A request on its way through the hop. `on_request` is the order of the steps; RFC 3261 section 16.3-16.6.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"
#include "bridge/hop/public_number.h"
#include "bridge/keys/key_messages.h"

#include <charconv>

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

/// Section 16.6 step 3: what a request without Max-Forwards gets.
constexpr unsigned default_max_forwards = 70;

/// Where answers to a request go: back on its link or connection, for a datagram to the address that its Via asks for
/// (section 18.2.2, RFC 3581). An inner Via that hides where it came from gets received and rport.
Flow reply_flow(const Flow& from, Message& request) {
  Flow reply = from;
  if (!from.inner()) return reply;
  const auto via = request.top_via();
  const auto said = InnerAddress::parse(via.host, from.address.port);
  const bool has_rport = via.has_rport;
  if (from.carrier == Carrier::udp && !has_rport) {
    std::uint16_t port = 5060;
    if (!via.port.empty()) std::from_chars(via.port.data(), via.port.data() + via.port.size(), port);
    reply.address.port = port;
  }
  if (has_rport || !said || !said->same_host(from.address))
    request.mark_received(from.address.host(), from.address.port);
  return reply;
}

bool opens_dialog(const Message& request) {
  const Method method = request.method();
  return request.to_tag().empty() && (method == Method::invite || method == Method::subscribe ||
                                      method == Method::refer || method == Method::notify);
}

/// Where in-dialog requests to the phone behind `from` go: its Contact if that names the host the request came from, so
/// that a phone which used a short-lived TCP connection is found again, else the source itself. Behind a proxy that has
/// recorded its route it is that route which counts: phone and proxy may share a host.
InnerAddress phone_address(const Flow& from, const Message& request, Carrier& carrier) {
  carrier = from.carrier;
  const auto routes = request.record_routes();
  const auto contact =
      routes.empty() ? sip::Uri::parse(request.contact_uri()) : sip::Uri::from_name_addr(routes.front());
  if (!contact) return from.address;
  std::uint16_t port = 5060;
  if (!contact->port.empty()) std::from_chars(contact->port.data(), contact->port.data() + contact->port.size(), port);
  const auto named = InnerAddress::parse(contact->host, port);
  if (!named || !named->same_host(from.address)) return from.address;
  const std::string transport = contact->param("transport").value_or("udp");
  const bool tcp = transport == "tcp" || transport == "TCP";
  if (!tcp && transport != "udp" && transport != "UDP") return from.address; // a transport that we do not speak
  carrier = tcp ? Carrier::tcp : Carrier::udp;
  return *named;
}

} // namespace

Digest Hop::server_key(const Flow& from, const Message& request, std::string_view method) {
  const auto via = request.top_via();
  const auto cseq = std::to_string(request.cseq());
  if (!via.branch.starts_with("z9hG4bK")) {
    const std::string scope = from.inner() ? std::string("inner") : std::to_string(from.id);
    return hash_({"server-2543", scope, request.request_uri(), request.from_tag(), request.call_id(), cseq, via.host,
                  via.port, via.branch, method});
  }
  if (from.inner()) return hash_({"server", "inner", via.branch, via.host, via.port, method}); // section 17.2.3
  // A link that we dialled for another call does not reach this one: its far end shall not find out whether two links
  // are of one bridge.
  const Link* link = links_.find(from.id);
  const bool own = link == nullptr || link->inbound || (link->call && *link->call == calls_.key_of(request.call_id()));
  const std::string scope = own ? std::string("tunnel") : std::to_string(from.id);
  // Whatever link of its own it comes by: a peer that has lost one repeats the request on another (hop_survival.cpp).
  // What two peers' requests have in common by chance or by a bad random source is not enough to reach another's
  // transaction: whoever does must know Call-ID, tag and branch, which only its two ends do.
  return hash_({"server", scope, via.branch, via.host, via.port, request.call_id(), request.from_tag(), cseq, method});
}

Digest Hop::ack_key(bool inner, const Message& message) const {
  const auto cseq = std::to_string(message.cseq());
  return hash_({"ack", inner ? "inner" : "tunnel", message.call_id(), message.from_tag(), message.to_tag(), cseq});
}

void Hop::on_request(const Flow& from, Message request, TimePoint now) {
  const Flow reply = reply_flow(from, request);
  const Method method = request.method();
  if (method == Method::ack) return on_ack(from, std::move(request), now);
  if (method == Method::cancel) return on_cancel(reply, server_key(from, request, "INVITE"), request, now);

  if (Exchange* known = exchanges_.by_request(server_key(from, request, request.method_name()))) {
    ++counters_.absorbed; // a retransmission (section 17.2)
    const auto step = std::visit(
        [](auto& machine) {
          if constexpr (requires { machine.on_request(); }) return machine.on_request();
          return transaction::Step{};
        },
        known->server);
    if (!from.inner() && known->source.id != from.id) return come_again(*known, reply, now);
    if (step.transmit && !known->last_response.empty()) send(known->source, known->last_response);
    return;
  }

  if (const auto refusal = check(request)) return reply_without_state(reply, request, *refusal);
  if (answers_key_request(reply, request) || answers_flow_request(from, request, now)) return;
  const std::string branch = new_branch();
  auto exchange = make_exchange(from, reply, request, now);
  exchange->branch_key = hash_({"client", branch, request.method_name()});
  // 100 at once: the phone would repeat the INVITE after 500 ms, sooner than any tunnel answers. Never over a link: it
  // would only delay the 180 behind it.
  if (method == Method::invite && from.inner()) exchange->last_response = make_response(request, 100, "Trying", {});

  Passage passage{.from = from, .outward = from.inner()};
  if (passage.outward) passage.phone = phone_address(from, request, passage.phone_carrier);
  auto refusal = enter(request, passage);
  if (!refusal) passage.next = find_next_hop(request, passage, now);
  if (!refusal) refusal = passage.next.refusal;
  if (!refusal) refusal = cross(request, passage, now);
  if (refusal) return reply_without_state(reply, exchange->head, *refusal);
  ++counters_.requests;

  if (!exchange->last_response.empty()) send(reply, exchange->last_response);
  if (reply.reliable()) exchange->last_response.clear();
  if (exchange->timeline != nullptr) exchange->timeline->wire = public_number(request.call_id());
  join_call(*exchange, passage, request, now);
  add_ourselves(request, passage, branch, exchange.get());
  if (!leave(request, passage)) {
    if (Call* call = call_of(*exchange)) calls_.exchange_ends(*call, now);
    return reply_without_state(reply, exchange->head, answer_with(400, "identifier too long"));
  }
  exchange->registering = std::move(passage.registering);
  if (passage.next.moved_key) exchange->moved_key = passage.next.moved_key;
  Exchange& added = exchanges_.add(std::move(exchange));
  if (Link* link = from.inner() ? nullptr : links_.find(from.id)) link->answers.push_back(added);
  dispatch(added, std::move(passage.next), request.print(), passage.identity, now);
}

bool Hop::answers_key_request(const Flow& reply, const Message& request) {
  if (reply.inner() || !keys::is_key_request(request)) return false;
  const auto published = identities_.keys().published(keys::requested_name(request));
  if (published.empty()) return false; // another bridge behind our proxy may have them
  send(reply, keys::make_key_answer(request, published, own_tag(reply, request.call_id())));
  return true;
}

std::optional<Answer> Hop::check(const Message& request) const {
  if (request.max_forwards() == 0U) return answer_with(483, "Max-Forwards has run out");
  if (draining_) return answer_with(503, "the bridge is shutting down");
  if (exchanges_.full()) return answer_with(503, "too many requests at once");
  return std::nullopt;
}

std::unique_ptr<Exchange> Hop::make_exchange(const Flow& from, const Flow& reply, const Message& request,
                                             TimePoint now) {
  auto exchange = std::make_unique<Exchange>();
  exchange->method = request.method();
  exchange->source = reply;
  exchange->head = request.answer_head();
  exchange->server_key = server_key(from, request, request.method_name());
  exchange->came = now;
  if (exchange->method != Method::invite) {
    exchange->server = transaction::NonInviteServer(reply.reliable(), now, !from.inner());
    return exchange;
  }
  exchange->server = transaction::InviteServer(reply.reliable(), !from.inner());
  if (request.to_tag().empty()) {
    exchange->timeline = std::make_unique<Timeline>();
    exchange->timeline->call = public_number(request.call_id());
    exchange->timeline->outbound = from.inner();
    exchange->timeline->received = now;
  }
  return exchange;
}

void Hop::join_call(Exchange& exchange, const Passage& passage, const Message& request, TimePoint now) {
  const Flow& from = passage.from;
  Call* call = nullptr;
  if (!passage.next.way.peers.empty()) {
    call = &calls_.open(request.call_id());
    if (passage.begins) {
      call->sealing = passage.caller.sealing.encode();
      call->issued = passage.issued;
    }
  } else if (!from.inner()) { // the far end of a call of ours speaks, on that call's link
    call = calls_.find(request.call_id());
    if (call != nullptr && !call->uses(from.id)) call = nullptr;
  }
  if (call == nullptr) return;
  exchange.call = call->key;
  exchange.has_call = true;
  exchange.counted = true;
  calls_.exchange_begins(*call);
  // RFC 6665 section 4.1.3: the subscription is over, whatever it was meant to last.
  if (request.method() == Method::notify && !from.inner() &&
      request.header("Subscription-State").value_or("").starts_with("terminated"))
    calls_.note_notify_terminated(*call, now);
}

RouteToken Hop::make_token(const Passage& passage) {
  const Flow inner = passage.inner();
  RouteToken token;
  token.opened_inside = passage.outward;
  token.for_wire = passage.outward;
  token.listener = inner.listener;
  token.issued = passage.issued;
  if (!passage.outward) {
    token.sealing = passage.caller.sealing.encode(); // of what our side will say in it
    token.sealed_parties = passage.sealed_parties;
    token.origin = RouteToken::Origin::tunnel;
    token.phone = inner.address;
    token.carrier = inner.carrier;
    token.link = passage.from.id;
    // A call that came over a link of ours (a registration's): its peer can be dialled.
    if (const Link* link = links_.find(passage.from.id); link != nullptr && link->peer != nullptr)
      token.peer = link->peer->name;
    return token;
  }
  token.sealing = passage.caller.sealing.encode();
  token.phone = passage.phone;
  token.carrier = passage.phone_carrier;
  if (passage.next.way.peers.empty()) {
    token.origin = RouteToken::Origin::tunnel;
    token.link = passage.next.flow->id;
    token.peer = passage.next.registration;
  } else {
    token.peer = passage.next.way.peers.front()->name;
  }
  return token;
}

void Hop::add_ourselves(Message& request, const Passage& passage, const std::string& branch, Exchange* exchange) {
  const auto hops = request.max_forwards();
  request.set_max_forwards(hops ? *hops - 1 : default_max_forwards);
  const Flow inner = passage.inner();
  if (exchange != nullptr && opens_dialog(request)) {
    // The other side sees one entry, ours; those that came stand sealed in it (and in clear in the answer that goes
    // back).
    RouteToken token = make_token(passage);
    token.routes = request.record_routes();
    token.from_uri = passage.originals.from_uri;
    token.to_uri = passage.originals.to_uri;
    exchange->route_token = tokens_.seal(token, request.call_id(), today());
    if (token.origin == RouteToken::Origin::tunnel && !passage.outward)
      exchange->moved_key = links_.moved_key(calls_.key_of(request.call_id()), token.link);
    exchange->token = std::move(token);
    request.set_record_routes({own_route(passage.outward ? outer_name : effects_.inner_name(inner),
                                         exchange->route_token, !passage.outward && inner.carrier == Carrier::tcp)});
  } else {
    request.set_record_routes({}); // where no dialog opens they mean nothing (section 12.2), and tell of who wrote them
  }
  // Who stands before us is nobody's business behind us; the answer gets its Vias back from memory.
  request.drop_vias();
  if (passage.outward) {
    request.push_via("SIP/2.0/TCP " + std::string(outer_name) + ";branch=" + branch);
  } else {
    const std::string_view transport = inner.carrier == Carrier::tcp ? "TCP " : "UDP ";
    request.push_via("SIP/2.0/" + std::string(transport) + std::string(effects_.inner_name(inner)) +
                     ";rport;branch=" + branch);
  }
}

void Hop::dispatch(Exchange& exchange, NextHop next, std::string bytes, std::string_view identity, TimePoint now) {
  exchange.sent_request = std::move(bytes);
  Call* call = call_of(exchange);
  if (call != nullptr && !next.way.peers.empty()) {
    exchange.fallbacks.assign(next.way.peers.rbegin(), next.way.peers.rend() - 1);
    exchange.circuit = next.way.circuit;
    send_by_link(exchange, *call, *next.way.peers.front(), identity, now);
    tend_links(now);
  } else if (next.waits_for_return()) {
    await_return(exchange, {Errc::offline, Fault::peer, "the link on which this call came in is gone", "", true}, now);
  } else {
    exchange.target = *next.flow;
    if (Link* link = exchange.target.inner() ? nullptr : links_.find(exchange.target.id))
      link->requests.push_back(exchange);
    send(exchange.target, exchange.sent_request);
    start_client(exchange, now);
  }
  exchanges_.settle(exchange);
}

void Hop::send_by_link(Exchange& exchange, Call& call, const PeerConfig& peer, std::string_view identity,
                       TimePoint now) {
  Link& link = links_.send(call, peer, exchange.circuit, identity, exchange.sent_request, now);
  exchange.peer = &peer;
  exchange.target = Flow::over_link(link.id);
  link.requests.push_back(exchange);
  if (link.up()) begin(exchange, now);
}

/// Its link is up, and it has been handed to that.
void Hop::begin(Exchange& exchange, TimePoint now) {
  if (exchange.detour != nullptr && !exchange.detour->was_sent) exchange.detour.reset(); // it has waited for this alone
  if (exchange.detour != nullptr) exchange.detour->next_try = transaction::never;
  start_client(exchange, now);
  // Cancelled while there was no link, or on the one that is lost.
  if (exchange.answered() || exchange.cancel_wanted) send_cancel(exchange, now);
}

void Hop::start_client(Exchange& exchange, TimePoint now) {
  const bool reliable = exchange.target.reliable();
  if (exchange.method == Method::invite) {
    exchange.client = transaction::InviteClient(reliable, now);
  } else {
    exchange.client = transaction::NonInviteClient(reliable, now);
  }
  if (!exchange.target.inner()) effects_.expect_answer(exchange.target.id);
  if (exchange.timeline == nullptr) return;
  if (const Link* link = exchange.target.inner() ? nullptr : links_.find(exchange.target.id)) {
    exchange.timeline->link = link->id;
    exchange.timeline->source = link->source;
    exchange.timeline->credential = link->credential;
    keep_quiet(now);
  }
  exchange.timeline->link_ready = now;
  exchange.timeline->sent = now;
  exchange.timeline->busy += effects_.now() - now;
}

} // namespace sipveil::hop
