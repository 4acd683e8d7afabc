#include "bridge/metrics/families.h"

#include <algorithm>
#include <iterator>

namespace sipveil::metrics {
namespace {

using prometheus::MetricType;
using Samples = std::vector<prometheus::ClientMetric>;

prometheus::MetricFamily one_gauge(std::string name, std::string help, double value) {
  return family(MetricType::Gauge, std::move(name), std::move(help), {gauge(value)});
}

prometheus::MetricFamily one_counter(std::string name, std::string help, std::uint64_t value) {
  return family(MetricType::Counter, std::move(name), std::move(help), {counter(value)});
}

void append(Families& all, Families more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Families program(const status::Report& report) {
  return {
      family(MetricType::Gauge, "sipveil_build_info", "Always 1; the label tells the version",
             {gauge(1, {{"version", report.version}})}),
      one_gauge("sipveil_uptime_seconds", "Since the start", report.uptime_s),
  };
}

/// What is not configured has no value, so that nobody is woken because of it.
Families tor(const status::Report& report) {
  Families all;
  if (report.tor_ready)
    all.push_back(one_gauge("sipveil_tor_ready", "1 if calls can be dialled through tor", *report.tor_ready ? 1 : 0));
  if (report.has_onion)
    all.push_back(one_gauge("sipveil_onion_published", "1 if the onion service can be reached as far as tor has told",
                            report.published ? 1 : 0));
  return all;
}

Families i2p(const status::Report& report) {
  Families all;
  if (!report.i2p) return all;
  all.push_back(one_gauge("sipveil_i2p_ready", "1 if calls can be dialled through I2P", report.i2p->ready ? 1 : 0));
  all.push_back(one_gauge("sipveil_i2p_sessions", "I2P sessions that calls out have, or that are kept ready for them",
                          static_cast<double>(report.i2p->sessions)));
  if (report.i2p->has_destination)
    all.push_back(one_gauge("sipveil_i2p_destination_reachable",
                            "1 if a connection of our own to our I2P destination has come through",
                            report.i2p->reachable ? 1 : 0));
  return all;
}

Families traffic(const status::Report& report) {
  return {
      one_counter("sipveil_requests_total", "Requests taken on, repetitions not counted", report.counters.requests),
      one_counter("sipveil_refused_messages_total",
                  "Messages answered with an error or dropped because they were broken", report.counters.refused),
      one_counter("sipveil_absorbed_messages_total", "Repetitions that went no further", report.counters.absorbed),
      one_counter("sipveil_stray_messages_total", "Responses and ACKs that belong to nothing", report.counters.stray),
      one_gauge("sipveil_exchanges", "Requests that wait for their answer, or for its last repetition",
                static_cast<double>(report.exchanges)),
      one_gauge("sipveil_calls_open", "Calls, subscriptions and registrations that go on",
                static_cast<double>(report.calls_open)),
      one_gauge("sipveil_registered_phones", "Phones that have registered and are reached by a link of theirs",
                static_cast<double>(report.registrations)),
  };
}

Families identities(const status::Report& report) {
  return {
      one_counter("sipveil_identities_sealed_total", "Identities sealed by a cryptographic operation",
                  report.sealer.sealed),
      one_counter("sipveil_identities_opened_total", "Tokens that gave an identity", report.opener.opened),
      one_counter("sipveil_identities_refused_total", "Tokens that gave none", report.opener.refused),
      one_counter("sipveil_identities_cached_total", "Of both, those answered from memory",
                  report.sealer.cached + report.opener.cached),
  };
}

prometheus::MetricFamily links(const status::Report& report) {
  const auto count = [&](bool inbound, bool open) {
    return static_cast<double>(std::ranges::count_if(
        report.links, [&](const net::LinkReport& link) { return link.inbound == inbound && link.open == open; }));
  };
  return family(MetricType::Gauge, "sipveil_links", "Streams to peers, standby links among them",
                {gauge(count(true, true), {{"direction", "inbound"}, {"state", "open"}}),
                 gauge(count(false, true), {{"direction", "outbound"}, {"state", "open"}}),
                 gauge(count(false, false), {{"direction", "outbound"}, {"state", "dialled"}})});
}

/// One for each peer of the configuration, and one for all phones that have registered here: there may be many, and
/// their addresses are nobody's who looks at figures.
std::vector<hop::StandbyReport> without_phones(const std::vector<hop::StandbyReport>& pools) {
  std::vector<hop::StandbyReport> shown;
  hop::StandbyReport phones{.peer = "(phones)", .fastest = {}};
  bool any = false;
  for (const hop::StandbyReport& pool : pools) {
    if (!pool.phone) {
      shown.push_back(pool);
      continue;
    }
    any = true;
    phones.ready += pool.ready;
    phones.building += pool.building;
    phones.waiting += pool.waiting;
    phones.wanted += pool.wanted;
    phones.taken += pool.taken;
    phones.missed += pool.missed;
    phones.dropped_slow += pool.dropped_slow;
    phones.dropped_old += pool.dropped_old;
    phones.failed += pool.failed;
  }
  if (any) shown.push_back(std::move(phones));
  return shown;
}

Families standby(const status::Report& report) {
  Samples links;
  Samples wanted;
  Samples waiting;
  Samples taken;
  Samples missed;
  Samples dropped;
  Samples failed;
  Samples fastest;
  for (const hop::StandbyReport& pool : without_phones(report.standby)) {
    const Labels peer{{"peer", pool.peer}};
    links.push_back(gauge(pool.ready, {{"peer", pool.peer}, {"state", "ready"}}));
    links.push_back(gauge(pool.building, {{"peer", pool.peer}, {"state", "building"}}));
    wanted.push_back(gauge(pool.wanted, peer));
    waiting.push_back(gauge(pool.waiting, peer));
    taken.push_back(counter(pool.taken, peer));
    missed.push_back(counter(pool.missed, peer));
    dropped.push_back(counter(pool.dropped_slow, {{"peer", pool.peer}, {"reason", "slow"}}));
    dropped.push_back(counter(pool.dropped_old, {{"peer", pool.peer}, {"reason", "old"}}));
    failed.push_back(counter(pool.failed, peer));
    if (pool.fastest) fastest.push_back(gauge(std::chrono::duration<double>(*pool.fastest).count(), peer));
  }
  return {
      family(MetricType::Gauge, "sipveil_standby_links", "Links opened ahead that no call has taken", std::move(links)),
      family(MetricType::Gauge, "sipveil_standby_wanted", "Standby links that recent demand asks for",
             std::move(wanted)),
      family(MetricType::Gauge, "sipveil_standby_waiting_calls", "Calls that wait for a link", std::move(waiting)),
      family(MetricType::Counter, "sipveil_standby_taken_total", "Standby links given to calls", std::move(taken)),
      family(MetricType::Counter, "sipveil_standby_missed_total", "Calls that found no standby link ready",
             std::move(missed)),
      family(MetricType::Counter, "sipveil_standby_dropped_total", "Standby links replaced before a call took them",
             std::move(dropped)),
      family(MetricType::Counter, "sipveil_standby_failed_total",
             "Standby links that were not opened, or lost before a call took them", std::move(failed)),
      family(MetricType::Gauge, "sipveil_standby_fastest_round_trip_seconds",
             "Round trip of the standby link that the next call gets", std::move(fastest)),
  };
}

} // namespace

Families families(const status::Report& report) {
  Families all = program(report);
  append(all, tor(report));
  append(all, i2p(report));
  append(all, call_families(report.counts));
  append(all, standby(report));
  all.push_back(links(report));
  append(all, traffic(report));
  append(all, identities(report));
  // A family without a sample is only its heading.
  std::erase_if(all, [](const prometheus::MetricFamily& one) { return one.metric.empty(); });
  return all;
}

} // namespace sipveil::metrics
