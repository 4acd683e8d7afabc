// A request that is ready leaves: at once, or with its link.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <algorithm>
#include <utility>

namespace sipveil::hop {

using sip::Message;
using sip::Method;

void Hop::dispatch(Exchange& exchange, NextHop next, std::string bytes, std::string_view identity, TimePoint now) {
  exchange.sent_request = std::move(bytes);
  Call* call = call_of(exchange);
  if (call != nullptr && !next.way.peers.empty()) {
    exchange.circuit = next.way.circuit;
    exchange.racing = next.way.racing;
    exchange.peer = next.way.peers.front();
    exchange.fallbacks.assign(next.way.peers.rbegin(), next.way.peers.rend() - 1);
    exchange.peers = std::move(next.way.peers);
    send_by_link(exchange, *call, identity, now);
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

/// To `exchange.peer`, or to whichever of those that are raced for it.
void Hop::send_by_link(Exchange& exchange, Call& call, std::string_view identity, TimePoint now) {
  const Peers raced(exchange.peers.begin(), exchange.peers.begin() + static_cast<std::ptrdiff_t>(exchange.racing));
  if (exchange.may_be_there() || !links_.can_race(raced)) exchange.racing = 0;
  const bool race = exchange.racing > 0;
  const auto is_another = [&](const PeerConfig* peer) { return !same_end(*exchange.peer, *peer); };
  exchange.held = race || (!exchange.may_be_there() && std::ranges::any_of(exchange.fallbacks, is_another));
  call.ways = ways_to(*exchange.peer, exchange.peers);
  Link& link = race ? links_.race(call, raced, now)
                    : links_.send(call, *exchange.peer, exchange.circuit, identity,
                                  exchange.held ? std::string() : exchange.sent_request, now);
  exchange.target = Flow::over_link(link.id);
  link.requests.push_back(exchange);
  if (race && !link.racing) go_by(exchange, link, now);
  if (may_begin(exchange, link)) begin(exchange, now);
}

/// A link has been found for it, whoever's it is of those that it may go to.
void Hop::go_by(Exchange& exchange, Link& link, TimePoint now) {
  address_to(exchange, *link.peer, now);
  link.ways = ways_to(*link.peer, exchange.peers);
  if (Call* call = call_of(exchange)) call->ways = link.ways;
}

/// The dialog's token names the peer. Not that it has become another way to the same one: bytes that a far end may have
/// had are not changed.
void Hop::address_to(Exchange& exchange, const PeerConfig& peer, TimePoint now) {
  const PeerConfig* const before = std::exchange(exchange.peer, &peer);
  std::erase(exchange.fallbacks, &peer);
  if (same_end(*before, peer)) return;
  auto parsed = Message::parse(exchange.sent_request);
  auto* request = std::get_if<Message>(&parsed);
  if (request == nullptr) return answer(exchange, answer_with(500, "the request could not be sent again"), now);
  auto token = tokens_.open(exchange.route_token, request->call_id(), today());
  if (!token) return; // it opens no dialog
  token->peer = peer.name;
  exchange.route_token = tokens_.seal(*token, request->call_id(), today());
  exchange.token = *token;
  request->replace_record_route(0, own_route(outer_name, exchange.route_token, false));
  exchange.sent_request = request->print();
}

bool Hop::may_begin(const Exchange& exchange, const Link& link) {
  return exchange.held ? link.there() : link.up();
}

/// Its link is up, and it has been handed to that.
void Hop::begin(Exchange& exchange, TimePoint now) {
  if (std::exchange(exchange.held, false)) send(exchange.target, exchange.sent_request);
  exchange.racing = 0;
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
    if (link->peer != nullptr && config_.find_peer(link->peer->name) == link->peer)
      exchange.timeline->way = link->peer->name;
    keep_quiet(now);
  }
  const TimePoint after = effects_.now();
  exchange.timeline->link_ready = now;
  exchange.timeline->sent = after; // what we did with it is none of the time that its answer took
  // On a link that was there it leaves in the same moment of work in which it came.
  if (now == exchange.timeline->received) exchange.timeline->busy = {};
  exchange.timeline->busy += after - now;
}

} // namespace sipveil::hop
