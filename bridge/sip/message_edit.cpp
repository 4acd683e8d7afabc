// Edits of a Message. Each replaces, adds or takes away whole header fields; what shares a line with an
// edited list member is kept as it was written.
#include "bridge/sip/list.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/text.h"
#include "bridge/sip/via.h"

#include <algorithm>
#include <string>

namespace sipveil::sip {

std::string one_line(std::string_view value) {
  std::string line(value);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

void Message::Parts::rewrite(Field& field, std::initializer_list<std::string_view> pieces) {
  field = make_field(arena.store(pieces));
}

void Message::Parts::push(Name id, std::string_view name, std::string_view value) {
  auto place = std::find_if(fields.begin(), fields.end(), [id](const Field& field) { return field.id == id; });
  if (place == fields.end()) { // behind the Vias; at the top if there are none
    place =
        std::find_if(fields.rbegin(), fields.rend(), [](const Field& field) { return field.id == Name::via; }).base();
  }
  fields.insert(place, make_field(arena.store({name, ": ", one_line(value), "\r\n"})));
}

bool Message::Parts::pop(Name id) {
  const auto place = std::find_if(fields.begin(), fields.end(), [id](const Field& field) { return field.id == id; });
  if (place == fields.end()) return false;
  MemberScanner scanner(place->value);
  if (!scanner.next()) return false;
  const std::string_view rest = trim(scanner.rest());
  if (rest.empty())
    fields.erase(place);
  else
    rewrite(*place, {place->before_value(), rest, "\r\n"});
  return true;
}

void Message::push_via(std::string_view value) {
  parts_->push(Name::via, "Via", value);
  ++parts_->via_count;
  parts_->read_top_via();
}

void Message::pop_via() {
  if (parts_->pop(Name::via)) --parts_->via_count;
  parts_->read_top_via();
}

void Message::mark_received(std::string_view address, std::uint16_t port) {
  const auto field = std::find_if(parts_->fields.begin(), parts_->fields.end(),
                                  [](const Field& candidate) { return candidate.id == Name::via; });
  if (field == parts_->fields.end()) return;
  const auto member = MemberScanner(field->value).next();
  const auto via = member ? parse_via(*member) : std::nullopt;
  if (!via) return;
  const std::string marked = with_received(*member, *via, address, port);
  const auto after = static_cast<std::size_t>(member->data() + member->size() - field->raw.data());
  parts_->rewrite(*field, {field->before_value(), marked, field->raw.substr(after)});
  parts_->read_top_via();
}

void Message::set_max_forwards(unsigned hops) {
  const std::string value = std::to_string(hops);
  for (Field& field : parts_->fields) {
    if (field.id == Name::max_forwards) {
      parts_->rewrite(field, {field.before_value(), value, "\r\n"});
      return;
    }
  }
  parts_->push(Name::max_forwards, "Max-Forwards", value);
}

void Message::set_request_uri(std::string_view uri) {
  if (!is_request()) return;
  parts_->line = parts_->arena.store({parts_->start.method, " ", one_line(uri), " SIP/2.0\r\n"});
  if (const auto start = parse_start_line(parts_->line)) parts_->start = *start;
  parts_->derive();
}

void Message::pop_route() {
  parts_->pop(Name::route);
}
void Message::push_route(std::string_view name_addr) {
  parts_->push(Name::route, "Route", name_addr);
}
void Message::push_record_route(std::string_view name_addr) {
  parts_->push(Name::record_route, "Record-Route", name_addr);
}

void Message::replace_record_route(std::size_t index, std::string_view name_addr) {
  for (Field& field : parts_->fields) {
    if (field.id != Name::record_route) continue;
    MemberScanner scanner(field.value);
    while (const auto member = scanner.next()) {
      if (index-- != 0) continue;
      const auto begin = static_cast<std::size_t>(member->data() - field.raw.data());
      const std::string_view raw = field.raw;
      parts_->rewrite(field, {raw.substr(0, begin), one_line(name_addr), raw.substr(begin + member->size())});
      return;
    }
  }
}

void Message::add_header(std::string_view name, std::string_view value) {
  parts_->fields.push_back(make_field(parts_->arena.store({one_line(name), ": ", one_line(value), "\r\n"})));
  parts_->derive();
}

void Message::remove_header(std::string_view name) {
  std::erase_if(parts_->fields,
                [full = full_name(name)](const Field& field) { return iequals(full_name(field.name), full); });
  parts_->derive();
}

} // namespace sipveil::sip
