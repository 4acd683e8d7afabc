// Links that come, fall silent and end, and what survives them: a request without an answer is repeated on another
// link, a dialog is bound to it, and whoever was asked sees one request.
//
// RFC 3261 ends a transaction with its connection. Circuits of an overlay end too often for that, and one end of a call
// cannot dial the other: so the side that dialled repeats, by the same branch, and the other side knows it again. What
// becomes of a single request stands in hop_detour.cpp.
#include "bridge/hop/hop.h"

#include <algorithm>
#include <utility>

namespace sipveil::hop {

using sip::Method;

namespace {

/// A lost link of a call is replaced without waiting no oftener: its peer may be one that closes whatever it is given.
constexpr Duration at_once_again = 30s;

Error fell_silent() {
  return {Errc::timed_out, Fault::overlay, "the link fell silent", "", true};
}

Error never_spoke() {
  return {Errc::offline, Fault::overlay, "the peer's I2P destination is known to the network, but nobody answers there",
          "Ask whether its sipveil and its I2P router are running", true};
}

} // namespace

void Hop::tend_links(TimePoint now) {
  last_tended_ = now;
  if (draining_) return;
  hand_over(now);
  links_.tend(now, now < quiet_until_);
}

/// Cells of a circuit that is being built hold up those of a call on the way to the same guard, by Nagle's algorithm,
/// for up to a round trip to it. While a call waits for its first answer, links for later ones wait too.
void Hop::keep_quiet(TimePoint now) {
  constexpr Duration longest = 2s;
  quiet_until_ = now + longest;
}

void Hop::end_quiet(TimePoint now) {
  if (now >= quiet_until_) return;
  quiet_until_ = now;
  tend_links(now);
}

std::vector<Call*> Hop::calls_on(const Link& link) {
  if (link.pooled) return calls_.on_link(link.id);
  Call* call = link.call ? calls_.find(*link.call) : nullptr;
  return call != nullptr ? std::vector<Call*>{call} : std::vector<Call*>();
}

void Hop::on_link_up(LinkId id, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  links_.on_up(*link, now);
  if (link->standby) {
    if (link->there()) relieve_suspects(*link, now);
    return tend_links(now);
  }
  // Of a call that has nothing to ask: is it heard? Of one whose peer has yet to show that it is there: is it?
  if (!redials_.empty() || !link->there()) effects_.ping_link(id);
  begin_all(*link, now);
  tend_links(now);
}

void Hop::begin_all(Link& link, TimePoint now) {
  std::vector<Exchange*> waiting;
  for (Exchange& exchange : link.requests)
    if (!exchange.sent() && may_begin(exchange, link)) waiting.push_back(&exchange);
  for (Exchange* exchange : waiting) {
    exchange->target = Flow::over_link(link.id);
    begin(*exchange, now);
    exchanges_.settle(*exchange);
  }
}

/// A call that has waited too long for its own link goes on with one that was opened ahead.
void Hop::hand_over(TimePoint now) {
  while (const auto handover = links_.hand_over(now)) {
    Link& link = *handover->to;
    for (Call* call : calls_on(link)) {
      std::replace(call->own_links.begin(), call->own_links.end(), handover->from, link.id);
      if (call->link != handover->from) continue;
      call->link = link.id;
      call->peer = link.peer;
    }
    std::vector<Exchange*> handed;
    for (Exchange& exchange : link.requests)
      handed.push_back(&exchange);
    for (Exchange* exchange : handed)
      go_by(*exchange, link, now);
    if (!redials_.empty()) effects_.ping_link(link.id);
    begin_all(link, now);
  }
}

/// Something has come by it. Until then a link that is up may be one of a peer that closes whatever it accepts.
void Hop::note_alive(Link& link, TimePoint now) {
  link.suspect = false;
  if (!std::exchange(link.proved, true)) {
    links_.on_proved(link, now);
    if (link.up() && !link.standby) begin_all(link, now); // what was held back until now
  }
  if (redials_.empty()) return;
  for (const Call* call : calls_on(link))
    redials_.heard(call->key, now);
}

/// A message on a link that is nobody's yet: its peer has nothing to say here, and learns nothing by trying.
void Hop::refuse_standby(Link& link, TimePoint now) {
  ++counters_.refused;
  const LinkId id = link.id;
  lose_standby(link, {Errc::malformed, Fault::peer, "the peer spoke before it was spoken to", "", false}, now);
  effects_.close_link(id);
  tend_links(now);
}

/// One that was opened ahead has failed. Calls that wait for it and for no other are told.
void Hop::lose_standby(Link& link, const Error& error, TimePoint now) {
  const PeerConfig& peer = *link.peer;
  links_.standby_gone(link, error.where == Fault::local_service, now);
  for (const LinkId id : links_.losers(peer))
    if (Link* loser = links_.find(id)) lose_link(*loser, error, now);
}

void Hop::on_link_pong(LinkId id, TimePoint pinged, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  note_alive(*link, now);
  links_.on_round_trip(*link, now - pinged);
  for (Exchange& exchange : link->requests) {
    auto* invite = std::get_if<transaction::InviteClient>(&exchange.client);
    if (invite == nullptr || invite->state() != transaction::InviteClient::State::calling) continue;
    // Streams keep order: a pong to a ping sent after the INVITE shows that the INVITE was read.
    if (invite->sent_at() > pinged) continue;
    // Of a request that was moved it proves too little: whether the far end knows it again shows by its answer.
    if (exchange.detour != nullptr) continue;
    invite->on_proof_of_receipt(now);
    exchanges_.settle(exchange);
  }
  if (!link->standby) return;
  relieve_suspects(*link, now);
  tend_links(now);
}

/// A link opened ahead is ready: whoever is on one that may be dead takes it.
void Hop::relieve_suspects(const Link& ready, TimePoint now) {
  for (bool left = true; left && ready.standby;) {
    Link* suspect = links_.suspect_to(*ready.peer);
    left = suspect != nullptr && leave_suspect(*suspect, now);
  }
}

void Hop::on_link_suspect(LinkId id, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr || link->inbound) return; // whoever dialled it finds out as well, and can dial again
  link->suspect = true;
  if (link->standby) {
    lose_standby(*link, link->there() ? fell_silent() : never_spoke(), now);
    effects_.close_link(id);
  } else {
    static_cast<void>(leave_suspect(*link, now));
  }
  tend_links(now);
}

