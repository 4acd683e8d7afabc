#include "bridge/sip/response.h"

#include "bridge/sip/head.h"
#include "bridge/sip/list.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"
#include "bridge/sip/via.h"

namespace sipveil::sip {

namespace {

// Section 8.2.7: a stateless answerer gives every retransmission the same To tag, so it is computed from the
// request. FNV-1a: the tag needs no secrecy, only the same value for the same bytes.
std::string stateless_tag(std::string_view head) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : head)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return std::to_string(hash);
}

} // namespace

std::string compose_response(const std::vector<Field>& request, const ResponseParts& parts) {
  std::size_t size = 128 + parts.reason.size() + parts.to_tag.size() + parts.extra_headers.size();
  for (const Field& field : request)
    size += field.raw.size();
  std::string text;
  text.reserve(size);
  text += "SIP/2.0 ";
  text += std::to_string(parts.status);
  text += ' ';
  text += one_line(parts.reason);
  text += "\r\n";
  bool copied[static_cast<std::size_t>(Name::timestamp) + 1] = {};
  for (const Field& field : request) {
    const bool single = field.id == Name::from || field.id == Name::to || field.id == Name::call_id ||
                        field.id == Name::cseq || (field.id == Name::timestamp && parts.status == 100);
    bool& before = copied[static_cast<std::size_t>(field.id)];
    if (field.id != Name::via && (!single || before)) continue;
    before = true;
    if (field.id == Name::to && !parts.to_tag.empty()) {
      text += field.before_value();
      text += field.value;
      text += ";tag=";
      text += parts.to_tag;
      text += "\r\n";
    } else {
      text += field.raw;
    }
  }
  text += parts.extra_headers;
  text += "Content-Length: 0\r\n\r\n";
  return text;
}

std::string make_response(const Message& request, int status, std::string_view reason, std::string_view to_tag,
                          std::string_view extra_headers) {
  const bool add_tag = status != 100 && request.to_tag().empty();
  return compose_response(request.parts_->fields, {.status = status,
                                                   .reason = reason,
                                                   .to_tag = add_tag ? to_tag : std::string_view{},
                                                   .extra_headers = extra_headers});
}

std::string make_refusal(std::string_view head, int status, std::string_view reason, std::string_view extra_headers) {
  const std::string_view line = first_line(head);
  const std::string_view method = line.substr(0, line.find(' '));
  if (is_status_line(line) || !all(method, token_char) || method_of(method) == Method::ack) return {};
  std::vector<Field> fields;
  scan_fields(head.substr(line.size()), fields);
  std::size_t vias = 0;
  std::size_t singles[static_cast<std::size_t>(Name::timestamp) + 1] = {};
  std::string_view to_tag;
  for (const Field& field : fields) {
    const bool copied = field.id == Name::via || field.id == Name::from || field.id == Name::to ||
                        field.id == Name::call_id || field.id == Name::cseq;
    if (!copied) continue;
    if (!field.raw.ends_with("\r\n") || !is_clean(field.raw) || field.value.empty()) return {};
    if (field.id == Name::via) {
      // The answer is sent by the first Via, so that one must be readable; the others go back as they came.
      const auto member = vias == 0 ? MemberScanner(field.value).next() : std::nullopt;
      if (++vias == 1 && (!member || !parse_via(*member))) return {};
    } else if (++singles[static_cast<std::size_t>(field.id)] == 1 && field.id == Name::to) {
      const auto to = parse_name_addr(field.value);
      to_tag = to ? to->tag : std::string_view{};
    }
  }
  for (const Name name : {Name::from, Name::to, Name::call_id, Name::cseq}) {
    if (singles[static_cast<std::size_t>(name)] == 0) return {};
  }
  if (vias == 0) return {};
  const std::string tag = to_tag.empty() ? stateless_tag(head) : std::string{};
  return compose_response(fields, {.status = status, .reason = reason, .to_tag = tag, .extra_headers = extra_headers});
}

} // namespace sipveil::sip
