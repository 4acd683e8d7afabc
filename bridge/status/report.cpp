#include "bridge/status/report.h"

#include <fmt/format.h>

namespace sipveil::status {
namespace {

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", c);
    } else {
      json += c;
    }
  }
  return json + '"';
}

/// Milliseconds after `start`, or null for a point that was not reached.
std::string after(TimePoint start, TimePoint point) {
  if (point == TimePoint{}) return "null";
  return fmt::format("{:.3f}", std::chrono::duration<double, std::milli>(point - start).count());
}

std::string call_json(const hop::Timeline& call) {
  return fmt::format(
      R"({{"call":"{:016x}","wire":"{:016x}","outbound":{},"link":{},"status":{},"link_ready_ms":{},"sent_ms":{},)"
      R"("first_answer_ms":{},"ringing_ms":{},"answered_ms":{},"busy_ms":{:.3f}}})",
      call.call, call.wire, call.outbound, call.link, call.status, after(call.received, call.link_ready),
      after(call.received, call.sent), after(call.received, call.first_answer), after(call.received, call.ringing),
      after(call.received, call.answered), std::chrono::duration<double, std::milli>(call.busy).count());
}

std::string link_json(const net::LinkReport& link) {
  const std::string round_trip =
      link.round_trip ? fmt::format("{:.3f}", std::chrono::duration<double, std::milli>(*link.round_trip).count())
                      : "null";
  return fmt::format(R"({{"link":{},"inbound":{},"open":{},"peer":{},"round_trip_ms":{}}})", link.id, link.inbound,
                     link.open, json_string(link.peer), round_trip);
}

std::string identities_json(const Report& report) {
  return fmt::format(R"({{"sealed":{},"opened":{},"refused":{},"cached":{}}})", report.sealer.sealed,
                     report.opener.opened, report.opener.refused, report.sealer.cached + report.opener.cached);
}

} // namespace

std::string to_json(const Report& report) {
  std::string links;
  for (const auto& link : report.links)
    links += (links.empty() ? "" : ",") + link_json(link);
  std::string calls;
  if (report.calls != nullptr)
    for (const auto& call : *report.calls)
      calls += (calls.empty() ? "" : ",") + call_json(call);
  return fmt::format(
      R"({{"version":{},"role":{},"uptime_s":{:.1f},"onion":{},"published":{},"tor":{},"requests":{},"refused":{},)"
      R"("absorbed":{},"stray":{},"exchanges":{},"calls_open":{},"registrations":{},"identities":{},"links":[{}],)"
      R"("calls":[{}]}})"
      "\n",
      json_string(report.version), json_string(report.role), report.uptime_s, json_string(report.onion),
      report.published, json_string(report.tor), report.counters.requests, report.counters.refused,
      report.counters.absorbed, report.counters.stray, report.exchanges, report.calls_open, report.registrations,
      identities_json(report), links, calls);
}

} // namespace sipveil::status
