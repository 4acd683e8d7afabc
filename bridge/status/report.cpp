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

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string milliseconds_or_null(const std::optional<Duration>& duration) {
  return duration ? fmt::format("{:.3f}", milliseconds(*duration)) : "null";
}

/// Milliseconds after `start`, or null for a point that was not reached.
std::string after(TimePoint start, TimePoint point) {
  if (point == TimePoint{}) return "null";
  return fmt::format("{:.3f}", milliseconds(point - start));
}

std::string call_json(const hop::Timeline& call) {
  return fmt::format(
      R"({{"call":"{:016x}","wire":"{:016x}","outbound":{},"link":{},"source":"{}","way":{},"credential":"{:016x}","moved":{},)"
      R"("status":{},"link_ready_ms":{},"sent_ms":{},)"
      R"("first_answer_ms":{},"ringing_ms":{},"answered_ms":{},"busy_ms":{:.3f},"identity_ms":{:.3f}}})",
      call.call, call.wire, call.outbound, call.link, hop::name(call.source), json_string(call.way), call.credential,
      call.moved, call.status, after(call.received, call.link_ready), after(call.received, call.sent),
      after(call.received, call.first_answer), after(call.received, call.ringing), after(call.received, call.answered),
      milliseconds(call.busy), milliseconds(call.identity));
}

std::string standby_json(const hop::StandbyReport& pool) {
  return fmt::format(R"({{"peer":{},"ready":{},"building":{},"waiting":{},"wanted":{},"taken":{},"missed":{},)"
                     R"("dropped_slow":{},"dropped_old":{},"failed":{},"fastest_ms":{}}})",
                     json_string(pool.peer), pool.ready, pool.building, pool.waiting, pool.wanted, pool.taken,
                     pool.missed, pool.dropped_slow, pool.dropped_old, pool.failed, milliseconds_or_null(pool.fastest));
}

std::string link_json(const net::LinkReport& link) {
  return fmt::format(R"({{"link":{},"inbound":{},"open":{},"peer":{},"round_trip_ms":{}}})", link.id, link.inbound,
                     link.open, json_string(link.peer), milliseconds_or_null(link.round_trip));
}

std::string i2p_json(const std::optional<I2pReport>& i2p) {
  if (!i2p) return "null";
  return fmt::format(R"({{"state":{},"ready":{},"sam":{},"destination":{},"reachable":{},"sessions":{}}})",
                     json_string(i2p->state), i2p->ready, json_string(i2p->sam), json_string(i2p->destination),
                     i2p->reachable, i2p->sessions);
}

std::string identities_json(const Report& report) {
  return fmt::format(R"({{"sealed":{},"opened":{},"refused":{},"cached":{}}})", report.sealer.sealed,
                     report.opener.opened, report.opener.refused, report.sealer.cached + report.opener.cached);
}

} // namespace

std::string to_json(const Report& report) {
  std::string standby;
  for (const auto& pool : report.standby)
    standby += (standby.empty() ? "" : ",") + standby_json(pool);
  std::string links;
  for (const auto& link : report.links)
    links += (links.empty() ? "" : ",") + link_json(link);
  std::string calls;
  if (report.calls != nullptr)
    for (const auto& call : *report.calls)
      calls += (calls.empty() ? "" : ",") + call_json(call);
  return fmt::format(
      R"({{"version":{},"role":{},"uptime_s":{:.1f},"onion":{},"published":{},"tor":{},"i2p":{},"requests":{},)"
      R"("refused":{},"absorbed":{},"stray":{},"exchanges":{},"calls_open":{},"registrations":{},"identities":{},"standby":[{}],)"
      R"("links":[{}],"calls":[{}]}})"
      "\n",
      json_string(report.version), json_string(report.role), report.uptime_s, json_string(report.onion),
      report.published, json_string(report.tor), i2p_json(report.i2p), report.counters.requests,
      report.counters.refused, report.counters.absorbed, report.counters.stray, report.exchanges, report.calls_open,
      report.registrations, identities_json(report), standby, links, calls);
}

} // namespace sipveil::status
