// Message: what is let in prints so that it is let in again and prints the same; a pushed Via pops without a
// trace; answers, CANCEL and ACK made from it are messages themselves.
#include "bridge/sip/message.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using sipveil::sip::Message;
using sipveil::sip::Refusal;

void require(bool condition) {
  if (!condition) std::abort();
}

// True if the lines that the checks add may be the ones too many.
bool near_bound(const std::string& printed) {
  const auto members = std::count_if(printed.begin(), printed.end(), [](char c) { return c == ',' || c == '\n'; });
  return static_cast<std::size_t>(members) + 10 > sipveil::sip::max_headers ||
         printed.size() + 1000 > sipveil::sip::max_message_bytes;
}

Message again(std::string_view bytes) {
  auto result = Message::parse(bytes);
  require(std::holds_alternative<Message>(result));
  return std::move(std::get<Message>(result));
}

void check_edits(Message message) {
  const std::string printed = message.print();
  const std::size_t vias = message.via_count();
  message.push_via("SIP/2.0/TCP mine.invalid;branch=z9hG4bKmine");
  require(message.top_via().host == "mine.invalid" && message.via_count() == vias + 1);
  message.pop_via();
  require(message.print() == printed);
  message.push_record_route("<sip:mine.invalid;lr>");
  message.replace_record_route(0, "<sip:other.invalid;lr>");
  require(message.record_routes().at(0) == "<sip:other.invalid;lr>");
  message.set_max_forwards(1);
  require(message.max_forwards() == 1U);
  for (std::size_t routes = message.routes().size(); routes > 0; --routes) {
    require(message.routes().size() == routes);
    message.pop_route();
  }
  require(message.routes().empty());
  message.mark_received("192.0.2.1", 5060);
  require(message.top_via().received == "192.0.2.1");
  if (message.is_request()) message.set_request_uri("sip:new@host.invalid");
  (void)again(message.print());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = Message::parse({reinterpret_cast<const char*>(data), size});
  if (const auto* const refusal = std::get_if<Refusal>(&result)) {
    require(refusal->status >= 400);
    require(refusal->answer.empty() || refusal->answer.starts_with("SIP/2.0 "));
    return 0;
  }
  const Message& message = std::get<Message>(result);
  const std::string printed = message.print();
  if (near_bound(printed)) return 0;
  const Message second = again(printed);
  require(second.print() == printed);
  require(message.clone().print() == printed);
  require(second.call_id() == message.call_id() && second.cseq() == message.cseq());
  require(second.body() == message.body() && second.vias() == message.vias());
  (void)message.header("Subject");
  (void)message.contact_uri();
  (void)message.expires();
  if (message.is_request()) {
    const Message response = again(make_response(message, 486, "Busy Here", "mytag"));
    require(!response.to_tag().empty() && response.via_count() == message.via_count());
    (void)again(make_cancel(message));
    (void)again(make_ack(message, response));
  }
  check_edits(message.clone());
  return 0;
}
