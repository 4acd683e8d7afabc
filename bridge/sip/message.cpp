// What a Message tells about itself, and its life.
#include "bridge/sip/message.h"

#include "bridge/sip/list.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"
#include "bridge/sip/via.h"

namespace sipveil::sip {

Message::Message(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(Message&&) noexcept = default;
Message::~Message() = default;

Message Message::clone() const {
  auto copy = std::make_unique<Parts>();
  std::size_t size = parts_->line.size() + parts_->body.size();
  for (const Field& field : parts_->fields)
    size += field.raw.size();
  copy->arena.reserve(size);
  copy->line = copy->arena.store({parts_->line});
  if (const auto start = parse_start_line(copy->line)) copy->start = *start;
  copy->fields.reserve(parts_->fields.size());
  for (const Field& field : parts_->fields)
    copy->fields.push_back(make_field(copy->arena.store({field.raw})));
  copy->body = copy->arena.store({parts_->body});
  copy->derive();
  return Message(std::move(copy));
}

bool Message::is_request() const {
  return parts_->start.status == 0;
}
Method Message::method() const {
  return parts_->method;
}
std::string_view Message::method_name() const {
  return parts_->method_name;
}
int Message::status() const {
  return parts_->start.status;
}
std::string_view Message::reason_phrase() const {
  return parts_->start.reason;
}
std::string_view Message::request_uri() const {
  return parts_->start.uri;
}
std::string_view Message::call_id() const {
  return parts_->call_id;
}
std::uint32_t Message::cseq() const {
  return parts_->cseq;
}
std::string_view Message::from_uri() const {
  return parts_->from_uri;
}
std::string_view Message::to_uri() const {
  return parts_->to_uri;
}
std::string_view Message::from_tag() const {
  return parts_->from_tag;
}
std::string_view Message::to_tag() const {
  return parts_->to_tag;
}
std::string_view Message::body() const {
  return parts_->body;
}
ViaView Message::top_via() const {
  return parts_->top;
}
std::size_t Message::via_count() const {
  return parts_->via_count;
}
std::vector<std::string> Message::vias() const {
  return parts_->members(Name::via);
}
std::vector<std::string> Message::routes() const {
  return parts_->members(Name::route);
}
std::vector<std::string> Message::record_routes() const {
  return parts_->members(Name::record_route);
}

std::optional<unsigned> Message::max_forwards() const {
  const Field* const field = parts_->find(Name::max_forwards);
  return field == nullptr ? std::nullopt : to_number<unsigned>(field->value);
}

std::optional<std::uint32_t> Message::expires() const {
  const Field* const field = parts_->find(Name::expires);
  return field == nullptr ? std::nullopt : to_number<std::uint32_t>(field->value);
}

std::string_view Message::contact_uri() const {
  const Field* const field = parts_->find(Name::contact);
  if (field == nullptr) return {};
  const auto member = MemberScanner(field->value).next();
  const auto parsed = member ? parse_name_addr(*member) : std::nullopt;
  return parsed ? parsed->uri : std::string_view{};
}

std::optional<std::string> Message::header(std::string_view name) const {
  for (const Field& field : parts_->fields) {
    if (iequals(full_name(field.name), full_name(name))) return unfold(field.value);
  }
  return std::nullopt;
}

std::string Message::print() const {
  std::string length;
  if (parts_->find(Name::content_length) == nullptr)
    length = "Content-Length: " + std::to_string(parts_->body.size()) + "\r\n";
  std::size_t size = parts_->line.size() + length.size() + 2 + parts_->body.size();
  for (const Field& field : parts_->fields)
    size += field.raw.size();
  std::string text;
  text.reserve(size);
  text += parts_->line;
  for (const Field& field : parts_->fields)
    text += field.raw;
  text += length;
  text += "\r\n";
  text += parts_->body;
  return text;
}

const Field* Message::Parts::find(Name id) const {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

std::vector<std::string> Message::Parts::members(Name id) const {
  std::vector<std::string> found;
  for (const Field& field : fields) {
    if (field.id != id) continue;
    MemberScanner scanner(field.value);
    while (const auto member = scanner.next())
      found.push_back(unfold(*member));
  }
  return found;
}

void Message::Parts::read_top_via() {
  top = {};
  const Field* const field = find(Name::via);
  const auto member = field == nullptr ? std::nullopt : MemberScanner(field->value).next();
  const auto via = member ? parse_via(*member) : std::nullopt;
  if (via) top = via->view;
}

const char* Message::Parts::derive_vias() {
  const char* fault = nullptr;
  via_count = 0;
  top = {};
  for (const Field& field : fields) {
    if (field.id != Name::via) continue;
    MemberScanner scanner(field.value);
    while (const auto member = scanner.next()) {
      const auto via = parse_via(*member);
      if (!via || via->version != "2.0")
        fault = "Via is not well-formed";
      else if (via_count == 0)
        top = via->view;
      ++via_count;
    }
    if (scanner.fault()) fault = "Via is not well-formed";
  }
  return via_count == 0 ? "Via is missing" : fault;
}

const char* Message::Parts::derive() {
  const char* const vias = derive_vias();
  const char* const parties = derive_parties();
  return parties == nullptr ? vias : parties;
}

const char* Message::Parts::read_party(Name id) {
  const bool is_from = id == Name::from;
  std::string_view& uri = is_from ? from_uri : to_uri;
  std::string_view& tag = is_from ? from_tag : to_tag;
  uri = tag = {};
  const Field* const field = find(id);
  const auto parsed = field == nullptr ? std::nullopt : parse_name_addr(field->value);
  if (!parsed) return is_from ? "From is missing or not well-formed" : "To is missing or not well-formed";
  uri = parsed->uri;
  tag = parsed->tag;
  return nullptr;
}

const char* Message::Parts::read_call_id() {
  const Field* const field = find(Name::call_id);
  call_id = field == nullptr ? std::string_view{} : field->value;
  if (!call_id.empty() && call_id.find_first_of(" \t\r\n") == std::string_view::npos) return nullptr;
  return "Call-ID is missing or not well-formed";
}

const char* Message::Parts::derive_parties() {
  const char* fault = nullptr;
  for (const char* const found : {read_party(Name::from), read_party(Name::to), read_call_id()})
    if (found != nullptr) fault = found;

  const Field* const field = find(Name::cseq);
  const std::string_view value = field == nullptr ? std::string_view{} : field->value;
  const std::size_t blank = std::min(value.find_first_of(" \t\r\n"), value.size());
  const auto number = to_number<std::uint32_t>(value.substr(0, blank));
  const std::string_view name = value.substr(skip_lws(value, blank));
  // Section 8.1.1.5: less than 2**31.
  if (!number || *number > 0x7fffffffU || !all(name, token_char))
    fault = "CSeq is missing or not well-formed";
  else if (start.status == 0 && name != start.method)
    fault = "CSeq names another method than the request line";
  cseq = number.value_or(0);
  method_name = start.status == 0 ? start.method : name;
  method = method_of(method_name);
  return fault;
}

} // namespace sipveil::sip
