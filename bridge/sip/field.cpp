#include "bridge/sip/field.h"

#include "bridge/sip/text.h"

#include <utility>

namespace sipveil::sip {

namespace {

struct Known {
  std::string_view text;
  Name id;
};
constexpr Known known[] = {
    {"To", Name::to},
    {"Via", Name::via},
    {"From", Name::from},
    {"CSeq", Name::cseq},
    {"Route", Name::route},
    {"Call-ID", Name::call_id},
    {"Contact", Name::contact},
    {"Expires", Name::expires},
    {"Timestamp", Name::timestamp},
    {"Max-Forwards", Name::max_forwards},
    {"Record-Route", Name::record_route},
    {"Content-Type", Name::content_type},
    {"Proxy-Require", Name::proxy_require},
    {"Content-Length", Name::content_length},
};

// RFC 3261 section 7.3.3 and the later RFCs that registered one with IANA ("SIP Parameters", Header Fields).
constexpr std::pair<char, std::string_view> compact[] = {
    {'a', "Accept-Contact"},
    {'b', "Referred-By"},
    {'c', "Content-Type"},
    {'d', "Request-Disposition"},
    {'e', "Content-Encoding"},
    {'f', "From"},
    {'i', "Call-ID"},
    {'j', "Reject-Contact"},
    {'k', "Supported"},
    {'l', "Content-Length"},
    {'m', "Contact"},
    {'n', "Identity-Info"},
    {'o', "Event"},
    {'r', "Refer-To"},
    {'s', "Subject"},
    {'t', "To"},
    {'u', "Allow-Events"},
    {'v', "Via"},
    {'x', "Session-Expires"},
    {'y', "Identity"},
};

} // namespace

std::string_view full_name(std::string_view name) {
  if (name.size() != 1) return name;
  for (const auto& [letter, full] : compact) {
    if (letter == lower(name[0])) return full;
  }
  return name;
}

Name identify(std::string_view name) {
  name = full_name(name);
  for (const Known& entry : known) {
    if (iequals(entry.text, name)) return entry.id;
  }
  return Name::other;
}

Field make_field(std::string_view raw) {
  Field field{.raw = raw, .name = {}, .value = raw.substr(raw.size()), .id = Name::other};
  std::size_t at = 0;
  while (at < raw.size() && is(raw[at], token_char))
    ++at;
  const std::string_view name = raw.substr(0, at);
  // Blanks before the colon are legal (HCOLON), a fold there is not.
  while (at < raw.size() && (raw[at] == ' ' || raw[at] == '\t'))
    ++at;
  if (name.empty() || at == raw.size() || raw[at] != ':') return field;
  field.name = name;
  field.id = identify(name);
  field.value = trim(raw.substr(at + 1));
  if (field.value.empty()) // an edit or a copy must still find the place of the value
    field.value = raw.substr(at + 1, 0);
  return field;
}

} // namespace sipveil::sip
