#include "bridge/doctor/status_field.h"
#include "bridge/status/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sipveil::status {
namespace {

using ::testing::HasSubstr;

TEST(StatusReport, CallsTellWhereTheirLinkCameFrom) {
  const TimePoint start{100s};
  const std::deque<hop::Timeline> calls{{.call = 1,
                                         .wire = 2,
                                         .outbound = true,
                                         .link = 3,
                                         .source = hop::LinkSource::standby,
                                         .way = "bob",
                                         .credential = 0x0123456789abcdef,
                                         .moved = 4,
                                         .received = start,
                                         .link_ready = start,
                                         .sent = start + 1500us,
                                         .status = 200},
                                        {.received = start}};
  Report report;
  report.calls = &calls;
  const std::string json = to_json(report);
  EXPECT_THAT(json,
              HasSubstr(R"({"call":"0000000000000001","wire":"0000000000000002","outbound":true,"link":3,)"
                        R"("source":"standby","way":"bob","credential":"0123456789abcdef","moved":4,"status":200,)"
                        R"("link_ready_ms":0.000,"sent_ms":1.500,"first_answer_ms":null,)"));
  EXPECT_THAT(json,
              HasSubstr(R"("link":0,"source":"none","way":"","credential":"0000000000000000","moved":0,"status":0,)"));
}

TEST(StatusReport, EachPoolOfStandbyLinks) {
  Report report;
  EXPECT_THAT(to_json(report), HasSubstr(R"("standby":[],"links":[],"calls":[]})"));
  report.standby = {{.peer = "bob",
                     .ready = 1,
                     .building = 2,
                     .waiting = 3,
                     .wanted = 4,
                     .taken = 5,
                     .missed = 6,
                     .dropped_slow = 7,
                     .dropped_old = 8,
                     .failed = 9,
                     .fastest = 512345us},
                    {.peer = "carol"}};
  EXPECT_THAT(
      to_json(report),
      HasSubstr(R"("standby":[{"peer":"bob","ready":1,"building":2,"waiting":3,"wanted":4,"taken":5,"missed":6,)"
                R"("dropped_slow":7,"dropped_old":8,"failed":9,"fastest_ms":512.345},{"peer":"carol",)"));
  EXPECT_THAT(to_json(report), HasSubstr(R"("failed":0,"fastest_ms":null}])"));
}

TEST(StatusReport, I2p) {
  Report report;
  EXPECT_THAT(to_json(report), HasSubstr(R"("i2p":null,)"));
  report.i2p = I2pReport{.state = "ready",
                         .ready = true,
                         .sam = "127.0.0.1:7656",
                         .destination = "a.b32.i2p",
                         .has_destination = true,
                         .reachable = true,
                         .sessions = 3};
  EXPECT_THAT(to_json(report),
              HasSubstr(R"("i2p":{"state":"ready","ready":true,"sam":"127.0.0.1:7656","destination":"a.b32.i2p",)"
                        R"("reachable":true,"sessions":3},)"));
}

// doctor and `sipveil status` take the first field of a name.
TEST(StatusReport, WhatIsReadByNameComesBeforeWhatRepeatsIt) {
  Report report;
  report.tor = "ready";
  report.published = true;
  report.i2p = I2pReport{.state = "", .sam = "127.0.0.1:7656", .destination = "a.b32.i2p", .reachable = true};
  report.standby = {{.peer = "bob", .ready = 7}};
  report.links = {{.id = 4, .peer = "carol"}};
  const std::string json = to_json(report);
  EXPECT_EQ(doctor::status_field(json, "tor"), "ready");
  EXPECT_EQ(doctor::status_field(json, "published"), "true");
  EXPECT_EQ(doctor::status_field(json, "refused"), "0");
  EXPECT_EQ(doctor::status_field(json, "sam"), "127.0.0.1:7656");
  EXPECT_EQ(doctor::status_field(json, "destination"), "a.b32.i2p");
  EXPECT_EQ(doctor::status_field(json, "reachable"), "true");
}

} // namespace
} // namespace sipveil::status
