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
      router_(config, random_u64), exchanges_(capacity), links_(config, effects, hash_) {}

void Hop::on_message(const Flow& from, std::string_view bytes, TimePoint now) {
  if (Link* link = from.inner() ? nullptr : links_.find(from.id)) {
    if (link->standby) return refuse_standby(*link, now);
    note_alive(*link, now);
  }
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
  const TimePoint rest = std::min({exchanges_.next_deadline(), calls_.next_deadline(), redials_.next_deadline()});
  if (draining_) return rest; // links are not tended any more
  const TimePoint links = quiet_until_ > last_tended_ ? std::min(quiet_until_, links_.next_deadline(last_tended_))
                                                      : links_.next_deadline(last_tended_);
  return std::min(rest, links);
}

void Hop::start(TimePoint now) {
  tend_links(now);
}

void Hop::on_time(TimePoint now) {
  while (Exchange* exchange = exchanges_.pop_due(now)) {
    run(*exchange, now);
    exchanges_.settle(*exchange);
  }
  redial_due(now);
  end_calls(now);
  while (Link* link = links_.overdue(now)) {
    const char* what = link->racing ? "none of the ways to this peer was there within a minute"
                                    : "too many calls at once: no circuit within a minute";
    lose_link(*link, {Errc::timed_out, Fault::overlay, what, "", true}, now);
  }
  tend_links(now);
}

void Hop::end_calls(TimePoint now) {
  while (const auto ended = calls_.pop_ended(now)) {
    forget(*ended);
    redials_.forget(ended->key);
    for (const LinkId id : ended->own_links) {
      Link* link = links_.find(id);
      if (link == nullptr) continue;
      std::vector<Exchange*> waiting; // for it to be up, though answered
      for (Exchange& exchange : link->requests)
        waiting.push_back(&exchange);
      links_.close(*link);
      for (Exchange* exchange : waiting)
        exchanges_.settle(*exchange);
    }
  }
}

void Hop::run(Exchange& exchange, TimePoint now) {
  run_server(exchange, now);
  run_detour(exchange, now);
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
