#include "bridge/metrics/families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>

#include <set>

namespace sipveil::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What a scrape reads.
std::string text(const status::Report& report) {
  return prometheus::TextSerializer().Serialize(families(report));
}

hop::Timeline call(hop::LinkSource source, int status, Duration until_ringing) {
  const TimePoint start{100s};
  return {.outbound = true,
          .source = source,
          .received = start,
          .link_ready = start + 2ms,
          .ringing = start + until_ringing,
          .status = status};
}

TEST(Families, CallsByOutcomeAndSource) {
  status::Report report;
  report.counts.add(call(hop::LinkSource::standby, 200, 510ms));
  report.counts.add(call(hop::LinkSource::standby, 200, 530ms));
  report.counts.add(call(hop::LinkSource::built, 487, 3100ms));
  const std::string all = text(report);
  EXPECT_THAT(all, HasSubstr("# TYPE sipveil_calls_total counter\n"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_calls_total{direction="outbound",source="standby",outcome="answered"} 2)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_calls_total{direction="outbound",source="built",outcome="cancelled"} 1)"));
  // What has not happened yet, but will.
  EXPECT_THAT(all, HasSubstr(R"(sipveil_calls_total{direction="inbound",source="none",outcome="answered"} 0)"));
  EXPECT_THAT(all, Not(HasSubstr(R"(direction="inbound",source="standby")")));
}

TEST(Families, HistogramsAreCumulative) {
  status::Report report;
  report.counts.add(call(hop::LinkSource::standby, 200, 510ms));
  report.counts.add(call(hop::LinkSource::standby, 200, 530ms));
  report.counts.add(call(hop::LinkSource::standby, 200, 40s));
  const std::string all = text(report);
  const std::string ringing = R"(sipveil_call_ringing_seconds_bucket{direction="outbound",source="standby",le=)";
  EXPECT_THAT(all, HasSubstr("# TYPE sipveil_call_ringing_seconds histogram\n"));
  EXPECT_THAT(all, HasSubstr(ringing + R"("0.5"} 0)"));
  EXPECT_THAT(all, HasSubstr(ringing + R"("0.6"} 2)"));
  EXPECT_THAT(all, HasSubstr(ringing + R"("32"} 2)"));
  EXPECT_THAT(all, HasSubstr(ringing + R"("+Inf"} 3)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_call_ringing_seconds_sum{direction="outbound",source="standby"} 41.04)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_call_link_wait_seconds_bucket{source="standby",le="0.01"} 3)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_call_link_wait_seconds_count{source="built"} 0)"));
}

TEST(Families, I2pOnlyWhereItIsUsed) {
  status::Report report;
  EXPECT_THAT(text(report), Not(HasSubstr("i2p")));
  report.i2p = I2pReport{.state = "", .ready = true, .sam = "", .destination = "a.b32.i2p", .sessions = 5};
  EXPECT_THAT(text(report), HasSubstr("sipveil_i2p_ready 1\n"));
  EXPECT_THAT(text(report), HasSubstr("sipveil_i2p_sessions 5\n"));
  EXPECT_THAT(text(report), Not(HasSubstr("destination"))) << "there is none to reach, and no name in figures";
  report.i2p->has_destination = true;
  EXPECT_THAT(text(report), HasSubstr("sipveil_i2p_destination_reachable 0\n"));
  EXPECT_THAT(text(report), Not(HasSubstr("b32")));
}

TEST(Families, StandbyOfEachPeer) {
  status::Report report;
  EXPECT_THAT(text(report), Not(HasSubstr("sipveil_standby")));
  report.standby = {{.peer = "bob",
                     .ready = 3,
                     .building = 1,
                     .waiting = 5,
                     .wanted = 4,
                     .taken = 40,
                     .missed = 2,
                     .dropped_slow = 7,
                     .dropped_old = 8,
                     .failed = 9,
                     .fastest = 512ms},
                    {.peer = "carol"}};
  const std::string all = text(report);
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_links{peer="bob",state="ready"} 3)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_links{peer="bob",state="building"} 1)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_waiting_calls{peer="bob"} 5)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_wanted{peer="bob"} 4)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_taken_total{peer="bob"} 40)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_missed_total{peer="bob"} 2)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_dropped_total{peer="bob",reason="slow"} 7)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_dropped_total{peer="bob",reason="old"} 8)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_failed_total{peer="bob"} 9)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_fastest_round_trip_seconds{peer="bob"} 0.512)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_standby_links{peer="carol",state="ready"} 0)"));
  EXPECT_THAT(all, Not(HasSubstr(R"(fastest_round_trip_seconds{peer="carol"})")));
}

