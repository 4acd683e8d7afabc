#include "control/event.h"

#include "control/grammar.h"

namespace sipveil::control {
namespace {

Result<StatusClientEvent> parse_status_client(std::string_view text) {
  Words words(text);
  const auto severity = words.next();
  const auto action = words.next();
  if (!severity || !action) return unexpected_reply("STATUS_CLIENT");
  StatusClientEvent event;
  event.severity = *severity;
  event.action = *action;
  if (event.action == "BOOTSTRAP") {
    auto phase = parse_bootstrap(text);
    if (!phase) return phase.error();
    event.bootstrap = std::move(*phase);
  }
  return event;
}

template <class Parsed>
Result<std::optional<Event>> widen(Result<Parsed> parsed) {
  if (!parsed) return parsed.error();
  return std::optional<Event>(std::move(*parsed));
}

} // namespace

std::string_view name(EventKind kind) {
  switch (kind) {
  case EventKind::circ: return "CIRC";
  case EventKind::stream: return "STREAM";
  case EventKind::hs_desc: return "HS_DESC";
  case EventKind::status_client: return "STATUS_CLIENT";
  }
  return "?";
}

EventKind kind(const Event& event) {
  struct Visitor {
    EventKind operator()(const CircEvent&) const { return EventKind::circ; }
    EventKind operator()(const StreamEvent&) const { return EventKind::stream; }
    EventKind operator()(const HsDescEvent&) const { return EventKind::hs_desc; }
    EventKind operator()(const StatusClientEvent&) const { return EventKind::status_client; }
  };
  return std::visit(Visitor{}, event);
}

Result<std::optional<Event>> parse_event(const Reply& reply) {
  if (!reply.is_event() || reply.lines.empty()) return unexpected_reply("SETEVENTS");
  const std::string_view text = reply.lines.front().text;
  const auto space = text.find(' ');
  const auto word = text.substr(0, space);
  const auto rest = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  if (word == name(EventKind::circ)) return widen(parse_circuit(rest));
  if (word == name(EventKind::stream)) return widen(parse_stream(rest));
  if (word == name(EventKind::hs_desc)) return widen(parse_hs_desc(rest));
  if (word == name(EventKind::status_client)) return widen(parse_status_client(rest));
  return std::optional<Event>();
}

} // namespace sipveil::control
