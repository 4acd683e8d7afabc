// What is let in. Bounds first, then our own reading of the head, then sofia-sip's.
#include "bridge/sip/head.h"
#include "bridge/sip/list.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/second_opinion.h"
#include "bridge/sip/text.h"
#include "bridge/sip/uri.h"

#include <cstdint>

namespace sipveil::sip {

namespace {

constexpr auto npos = std::string_view::npos;

/// Why not, and the header lines that the answer carries beyond the usual ones.
struct Fault {
  int status = 0; ///< 0: none
  std::string reason;
  std::string extra_headers = {};
};

// Header fields that this bridge acts on and that have one value. Two of them would be read differently by
// two elements.
const char* duplicate_of(const std::vector<Field>& fields) {
  constexpr auto bit = [](Name name) { return 1U << static_cast<unsigned>(name); };
  constexpr unsigned single = bit(Name::from) | bit(Name::to) | bit(Name::call_id) | bit(Name::cseq) |
                              bit(Name::max_forwards) | bit(Name::content_length) | bit(Name::content_type) |
                              bit(Name::expires);
  unsigned seen = 0;
  for (const Field& field : fields) {
    const unsigned mine = bit(field.id) & single;
    if ((seen & mine) != 0) return "A header field that has one value stands twice";
    seen |= mine;
  }
  return nullptr;
}

const char* check_routes(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (field.id != Name::route && field.id != Name::record_route) continue;
    MemberScanner scanner(field.value);
    std::size_t members = 0;
    for (; const auto member = scanner.next(); ++members) {
      const auto parsed = parse_name_addr(*member);
      if (!parsed || !parsed->bracketed) return "Route or Record-Route is not well-formed";
    }
    if (scanner.fault() || members == 0) return "Route or Record-Route is not well-formed";
  }
  return nullptr;
}

// Section 18.3: a body shorter than Content-Length says is an error, what lies behind it is cut off.
Fault cut_body(const Field* length, std::string_view& body) {
  if (length == nullptr) return {};
  const auto bytes = to_number<std::size_t>(length->value);
  if (!bytes) return {400, "Content-Length is not a number"};
  if (*bytes > body.size()) return {400, "The body is shorter than Content-Length says"};
  body = body.substr(0, *bytes);
  return {};
}

// Section 16.3: what a proxy checks of a request.
Fault check_request(const StartLine& start, Method method, const std::vector<Field>& fields) {
  const auto uri = split_uri(start.uri);
  if (!uri)
    return uri.error().code == Errc::unsupported ? Fault{416, "The scheme of the Request-URI is not sip, sips or tel"}
                                                 : Fault{400, "The Request-URI is not well-formed"};
  // Section 19.1.1: headers have no place in a Request-URI, and who honoured them could be made to route as a
  // stranger likes.
  if (!uri->headers.empty()) return {400, "The Request-URI holds headers"};
  // Section 8.2.2.3: ignored in the two requests that cannot be refused.
  if (method == Method::ack || method == Method::cancel) return {};
  std::string unsupported;
  for (const Field& field : fields) {
    if (field.id == Name::proxy_require && !field.value.empty())
      unsupported += "Unsupported: " + unfold(field.value) + "\r\n";
  }
  if (!unsupported.empty()) return {420, "Proxy-Require asks for an extension", std::move(unsupported)};
  return {};
}

const char* check_max_forwards(const Message& message, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    // Section 20.22: 0 to 255.
    if (field.id == Name::max_forwards && message.max_forwards().value_or(256) > 255)
      return "Max-Forwards is not a number from 0 to 255";
  }
  return nullptr;
}

} // namespace

std::variant<Message, Refusal> Message::parse(std::string_view bytes) {
  while (bytes.starts_with("\r\n"))
    bytes.remove_prefix(2);
  const std::size_t head_end = find_head_end(bytes.substr(0, max_message_bytes));
  const std::string_view head = bytes.substr(0, head_end == npos ? max_message_bytes : head_end);
  const auto refuse = [head](Fault fault) {
    std::string answer = make_refusal(head, fault.status, fault.reason, fault.extra_headers);
    return Refusal{.status = fault.status, .reason = std::move(fault.reason), .answer = std::move(answer)};
  };
  if (bytes.size() > max_message_bytes) return refuse({513, "Message Too Large"});
  if (head_end == npos) return refuse({400, "The header does not end"});
  if (!is_clean(head)) return refuse({400, "A bare CR or LF or a control character stands in the header"});

  Message message(std::make_unique<Parts>());
  Parts& parts = *message.parts_;
  // Beside the message, room for what a hop puts in: a Via, a Record-Route and a Max-Forwards line.
  parts.arena.reserve(bytes.size() + 512);
  const std::string_view text = parts.arena.store({bytes});
  parts.line = first_line(text);
  const auto start = parse_start_line(parts.line);
  if (!start) return refuse({400, "The first line is not well-formed"});
  if (!iequals(start->version, "SIP/2.0")) return refuse({505, "Version Not Supported"});
  parts.start = *start;

  parts.fields.reserve(32); // most messages have fewer, and edits add some
  scan_fields(text.substr(parts.line.size(), head_end - parts.line.size()), parts.fields);
  if (count_members(head, parts.fields, max_headers) > max_headers) return refuse({400, "Too many header fields"});
  for (const Field& field : parts.fields) {
    if (field.name.empty()) return refuse({400, "A line is no header field"});
  }
  for (const char* const fault : {duplicate_of(parts.fields), parts.derive(), check_routes(parts.fields),
                                  check_max_forwards(message, parts.fields)}) {
    if (fault != nullptr) return refuse({400, fault});
  }
  parts.body = text.substr(head_end);
  if (Fault fault = cut_body(parts.find(Name::content_length), parts.body); fault.status != 0)
    return refuse(std::move(fault));
  if (message.is_request()) {
    if (Fault fault = check_request(parts.start, parts.method, parts.fields); fault.status != 0)
      return refuse(std::move(fault));
  }
  const Findings findings{.request = message.is_request(),
                          .status = parts.start.status,
                          .call_id = parts.call_id,
                          .method = parts.method_name,
                          .cseq = parts.cseq,
                          .from_tag = parts.from_tag,
                          .to_tag = parts.to_tag,
                          .via_count = parts.via_count,
                          .body_size = parts.body.size()};
  if (const char* const fault = second_opinion(text.substr(0, head_end + parts.body.size()), findings))
    return refuse({400, fault});
  return message;
}

} // namespace sipveil::sip
