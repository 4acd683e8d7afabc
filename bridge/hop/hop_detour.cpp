// A request whose link is lost, or could not be had: tried elsewhere, tried again, kept for whoever comes back, and in
// the end answered.
#include "bridge/hop/hop.h"
#include "bridge/sip/response.h"

#include <algorithm>

namespace sipveil::hop {

using sip::Message;

namespace {

/// The same dial may succeed a moment later: the peer is being restarted. What the local tor, the configuration or the
/// address lacks is told at once, and who has waited for a time-out has waited long enough.
bool is_passing(const Error& error) {
  const bool elsewhere = error.where == Fault::overlay || error.where == Fault::peer;
  return elsewhere && error.retry &&
         (error.code == Errc::offline || error.code == Errc::refused || error.code == Errc::closed);
}

/// It goes out anew, and so does its CANCEL, which may be lost as well.
void forget_sending(Exchange& exchange) {
  exchange.client = std::monostate{};
  exchange.cancel_wanted = exchange.cancel_wanted || exchange.cancel_sent;
  exchange.cancel_sent = false;
}

} // namespace

/// It was to go by `link`, or has gone by it.
void Hop::lose_target(Exchange& exchange, const Error& error, const LostLink& link, TimePoint now) {
  if (link.inbound && exchange.moved_key) return await_return(exchange, error, now);
  Call* call = call_of(exchange);
  const bool passing = is_passing(error);
  exchange.passing = exchange.passing || passing;
  for (std::size_t i = 0; i < exchange.racing; ++i) // they have all failed
    std::erase(exchange.fallbacks, exchange.peers[i]);
  // Another peer is tried only while the request cannot have reached the first one.
  if (!exchange.may_be_there() && call != nullptr && !exchange.fallbacks.empty())
    return try_next_peer(exchange, *call, now);
  const bool was_sent = exchange.detour != nullptr && exchange.detour->was_sent;
  // A call that stands is worth waiting for the local tor as well; who begins one is told at once that it is away.
  const bool standing = call != nullptr && call->dialogs > 0 && error.where == Fault::local_service && error.retry;
  const bool other_way =
      exchange.peer != nullptr && &next_way(*exchange.peer, ways_to(*exchange.peer, exchange.peers)) != exchange.peer;
  const bool again = exchange.sent() ? link.worked || link.silent || was_sent || other_way
                                     : was_sent || standing || passing || (other_way && exchange.passing);
  if (call != nullptr && exchange.peer != nullptr && again) return take_detour(exchange, error, link.moves_on, now);
  answer(exchange, answer_for(error, exchange.method), now);
  exchange.client = std::monostate{};
}

void Hop::try_next_peer(Exchange& exchange, Call& call, TimePoint now) {
  exchange.racing = 0;
  const PeerConfig& next = *exchange.fallbacks.back();
  if (!same_end(*exchange.peer, next)) exchange.passing = false;
  address_to(exchange, next, now);
  if (!exchange.answered()) send_by_link(exchange, call, std::string(call.identity), now);
}

/// To the same peer by another link, at once if it had been sent, else after a back-off. `moves_on`: by another way
/// than the last, if there is one.
void Hop::take_detour(Exchange& exchange, const Error& error, bool moves_on, TimePoint now) {
  if (moves_on) exchange.peer = &next_way(*exchange.peer, ways_to(*exchange.peer, exchange.peers));
  if (exchange.detour == nullptr) {
    exchange.detour = std::make_unique<Detour>();
    exchange.detour->was_sent = exchange.sent();
    const bool standing = call_of(exchange)->dialogs > 0;
    exchange.detour->give_up =
        exchange.sent() || standing ? now + Detour::return_time : exchange.came + Detour::dial_patience;
    exchange.detour->next_try = exchange.sent() ? now : now + exchange.detour->backoff.next();
  } else {
    if (exchange.detour->give_up == transaction::never) exchange.detour->give_up = now + Detour::return_time;
    if (exchange.detour->backoff.failures() >= Detour::max_tries) exchange.detour->give_up = now;
    exchange.detour->was_sent = exchange.detour->was_sent || exchange.sent();
    exchange.detour->next_try = now + exchange.detour->backoff.next();
  }
  // Longer than that the far end does not remember what it has answered.
  if (exchange.method != sip::Method::invite)
    exchange.detour->give_up = std::min(exchange.detour->give_up, exchange.came + transaction::timeout - 1s);
  exchange.detour->error = error;
  forget_sending(exchange);
  run_detour(exchange, now);
}

void Hop::run_detour(Exchange& exchange, TimePoint now) {
  if (now >= exchange.orphaned) {
    exchange.orphaned = transaction::never;
    if (!exchange.answered()) {
      send_cancel(exchange, now);
      answer(exchange, answer_with(480, "the caller's link is gone"), now);
    }
  }
  if (exchange.detour == nullptr || (exchange.waits_for_link() && !exchange.detour->was_sent)) return;
  if (now >= exchange.detour->give_up) {
    const Error error = exchange.detour->error;
    if (exchange.waits_for_link()) static_cast<LinkHook<TargetLinkTag>&>(exchange).unlink();
    send_cancel(exchange, now); // on the last link nothing was heard either, but who knows
    return answer(exchange, answer_for(error, exchange.method), now);
  }
  Call* call = call_of(exchange);
  if (exchange.sent() || exchange.waits_for_link() || now < exchange.detour->next_try || call == nullptr) return;
  exchange.detour->next_try = transaction::never;
  if (exchange.timeline != nullptr && exchange.detour->was_sent) ++exchange.timeline->moved;
  const Peers ways = ways_to(*exchange.peer, exchange.peers);
  if (call->link != 0 && std::ranges::find(ways, call->peer) != ways.end()) {
    exchange.peer = call->peer; // the call has found one
  } else if (const PeerConfig* ready = links_.ready_way(ways, exchange.circuit);
             ready != nullptr && !links_.has_ready(*exchange.peer, exchange.circuit)) {
    exchange.peer = ready;
  }
  send_by_link(exchange, *call, std::string(call->identity), now);
}

/// It is for a caller who cannot be dialled: kept until he shows by which link he is reached now.
void Hop::await_return(Exchange& exchange, const Error& error, TimePoint now) {
  if (exchange.detour == nullptr) { // else he comes and goes: that does not make it wait for ever
    exchange.detour = std::make_unique<Detour>();
    exchange.detour->give_up = now + Detour::return_time;
    exchange.detour->was_sent = true;
  }
  exchange.detour->error = error;
  forget_sending(exchange);
  awaiting_.push_back(exchange);
}

/// A request of a dialog, whose token shows that it is one, has come by another link than `before`, which may be gone:
/// that is where its far end is from now on, and what was said on the old one is said again.
void Hop::come_back(const Digest& moved_key, Link* before, Link& link, TimePoint now) {
  links_.note_moved(moved_key, link);
  if (before != nullptr && before != &link) {
    for (auto next = before->requests.begin(); next != before->requests.end();) {
      Exchange& exchange = *next++;
      if (exchange.moved_key != moved_key || exchange.answered()) continue;
      static_cast<LinkHook<TargetLinkTag>&>(exchange).unlink();
      await_return(exchange, {}, now);
    }
  }
  resume_awaiting(moved_key, link, now);
}

void Hop::resume_awaiting(const Digest& moved_key, Link& link, TimePoint now) {
  for (auto next = awaiting_.begin(); next != awaiting_.end();) {
    Exchange& exchange = *next++;
    if (exchange.moved_key != moved_key) continue;
    static_cast<LinkHook<AwaitingTag>&>(exchange).unlink();
    exchange.target = Flow::over_link(link.id);
    link.requests.push_back(exchange);
    send(exchange.target, exchange.sent_request);
    begin(exchange, now);
    exchanges_.settle(exchange);
  }
}

/// A request that is known has come by another link: its sender has lost the first one, and with it perhaps our answer.
void Hop::come_again(Exchange& exchange, const Flow& reply, TimePoint now) {
  Link* link = links_.find(reply.id);
  if (link == nullptr) return;
  Link* before = links_.find(exchange.source.id);
  exchange.earlier_source = exchange.source.id;
  exchange.source = reply;
  exchange.orphaned = transaction::never;
  static_cast<LinkHook<SourceLinkTag>&>(exchange).unlink();
  link->answers.push_back(exchange);
  if (exchange.moved_key) come_back(*exchange.moved_key, before, *link, now);
  if (!exchange.last_response.empty()) {
    send(reply, exchange.last_response);
  } else if (!exchange.answered() && exchange.method == sip::Method::invite) { // so that he knows that he is known
    const auto came = Message::parse(exchange.head);
    if (const auto* request = std::get_if<Message>(&came)) send(reply, make_response(*request, 100, "Trying", {}));
  }
  for (const Fork& fork : exchange.forks)
    if (!fork.response.empty()) send(reply, fork.response);
  exchanges_.settle(exchange);
}

} // namespace sipveil::hop