TEST(Families, LinksAreCountedAndNotNamed) {
  status::Report report;
  report.onion = "callee.onion:5060";
  report.tor = "bootstrapped 45 %";
  report.links = {{.id = 4711, .inbound = true, .open = true, .peer = "registered.onion:5060"},
                  {.id = 4712, .open = true, .peer = "bob"},
                  {.id = 4713, .open = true, .peer = "bob"},
                  {.id = 4714, .peer = "bob"}};
  const std::string all = text(report);
  EXPECT_THAT(all, HasSubstr(R"(sipveil_links{direction="inbound",state="open"} 1)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_links{direction="outbound",state="open"} 2)"));
  EXPECT_THAT(all, HasSubstr(R"(sipveil_links{direction="outbound",state="dialled"} 1)"));
  for (const char* kept_back : {"onion:", "47", "bob", "45"})
    EXPECT_THAT(all, Not(HasSubstr(kept_back)));
}

TEST(Families, TorAndOnionOnlyWhereTheyAreUsed) {
  status::Report report;
  EXPECT_THAT(text(report), Not(HasSubstr("sipveil_tor_ready")));
  EXPECT_THAT(text(report), Not(HasSubstr("sipveil_onion_published")));
  report.tor_ready = false;
  report.has_onion = true;
  EXPECT_THAT(text(report), HasSubstr("sipveil_tor_ready 0\n"));
  EXPECT_THAT(text(report), HasSubstr("sipveil_onion_published 0\n"));
  report.tor_ready = report.published = true;
  EXPECT_THAT(text(report), HasSubstr("sipveil_tor_ready 1\n"));
  EXPECT_THAT(text(report), HasSubstr("sipveil_onion_published 1\n"));
}

TEST(Families, CountersOfTheBridge) {
  status::Report report;
  report.version = "1.2.3";
  report.uptime_s = 12.5;
  report.counters = {.requests = 11, .refused = 12, .absorbed = 13, .stray = 14};
  report.exchanges = 15;
  report.calls_open = 16;
  report.registrations = 17;
  report.sealer = {.sealed = 18, .cached = 1};
  report.opener = {.opened = 19, .refused = 20, .cached = 2};
  const std::string all = text(report);
  for (const char* line : {"sipveil_build_info{version=\"1.2.3\"} 1\n", "sipveil_uptime_seconds 12.5\n",
                           "sipveil_requests_total 11\n", "sipveil_refused_messages_total 12\n",
                           "sipveil_absorbed_messages_total 13\n", "sipveil_stray_messages_total 14\n",
                           "sipveil_exchanges 15\n", "sipveil_calls_open 16\n", "sipveil_registered_phones 17\n",
                           "sipveil_identities_sealed_total 18\n", "sipveil_identities_opened_total 19\n",
                           "sipveil_identities_refused_total 20\n", "sipveil_identities_cached_total 3\n"})
    EXPECT_THAT(all, HasSubstr(line));
}

TEST(Families, NamesAreThoseOfPrometheus) {
  status::Report report;
  report.tor_ready = report.has_onion = true;
  report.standby = {{.peer = "bob", .fastest = 1s}};
  std::set<std::string> seen;
  for (const auto& family : families(report)) {
    EXPECT_TRUE(prometheus::CheckMetricName(family.name)) << family.name;
    EXPECT_TRUE(seen.insert(family.name).second) << family.name << " is there twice";
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Counter, family.name.ends_with("_total")) << family.name;
    for (const auto& sample : family.metric)
      for (const auto& label : sample.label)
        EXPECT_TRUE(prometheus::CheckLabelName(label.name)) << label.name;
  }
}

} // namespace
} // namespace sipveil::metrics
