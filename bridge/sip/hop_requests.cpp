// The requests that each hop makes itself (RFC 3261 sections 9.1 and 17.1.1.3): CANCEL and the ACK for a
// non-2xx.
#include "bridge/sip/list.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/text.h"

namespace sipveil::sip {

namespace {

// Both are the INVITE's skeleton with another method and one Via; only where To comes from differs.
std::string hop_request(std::string_view method, std::string_view uri, std::string_view top_via,
                        const std::vector<Field>& invite, const Field* to, std::uint32_t cseq) {
  std::string text;
  text.reserve(1024);
  text += method;
  text += ' ';
  text += uri;
  text += " SIP/2.0\r\nVia: ";
  text += top_via;
  text += "\r\nMax-Forwards: 70\r\n";
  for (const Field& field : invite) {
    if (field.id == Name::route || field.id == Name::from || field.id == Name::call_id)
      text += field.raw;
    else if (field.id == Name::to && to != nullptr)
      text += to->raw;
  }
  text += "CSeq: ";
  text += std::to_string(cseq);
  text += ' ';
  text += method;
  text += "\r\nContent-Length: 0\r\n\r\n";
  return text;
}

std::string_view top_via_text(const Field* via) {
  const auto member = via == nullptr ? std::nullopt : MemberScanner(via->value).next();
  return member.value_or(std::string_view{});
}

} // namespace

std::string make_cancel(const Message& sent_invite) {
  const auto& parts = *sent_invite.parts_;
  return hop_request("CANCEL", parts.start.uri, top_via_text(parts.find(Name::via)), parts.fields, parts.find(Name::to),
                     parts.cseq);
}

std::string make_ack(const Message& sent_invite, const Message& response) {
  const auto& parts = *sent_invite.parts_;
  return hop_request("ACK", parts.start.uri, top_via_text(parts.find(Name::via)), parts.fields,
                     response.parts_->find(Name::to), parts.cseq);
}

} // namespace sipveil::sip
