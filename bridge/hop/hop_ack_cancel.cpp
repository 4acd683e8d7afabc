// ACK and CANCEL: the two requests that have no transaction of their own at a proxy. RFC 3261 sections
// 9, 13.2.2.4, 16.10, 17.1.1.3.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <algorithm>

namespace sipveil::hop {

using sip::Message;
using sip::Method;

void Hop::on_ack(const Flow& from, Message ack, TimePoint now) {
  if (takes_failure_ack(from, ack, now)) return;
  // Ours alone if it acknowledges an answer that was given without state.
  if (ack.max_forwards() == 0U || ack.to_tag() == own_tag(from, ack.call_id())) {
    ++counters_.stray;
    return;
  }
  const std::string branch = new_branch();
  Passage passage{.from = from, .outward = from.inner()};
  if (enter(ack, passage)) {
    ++counters_.stray;
    return;
  }
  const Digest key = ack_key(from.inner(), ack);
  Exchange* exchange = exchanges_.by_ack(key);
  passage.next = find_next_hop(ack, passage, now);
  if (passage.next.waits_for_return())
    passage.next = NextHop::refused(answer_with(480, "the link on which this call came in is gone"));
  if (passage.next.refusal && exchange != nullptr) {
    passage.next = NextHop::to(exchange->target);
    passage.token = exchange->token;
    if (passage.token) {
      passage.caller = identities_.caller_of(ack, identity::Sealing::decode(passage.token->sealing));
      passage.issued = passage.token->issued;
    }
  }
  const std::string wire_id(ack.call_id());
  if (passage.next.refusal || cross(ack, passage, now)) { // an ACK is never answered
    ++counters_.stray;
    return;
  }
  add_ourselves(ack, passage, branch, nullptr);
  if (!leave(ack, passage)) return;
  std::string bytes = ack.print();
  if (exchange != nullptr) {
    Fork& fork = *std::find_if(exchange->forks.begin(), exchange->forks.end(),
                               [&](const Fork& candidate) { return candidate.ack_key == key; });
    // A repeated one shows that our repeated 2xx crossed the first, or that its link was lost; if the first got lost
    // behind us, the 2xx will come again and find it (note_fork).
    if (fork.acknowledged) {
      ++counters_.absorbed;
      return;
    }
    fork.acknowledged = true;
    std::string().swap(fork.response);
    if (!exchange->target.reliable()) fork.ack = bytes;
    const bool all = std::all_of(exchange->forks.begin(), exchange->forks.end(),
                                 [](const Fork& candidate) { return candidate.acknowledged; });
    if (auto* server = std::get_if<transaction::InviteServer>(&exchange->server); server != nullptr && all)
      server->on_ack(now);
    exchanges_.settle(*exchange);
  }
  if (exchange == nullptr && tells_of_new_link(passage)) {
    ++counters_.absorbed;
    return;
  }
  pass_ack(passage, wire_id, std::move(bytes), now);
}

/// An ACK long after its call was answered, by another link than the call's: its sender has lost that one, and says so
/// by repeating his last ACK (redial_due). The phone has had it. After a restart of ours it may be the first all the
/// same.
bool Hop::tells_of_new_link(const Passage& passage) const {
  return passage.token && passage.token->origin == RouteToken::Origin::tunnel && !passage.outward &&
         passage.token->link != passage.from.id && links_.knew(passage.token->link);
}

bool Hop::takes_failure_ack(const Flow& from, const Message& ack, TimePoint now) {
  // Section 17.1.1.3: the ACK for a non-2xx has the branch of its INVITE; it goes from hop to hop and ends here.
  Exchange* exchange = exchanges_.by_request(server_key(from, ack, "INVITE"));
  if (exchange == nullptr) return false;
  auto* server = std::get_if<transaction::InviteServer>(&exchange->server);
  // Elder phones give the ACK for a 2xx the branch of its INVITE as well.
  if (server == nullptr || server->state() == transaction::InviteServer::State::accepted) return false;
  if (server->answered()) {
    server->on_ack(now);
    std::string().swap(exchange->last_response);
    exchanges_.settle(*exchange);
  }
  return true;
}

void Hop::pass_ack(const Passage& passage, std::string_view call_id, std::string bytes, TimePoint now) {
  const NextHop& next = passage.next;
  if (next.flow) return send(*next.flow, std::move(bytes));
  const bool known = calls_.find(call_id) != nullptr;
  Call& call = calls_.open(call_id);
  // Its token tells that the dialog is there, though this process has not seen it begin.
  if (!known) calls_.note_dialog(call, true, now);
  if (call.dialogs > 0) call.last_words = bytes;
  call.ways = ways_to(*next.way.peers.front(), next.way.peers);
  const Link& link =
      links_.send(call, *next.way.peers.front(), next.way.circuit, passage.identity, std::move(bytes), now);
  effects_.expect_answer(link.id); // none comes, but a ping shows soon whether it has arrived
  tend_links(now);
  keep(call, call_id);
}

void Hop::on_cancel(const Flow& reply, const Digest& invite_key, const Message& cancel, TimePoint now) {
  Exchange* exchange = exchanges_.by_request(invite_key);
  if (exchange == nullptr) return reply_without_state(reply, cancel, answer_with(481, "nothing to cancel"));
  // Section 16.10: the 200 is ours to give, whatever becomes of the INVITE. Given anew to a repeated CANCEL.
  reply_without_state(reply, cancel, {200, "OK", {}});
  if (exchange->answered()) return;
  const bool was_sent = exchange->detour != nullptr && exchange->detour->was_sent;
  if (was_sent &&
      !exchange->sent()) { // it is there, though its link is lost: the CANCEL goes behind it by the next one
    exchange->cancel_wanted = true;
    exchange->detour->next_try = now;
    run_detour(*exchange, now);
    if (exchange->answered()) return;
  }
  if (exchange->sent()) {
    send_cancel(*exchange, now);
    exchanges_.settle(*exchange);
    return;
  }
  // Nothing has left this machine for certain. A link that was dialled for this request alone is given up; on another
  // one the request waits its turn, and its CANCEL follows it at once (on_link_up).
  Link* link = links_.find(exchange->target.id);
  Call* call = call_of(*exchange);
  const bool alone = !was_sent && link != nullptr && !link->pooled &&
                     std::next(link->requests.begin()) == link->requests.end() && call != nullptr && call->dialogs == 0;
  if (alone) {
    const LinkId id = link->id;
    links_.close(*link);
    if (call->link == id) call->link = 0;
    std::erase(call->own_links, id);
  }
  answer(*exchange, answer_with(487, "cancelled"), now);
  exchanges_.settle(*exchange);
  tend_links(now); // another call may have its turn
}

void Hop::send_cancel(Exchange& exchange, TimePoint now) {
  using State = transaction::InviteClient::State;
  auto* invite = std::get_if<transaction::InviteClient>(&exchange.client);
  if (invite == nullptr || exchange.cancel_sent) return;
  if (invite->state() != State::calling && invite->state() != State::proceeding) return;
  // Section 9.1: only after a provisional response, since a CANCEL might overtake its INVITE. On a stream nothing
  // overtakes.
  if (!exchange.target.reliable() && invite->state() == State::calling) {
    exchange.cancel_wanted = true;
    return;
  }
  const auto parsed = Message::parse(exchange.sent_request);
  const auto* request = std::get_if<Message>(&parsed);
  if (request == nullptr) return;
  exchange.cancel_wanted = false;
  exchange.cancel_sent = true;
  invite->on_cancel_sent(now);
  auto cancel = std::make_unique<Exchange>();
  cancel->method = Method::cancel;
  cancel->branch_key = hash_({"client", request->top_via().branch, "CANCEL"});
  // One that went by a link which is lost: nobody waits for its answer.
  if (Exchange* before = exchanges_.by_branch(cancel->branch_key)) exchanges_.remove(*before);
  cancel->target = exchange.target;
  cancel->client = transaction::NonInviteClient(exchange.target.reliable(), now);
  cancel->sent_request = make_cancel(*request);
  send(cancel->target, cancel->sent_request);
  exchanges_.settle(exchanges_.add(std::move(cancel)));
}

} // namespace sipveil::hop
