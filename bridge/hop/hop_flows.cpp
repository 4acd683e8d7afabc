// Links that are needed by something that nobody asks for at the moment: a dialog whose callee may speak next, a
// registration (RFC 5626's flow). Lost, they are dialled again, and the first words on the new link say whose it is:
// the call's last ACK, or for a registration a flow request: OPTIONS, Accept: application/vnd.sipveil.flow, and the
// Contacts.
#include "base/encoding.h"
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <fmt/format.h>

#include <array>

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

constexpr std::string_view flow_type = "application/vnd.sipveil.flow";
constexpr std::size_t seal_block = 16;

std::string flow_request(std::string_view call_id, const std::vector<std::string>& contacts, std::string_view branch) {
  std::string request = fmt::format("OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/TCP {0};branch={1}\r\nMax-Forwards: 70\r\n"
                                    "From: <sip:{0}>;tag=flow\r\nTo: <sip:{0}>\r\nCall-ID: {2}\r\nCSeq: 1 OPTIONS\r\n"
                                    "Accept: {3}\r\n",
                                    outer_name, branch, call_id, flow_type);
  for (const std::string& contact : contacts)
    request += fmt::format("Contact: <{}>\r\n", contact);
  return request + "Content-Length: 0\r\n\r\n";
}

/// Where a kept record's parts end; none of them holds a line break but the last.
struct Record {
  std::string_view peer;
  std::string_view circuit;
  std::string_view identity;
  std::string_view words;
};
std::optional<Record> split_record(std::string_view text) {
  std::array<std::string_view, 3> lines;
  for (std::string_view& line : lines) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return Record{lines[0], lines[1], lines[2], text};
}

CircuitPolicy circuit_named(std::string_view text) {
  for (const CircuitPolicy policy :
       {CircuitPolicy::per_call, CircuitPolicy::per_identity, CircuitPolicy::per_peer, CircuitPolicy::shared})
    if (name(policy) == text) return policy;
  return CircuitPolicy::per_call;
}

} // namespace

/// A 2xx to a REGISTER of the phone's: which of the Contacts in it are reached by this very link?
void Hop::note_registered(const Exchange& exchange, const Message& response) {
  Call* call = call_of(exchange);
  if (call == nullptr) return;
  std::vector<std::string> flows;
  for (const std::string& contact : Contacts::registering(response)) {
    const auto uri = sip::Uri::parse(contact);
    if (uri && uri->host == outer_name && contacts_.contact_of(contact, {})) flows.push_back(contact);
  }
  call->last_words =
      flows.empty() ? std::string() : flow_request(response.call_id(), flows, "z9hG4bK" + random_hex(16));
  keep(*call, response.call_id());
}

void Hop::bind_registration(const std::string& contact, LinkId id, TimePoint now) {
  registrations_.bind(contact, id);
  if (Link* link = links_.find(id)) resume_awaiting(links_.flow_key(Registrations::name_of(contact)), *link, now);
}

bool Hop::answers_flow_request(const Flow& from, const Message& request, TimePoint now) {
  if (from.inner() || config_.role != Role::proxy || request.method() != Method::options ||
      request.header("Accept").value_or("") != flow_type)
    return false;
  for (const std::string& contact : Contacts::registering(request)) {
    // Who knows the sealed name may say where its phone is now, unless it is somewhere already.
    const LinkId known = registrations_.link_of(contact);
    if (links_.find(known) == nullptr && registrations_.flows_of(from.id) < Registrations::max_claims)
      bind_registration(contact, from.id, now);
  }
  send(from, own_response(from, request, {200, "OK", {}}));
  return true;
}

void Hop::keep(Call& call, std::string_view call_id) {
  if (config_.role != Role::phone) return; // a proxy's calls are too many, and its phones have bridges of their own
  if (call.last_words.empty() || call.peer == nullptr) return forget(call);
  call.kept = fmt::format("{:016x}", seal_.number("kept " + std::string(call_id)));
  const std::string& label = call.kept;
  std::string plain =
      fmt::format("{}\n{}\n{}\n{}", call.peer->name, name(call.circuit), call.identity, call.last_words);
  plain.resize((plain.size() + seal_block - 1) / seal_block * seal_block);
  effects_.keep_call(label, as_text(seal_.seal_bytes(Purpose::kept, as_bytes(plain), label)));
}

void Hop::forget(Call& call) {
  if (!call.kept.empty()) effects_.keep_call(call.kept, {});
  call.kept.clear();
}

void Hop::resume(std::string_view label, std::string_view sealed, TimePoint now) {
  const auto plain = seal_.open_bytes(Purpose::kept, as_bytes(sealed), label);
  const auto record = plain ? split_record(as_text(*plain).substr(0, as_text(*plain).find('\0'))) : std::nullopt;
  const auto parsed = record ? Message::parse(record->words) : std::variant<Message, sip::Refusal>(sip::Refusal{});
  const auto* words = std::get_if<Message>(&parsed);
  const Way way = record ? router_.to_peer(record->peer) : Way{};
  if (words == nullptr || way.peers.empty()) return effects_.keep_call(label, {});
  Call& call = calls_.open(words->call_id());
  call.last_words = record->words;
  call.peer = way.peers.front();
  call.ways = way.peers;
  call.circuit = circuit_named(record->circuit);
  call.identity = record->identity;
  call.kept = label;
  if (words->method() == Method::ack) {
    calls_.note_dialog(call, true, now);
  } else {
    calls_.note_resumed(call, now);
  }
  redials_.schedule(call.key, now);
}

} // namespace sipveil::hop
