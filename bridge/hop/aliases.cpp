#include "bridge/hop/aliases.h"

namespace sipveil::hop {

std::string with_tag(std::string_view value, std::string_view old_tag, std::string_view tag) {
  // Both are views into the same field: the tag's place is known without a search.
  const auto at = static_cast<std::size_t>(old_tag.data() - value.data());
  return std::string(value.substr(0, at)) + std::string(tag) + std::string(value.substr(at + old_tag.size()));
}

std::string Aliases::to_wire(std::string_view inner) const {
  if (auto wire = seal_.open(Purpose::inner_id, inner)) return *std::move(wire);
  return seal_.seal(Purpose::outer_id, inner).value_or(std::string());
}

std::string Aliases::to_inner(std::string_view wire) const {
  if (auto inner = seal_.open(Purpose::outer_id, wire)) return *std::move(inner);
  return seal_.seal(Purpose::inner_id, wire).value_or(std::string());
}

template <class Translate>
bool Aliases::translate(sip::Message& message, const Translate& one) {
  const std::string call_id = one(message.call_id());
  if (call_id.empty()) return false;
  message.set_call_id(call_id);
  if (!message.from_tag().empty()) {
    const std::string tag = one(message.from_tag());
    if (tag.empty()) return false;
    message.set_from(with_tag(message.from(), message.from_tag(), tag));
  }
  if (!message.to_tag().empty()) {
    const std::string tag = one(message.to_tag());
    if (tag.empty()) return false;
    message.set_to(with_tag(message.to(), message.to_tag(), tag));
  }
  return true;
}

bool Aliases::to_wire(sip::Message& message) const {
  return translate(message, [this](std::string_view id) { return to_wire(id); });
}

bool Aliases::to_inner(sip::Message& message) const {
  return translate(message, [this](std::string_view id) { return to_inner(id); });
}

} // namespace sipveil::hop
