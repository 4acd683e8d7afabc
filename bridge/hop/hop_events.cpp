// Time, links that come and go, and the end of things.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <algorithm>

namespace sipveil::hop {

using sip::Message;
using sip::Method;

Hop::Hop(const Config& config, const SecretBytes& master, Effects& effects, identity::KeyBook keys,
         std::size_t capacity)
    : config_(config), effects_(effects), seal_(master), identities_(config, std::move(keys), seal_),
      router_(config, random_u64), exchanges_(capacity) {}

void Hop::on_message(const Flow& from, std::string_view bytes, TimePoint now) {
  auto parsed = Message::parse(bytes);
  if (auto* refusal = std::get_if<sip::Refusal>(&parsed)) {
    ++counters_.refused;
    if (unsigned held_back = 0; refusal_log_.allow(now, held_back))
      spdlog::warn("refused a message from the {}: {} {} ({} more like it were not logged)",
                   from.inner() ? "phone side" : "tunnel", refusal->status, refusal->reason, held_back);
    // A peer learns that it was refused, not by which rule of ours.
    if (!from.inner() && !refusal->answer.empty())
      refusal->answer = sip::make_refusal(bytes, refusal->status, sip::reason_of(refusal->status));
    if (!refusal->answer.empty()) send(from, std::move(refusal->answer));
    return;
  }
  auto& message = std::get<Message>(parsed);
  if (message.is_request() && bytes.size() > max_request_bytes) {
    ++counters_.refused;
    // Empty for an ACK, which is never answered.
    if (std::string refusal = sip::make_refusal(bytes, 513, sip::reason_of(513)); !refusal.empty())
      send(from, std::move(refusal));
  } else if (message.is_request()) {
    on_request(from, std::move(message), now);
  } else {
    on_response(from, std::move(message), now);
  }
}

void Hop::on_link_up(LinkId id, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  link->up = true;
  link->up_at = now;
  for (const Call* call : calls_on(*link))
    redials_.forget(call->key);
  for (Exchange& exchange : link->requests) {
    if (exchange.sent()) continue;
    start_client(exchange, now);
    if (exchange.answered()) send_cancel(exchange, now); // cancelled while its link was being dialled
    exchanges_.settle(exchange);
  }
}

std::vector<Call*> Hop::calls_on(const Link& link) {
  if (link.pooled) return calls_.on_link(link.id);
  Call* call = link.call ? calls_.find(*link.call) : nullptr;
  return call != nullptr ? std::vector<Call*>{call} : std::vector<Call*>();
}

void Hop::on_link_down(LinkId id, const Error& error, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  // The lists unlink themselves as exchanges move on; the exchanges are collected first.
  std::vector<Exchange*> asking;
  std::vector<Exchange*> answering;
  for (Exchange& exchange : link->requests)
    asking.push_back(&exchange);
  for (Exchange& exchange : link->answers)
    answering.push_back(&exchange);
  const std::vector<Call*> calls = calls_on(*link);
  links_.remove(*link);
  registrations_.link_gone(id);

  for (Call* call : calls) {
    if (call->link == id) call->link = 0;
    std::erase(call->own_links, id);
  }
  for (Exchange* exchange : asking) {
    if (!exchange->answered()) fail_over(*exchange, error, now);
    exchanges_.settle(*exchange);
  }
  for (Exchange* exchange : answering) { // whoever asked is gone: stop the phone's ringing
    if (!exchange->answered() && exchange->method == Method::invite) {
      send_cancel(*exchange, now);
      answer(*exchange, answer_for(error, exchange->method), now);
      exchanges_.settle(*exchange);
    }
  }
  for (Call* call : calls)
    if (call->link == 0 && call->wants_link(now) && !redials_.schedule(call->key, now)) calls_.abandon(*call, now);
}

void Hop::fail_over(Exchange& exchange, const Error& error, TimePoint now) {
  Call* call = call_of(exchange);
  // Another peer is tried only while the request cannot have reached the first one.
  if (!exchange.sent() && call != nullptr && !exchange.fallbacks.empty()) return try_next_peer(exchange, *call, now);
  answer(exchange, answer_for(error, exchange.method), now);
  exchange.client = std::monostate{};
}

void Hop::try_next_peer(Exchange& exchange, Call& call, TimePoint now) {
  const PeerConfig* peer = exchange.fallbacks.back();
  exchange.fallbacks.pop_back();
  auto parsed = Message::parse(exchange.sent_request);
  auto* request = std::get_if<Message>(&parsed);
  if (request == nullptr) return answer(exchange, answer_with(500, "the request could not be sent again"), now);
  if (auto token = tokens_.open(exchange.route_token, request->call_id(), today())) {
    token->peer = peer->name;
    exchange.route_token = tokens_.seal(*token, request->call_id(), today());
    exchange.token = *token;
    request->replace_record_route(0, own_route(outer_name, exchange.route_token, false));
    exchange.sent_request = request->print();
  }
  Link& link = links_.send(call, *peer, exchange.circuit, std::string(call.identity), exchange.sent_request);
  exchange.target = Flow::over_link(link.id);
  link.requests.push_back(exchange);
  if (link.up) start_client(exchange, now);
}

void Hop::on_link_pong(LinkId id, TimePoint pinged, TimePoint now) {
  Link* link = links_.find(id);
  if (link == nullptr) return;
  for (Exchange& exchange : link->requests) {
    auto* invite = std::get_if<transaction::InviteClient>(&exchange.client);
    if (invite == nullptr || invite->state() != transaction::InviteClient::State::calling) continue;
    // Streams keep order: a pong to a ping sent after the INVITE shows that the INVITE was read.
    if (invite->sent_at() > pinged) continue;
    invite->on_proof_of_receipt(now);
    exchanges_.settle(exchange);
  }
}

void Hop::on_inner_unreachable(const InnerAddress& address, TimePoint now) {
  for (Exchange* exchange : exchanges_.all()) {
    if (!exchange->target.inner() || exchange->target.address != address || exchange->answered()) continue;
    answer(
        *exchange,
        answer_for({Errc::offline, Fault::phone, "nobody listens at the phone's address", "", true}, exchange->method),
        now);
    exchange->client = std::monostate{};
    exchanges_.settle(*exchange);
  }
}

TimePoint Hop::next_deadline() const {
  return std::min({exchanges_.next_deadline(), calls_.next_deadline(), redials_.next_deadline()});
}

void Hop::on_time(TimePoint now) {
  while (Exchange* exchange = exchanges_.pop_due(now)) {
    run(*exchange, now);
    exchanges_.settle(*exchange);
  }
  redial_due(now);
  end_calls(now);
}

void Hop::redial_due(TimePoint now) {
  while (const auto key = redials_.pop_due(now)) {
    Call* call = calls_.find(*key);
    if (call == nullptr || !call->wants_link(now) || call->link != 0 || call->peer == nullptr) {
      redials_.forget(*key);
      continue;
    }
    // A bare stream would not tell the other end whose call it is for. The call's last ACK does, and an ACK that comes
    // twice does nothing: its far end reaches us again, by Links::note_moved.
    if (call->last_words.empty() &&
        call->circuit != CircuitPolicy::per_call) { // the phone's ACK, if it comes, will dial
      redials_.forget(*key);
      calls_.abandon(*call, now);
      continue;
    }
    const Link& link = links_.send(*call, *call->peer, call->circuit, std::string(call->identity), call->last_words);
    if (link.up) redials_.forget(*key); // another call's redial has brought it
  }
}

void Hop::end_calls(TimePoint now) {
  while (const auto ended = calls_.pop_ended(now)) {
    forget(*ended);
    redials_.forget(ended->key);
    for (const LinkId id : ended->own_links) {
      if (Link* link = links_.find(id)) links_.remove(*link);
      effects_.close_link(id);
    }
  }
}

void Hop::run(Exchange& exchange, TimePoint now) {
  run_server(exchange, now);
  transaction::Step step;
  std::visit(
      [&](auto& machine) {
        if constexpr (requires { machine.on_time(now); }) step = machine.on_time(now);
      },
      exchange.client);
  if (step.transmit) send(exchange.target, exchange.sent_request);
  if (step.cancel) send_cancel(exchange, now);
  if (!step.timed_out) return;
  if (exchange.method == Method::invite) {
    answer(exchange, answer_with(408, exchange.target.inner() ? "the phone did not answer" : "the peer did not answer"),
           now);
  } else if (auto* server = std::get_if<transaction::NonInviteServer>(&exchange.server)) {
    server->abandon(); // RFC 4320 section 4.2: its sender has given up by now, and a 408 would only do harm
    conclude(exchange, 408, 0, now);
  }
}

void Hop::run_server(Exchange& exchange, TimePoint now) {
  if (auto* invite = std::get_if<transaction::InviteServer>(&exchange.server)) {
    if (!invite->on_time(now).transmit) return;
    if (!exchange.last_response.empty()) send(exchange.source, exchange.last_response);
    for (const Fork& fork : exchange.forks)
      if (!fork.response.empty()) send(exchange.source, fork.response);
    return;
  }
  auto* other = std::get_if<transaction::NonInviteServer>(&exchange.server);
  if (other == nullptr || !other->on_time(now).trying) return;
  const auto came = Message::parse(exchange.head);
  if (const auto* request = std::get_if<Message>(&came)) {
    exchange.last_response = make_response(*request, 100, "Trying", {});
    other->on_send(100, now);
    send(exchange.source, exchange.last_response);
  }
}

void Hop::drain(TimePoint now) {
  draining_ = true;
  for (Exchange* exchange : exchanges_.all()) {
    if (exchange->answered()) continue;
    send_cancel(*exchange, now);
    answer(*exchange, answer_with(503, "the bridge is shutting down"), now);
    exchanges_.settle(*exchange);
  }
}

void Hop::send(const Flow& to, std::string bytes) {
  if (to.inner()) {
    effects_.send_inner(to, bytes);
  } else {
    effects_.write_link(to.id, std::move(bytes));
  }
}

Call* Hop::call_of(const Exchange& exchange) {
  return exchange.has_call ? calls_.find(exchange.call) : nullptr;
}

} // namespace sipveil::hop
