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
  if (exchange->timeline != nullptr) {
    exchange->timeline->wire = public_number(request.call_id());
    exchange->timeline->identity = passage.identity_took;
  }
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
  std::string bytes = request.print();
  if (added.timeline != nullptr) added.timeline->busy = effects_.now() - now;
  dispatch(added, std::move(passage.next), std::move(bytes), passage.identity, now);
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

} // namespace sipveil::hop
