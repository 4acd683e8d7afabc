// Edits of a Message by whole fields: what the steps of the way out and in are written with.
#include "bridge/sip/head.h"
#include "bridge/sip/message_parts.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <string>

namespace sipveil::sip {

namespace {

bool is_essential(Name id) {
  return id == Name::via || id == Name::from || id == Name::to || id == Name::call_id || id == Name::cseq;
}

bool belongs_to_answer(Name id) {
  return is_essential(id) || id == Name::timestamp;
}

} // namespace

// On one line with its name: an empty value behind a fold would be a blank line, which is_clean refuses.
void Message::Parts::rewrite_value(Field& field, std::string_view value) {
  rewrite(field, {field.name, ": ", one_line(value), "\r\n"});
}

void Message::Parts::set_value(Name id, std::string_view value) {
  for (Field& field : fields) {
    if (field.id != id) continue;
    rewrite_value(field, value);
    return;
  }
}

void Message::Parts::set_members(Name id, std::string_view name, const std::vector<std::string>& values) {
  std::erase_if(fields, [id](const Field& field) { return field.id == id; });
  for (auto value = values.rbegin(); value != values.rend(); ++value)
    push(id, name, *value);
}

std::size_t Message::header_count() const {
  return parts_->fields.size();
}

HeaderView Message::header_at(std::size_t index) const {
  const Field& field = parts_->fields[index];
  return {full_name(field.name), field.value};
}

void Message::set_header_at(std::size_t index, std::string_view value) {
  Field& field = parts_->fields[index];
  parts_->rewrite_value(field, value);
  if (belongs_to_answer(field.id)) parts_->derive();
}

void Message::keep_headers(const std::function<bool(const HeaderView&)>& keep) {
  std::erase_if(parts_->fields, [&](const Field& field) {
    return !is_essential(field.id) && !keep({full_name(field.name), field.value});
  });
}

std::string_view Message::from() const {
  const Field* const field = parts_->find(Name::from);
  return field == nullptr ? std::string_view{} : field->value;
}

std::string_view Message::to() const {
  const Field* const field = parts_->find(Name::to);
  return field == nullptr ? std::string_view{} : field->value;
}

void Message::set_from(std::string_view value) {
  parts_->set_value(Name::from, value);
  static_cast<void>(parts_->read_party(Name::from));
}

void Message::set_to(std::string_view value) {
  parts_->set_value(Name::to, value);
  static_cast<void>(parts_->read_party(Name::to));
}

void Message::set_call_id(std::string_view value) {
  parts_->set_value(Name::call_id, value);
  static_cast<void>(parts_->read_call_id());
}

void Message::set_reason_phrase(std::string_view phrase) {
  if (is_request()) return;
  const std::string status = std::to_string(parts_->start.status);
  parts_->line = parts_->arena.store({"SIP/2.0 ", status, " ", one_line(phrase), "\r\n"});
  if (const auto start = parse_start_line(parts_->line)) parts_->start = *start;
}

void Message::set_body(std::string_view body) {
  parts_->body = parts_->arena.store({body});
  std::erase_if(parts_->fields, [&](const Field& field) {
    return field.id == Name::content_length || (body.empty() && field.id == Name::content_type);
  });
}

void Message::set_content_type(std::string_view type) {
  if (parts_->find(Name::content_type) == nullptr)
    parts_->push(Name::content_type, "Content-Type", type);
  else
    parts_->set_value(Name::content_type, type);
}

std::string Message::answer_head() const {
  std::size_t size = parts_->line.size() + 2;
  for (const Field& field : parts_->fields)
    if (belongs_to_answer(field.id)) size += field.raw.size();
  std::string head;
  head.reserve(size);
  head += parts_->line;
  for (const Field& field : parts_->fields)
    if (belongs_to_answer(field.id)) head += field.raw;
  head += "\r\n";
  return head;
}

void Message::adopt_answer_head(std::string_view head, std::string_view to_tag) {
  const std::string_view kept = parts_->arena.store({head});
  std::vector<Field> fields;
  fields.reserve(parts_->fields.size() + 4);
  scan_fields(kept.substr(first_line(kept).size()), fields);
  std::erase_if(fields, [](const Field& field) { return !is_essential(field.id) || field.id == Name::cseq; });
  for (const Field& field : parts_->fields)
    if (!is_essential(field.id) || field.id == Name::cseq) fields.push_back(field);
  parts_->fields = std::move(fields);
  parts_->derive();
  if (parts_->to_tag.empty() && !to_tag.empty()) set_to(std::string(to()) + ";tag=" + std::string(to_tag));
}

void Message::drop_vias() {
  std::erase_if(parts_->fields, [](const Field& field) { return field.id == Name::via; });
  parts_->via_count = 0;
  parts_->top = {};
}

std::vector<std::string> Message::contacts() const {
  return parts_->members(Name::contact);
}

void Message::set_contacts(const std::vector<std::string>& values) {
  parts_->set_members(Name::contact, "Contact", values);
}

void Message::set_routes(const std::vector<std::string>& name_addrs) {
  parts_->set_members(Name::route, "Route", name_addrs);
}

void Message::set_record_routes(const std::vector<std::string>& name_addrs) {
  parts_->set_members(Name::record_route, "Record-Route", name_addrs);
}

} // namespace sipveil::sip