/// Moves what needs the link to one that was opened ahead. Without one the link is kept: it may only be slow. But one
/// whose peer has never spoken is as good as none, so that another is dialled, once: if that is as late, it is the way
/// that is slow.
bool Hop::leave_suspect(Link& link, TimePoint now) {
  const bool ready = !link.pooled && links_.ready_way(link.ways, CircuitPolicy::per_call) != nullptr;
  const bool dial = !link.there() && std::ranges::any_of(link.requests, [](const Exchange& exchange) {
    return exchange.detour == nullptr;
  });
  if (!ready && !dial) return false;
  const auto calls = calls_on(link);
  const bool needed =
      !link.requests.empty() || std::ranges::any_of(calls, [now](const Call* call) { return call->wants_link(now); });
  if (!needed) {
    link.suspect = false; // it is nobody's concern
    return true;
  }
  const LinkId id = link.id;
  lose_link(link, link.there() ? fell_silent() : never_spoke(), now);
  effects_.close_link(id);
  return true;
}

void Hop::on_link_down(LinkId id, const Error& error, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  if (link->standby) {
    lose_standby(*link, error, now);
  } else {
    lose_link(*link, error, now);
  }
  tend_links(now);
}

void Hop::lose_link(Link& link, const Error& error, TimePoint now) {
  const LinkId id = link.id;
  const bool proved = link.proved;
  const bool overlay = link.peer != nullptr && !is_direct(*link.peer);
  const LostLink lost{.inbound = link.inbound,
                      .worked = proved || (overlay && link.there()),
                      .silent = link.up() && !link.there(),
                      .moves_on = !proved || error.code == Errc::timed_out};
  // The lists unlink themselves as exchanges move on; the exchanges are collected first.
  std::vector<Exchange*> asking;
  std::vector<Exchange*> answering;
  for (Exchange& exchange : link.requests)
    asking.push_back(&exchange);
  for (Exchange& exchange : link.answers)
    answering.push_back(&exchange);
  const std::vector<Call*> calls = calls_on(link);
  links_.remove(link);
  registrations_.link_gone(id);

  for (Call* call : calls) {
    if (call->link == id) call->link = 0;
    std::erase(call->own_links, id);
    if (lost.moves_on && call->link == 0 && call->peer != nullptr) call->peer = &next_way(*call->peer, call->ways);
  }
  for (Call* call : calls) {
    if (call->link != 0 || !call->wants_link(now)) continue;
    // Before what is repeated, so that the far end hears first whose link this is.
    const bool speaks = call->exchanges > 0 && !call->last_words.empty();
    const bool often = call->redialled != TimePoint{} && now - call->redialled < at_once_again;
    if (proved && !often && call->peer != nullptr && (speaks || ready_way(*call) != nullptr)) {
      call->redialled = now;
      redial(*call, now);
    } else if (!redials_.schedule(call->key, now)) {
      calls_.abandon(*call, now);
    }
  }
  for (Exchange* exchange : asking) {
    if (!exchange->answered()) lose_target(*exchange, error, lost, now);
    exchanges_.settle(*exchange);
  }
  for (Exchange* exchange : answering) {
    // Of two links it may have come by the one that was given up after the one that is used.
    if (const Link* earlier = links_.find(exchange->earlier_source); earlier != nullptr && earlier->up()) {
      come_again(*exchange, Flow::over_link(earlier->id), now);
      continue;
    }
    // Whoever asked may come again. A phone that rings for nobody is stopped when he does not.
    if (!exchange->answered() && exchange->method == Method::invite) exchange->orphaned = now + Detour::return_time;
    exchanges_.settle(*exchange);
  }
}

/// A peer by which the call could go on without a dial.
const PeerConfig* Hop::ready_way(const Call& call) const {
  return links_.has_ready(*call.peer, call.circuit) ? call.peer : links_.ready_way(call.ways, call.circuit);
}

void Hop::redial(Call& call, TimePoint now) {
  // A bare stream would not tell the other end whose call it is for. The call's last ACK does, and an ACK that comes
  // twice does nothing: its far end reaches us again (come_back). Without one the phone's ACK, if it comes, will dial.
  if (call.last_words.empty() && call.circuit != CircuitPolicy::per_call) {
    redials_.forget(call.key);
    return calls_.abandon(call, now);
  }
  const PeerConfig* ready = ready_way(call);
  const PeerConfig& peer = ready != nullptr ? *ready : *call.peer;
  const Link& link = links_.send(call, peer, call.circuit, std::string(call.identity), call.last_words, now);
  if (link.up()) effects_.ping_link(link.id); // opened ahead, or brought by another call
}

void Hop::redial_due(TimePoint now) {
  while (const auto key = redials_.pop_due(now)) {
    Call* call = calls_.find(*key);
    if (call == nullptr || !call->wants_link(now) || call->peer == nullptr) {
      redials_.forget(*key);
    } else if (call->link == 0) { // else a request of it has brought one meanwhile
      redial(*call, now);
    }
  }
}

} // namespace sipveil::hop
