// Links that are needed by something that nobody asks for at the moment: a dialog whose callee may speak next, a
// registration (RFC 5626's flow). Lost, they are dialled again, and the first words on the new link say whose it is:
// the call's last ACK, or for a registration a flow request: OPTIONS, Accept: application/vnd.sipveil.flow, and the
// Contacts.
#include "base/encoding.h"
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <fmt/format.h>

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
  std::string_view words;
};
std::optional<Record> split_record(std::string_view text) {
  const auto first = text.find('\n');
  const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return Record{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
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
    if (uri && uri->host == outer_name && contacts_.contact_of(contact)) flows.push_back(contact);
  }
  call->last_words =
      flows.empty() ? std::string() : flow_request(response.call_id(), flows, "z9hG4bK" + random_hex(16));
  keep(*call, response.call_id());
}

bool Hop::answers_flow_request(const Flow& from, const Message& request) {
  if (from.inner() || request.method() != Method::options || request.header("Accept").value_or("") != flow_type)
    return false;
  for (const std::string& contact : Contacts::registering(request)) {
    // Who knows the sealed name may say where its phone is now, unless it is somewhere already.
    const LinkId known = registrations_.link_of(contact);
    if (links_.find(known) == nullptr) registrations_.bind(contact, from.id);
  }
  send(from, own_response(from, request, {200, "OK", {}}));
  return true;
}

void Hop::keep(const Call& call, std::string_view call_id) {
  if (config_.role != Role::phone) return; // a proxy's calls are too many, and its phones have bridges of their own
  const std::string label = fmt::format("{:016x}", seal_.number(call_id));
  if (call.last_words.empty() || call.peer == nullptr) return effects_.keep_call(label, {});
  std::string plain = fmt::format("{}\n{}\n{}", call.peer->name, name(call.circuit), call.last_words);
  plain.resize((plain.size() + seal_block - 1) / seal_block * seal_block);
  effects_.keep_call(label, as_text(seal_.seal_bytes(Purpose::kept, as_bytes(plain), label)));
}

void Hop::forget(const Call& call) {
  if (config_.role != Role::phone || call.last_words.empty()) return;
  const auto parsed = Message::parse(call.last_words);
  if (const auto* words = std::get_if<Message>(&parsed))
    effects_.keep_call(fmt::format("{:016x}", seal_.number(words->call_id())), {});
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
  call.circuit = circuit_named(record->circuit);
  calls_.note_resumed(call, now);
  redials_.schedule(call.key, now);
}

} // namespace sipveil::hop
