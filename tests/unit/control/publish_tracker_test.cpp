#include "control/publish_tracker.h"

#include <gtest/gtest.h>

namespace sipveil::control {
namespace {

class PublishTrackerTest : public ::testing::Test {
 protected:
  void feed(std::string_view text, const std::string& service) {
    auto line = std::string(text);
    line.replace(line.find("{}"), 2, service);
    tracker.on_event(parse_hs_desc(line).value());
  }
  void feed(std::string_view text) { feed(text, name.service_id()); }

  OnionName name = OnionName::from_public_key({1, 2, 3});
  PublishTracker tracker{name};
};

TEST_F(PublishTrackerTest, TheFirstUploadedIsNotEnough) {
  EXPECT_FALSE(tracker.published());
  feed("CREATED {} UNKNOWN UNKNOWN d1");
  feed("UPLOAD {} UNKNOWN $A~a d1 HSDIR_INDEX=1");
  feed("UPLOAD {} UNKNOWN $B~b d1 HSDIR_INDEX=2");
  EXPECT_FALSE(tracker.published());
  feed("UPLOADED {} UNKNOWN $A~a");
  EXPECT_FALSE(tracker.published());
  feed("UPLOADED {} UNKNOWN $B~b");
  EXPECT_TRUE(tracker.published());
  EXPECT_EQ(tracker.accepted(), 2U);
}

TEST_F(PublishTrackerTest, OneDirectoryCanGetTwoDescriptors) {
  feed("UPLOAD {} UNKNOWN $A~a d1 HSDIR_INDEX=1");
  feed("UPLOAD {} UNKNOWN $A~a d2 HSDIR_INDEX=2");
  feed("UPLOADED {} UNKNOWN $A~a");
  EXPECT_FALSE(tracker.published());
  feed("UPLOADED {} UNKNOWN $A~a");
  EXPECT_TRUE(tracker.published());
}

TEST_F(PublishTrackerTest, RefusalsAreToleratedWhenOthersWorked) {
  feed("UPLOAD {} UNKNOWN $A~a d1");
  feed("UPLOAD {} UNKNOWN $B~b d1");
  feed("FAILED {} UNKNOWN $A~a d1 REASON=UPLOAD_REJECTED");
  EXPECT_FALSE(tracker.published());
  EXPECT_FALSE(tracker.refused());
  feed("UPLOADED {} UNKNOWN $B~b");
  EXPECT_TRUE(tracker.published());
  EXPECT_EQ(tracker.rejected(), 1U);
}

TEST_F(PublishTrackerTest, AllRefusedIsNotPublished) {
  feed("UPLOAD {} UNKNOWN $A~a d1");
  feed("FAILED {} UNKNOWN $A~a REASON=UPLOAD_REJECTED");
  EXPECT_FALSE(tracker.published());
  EXPECT_EQ(tracker.pending(), 0U);
  EXPECT_TRUE(tracker.refused());
}

TEST_F(PublishTrackerTest, ARepeatedUploadTakesThePlaceOfTheFirst) {
  feed("UPLOAD {} UNKNOWN $A~a d1");
  feed("UPLOAD {} UNKNOWN $A~a d1");
  feed("UPLOADED {} UNKNOWN $A~a");
  EXPECT_TRUE(tracker.published());
}

TEST_F(PublishTrackerTest, ANewRoundOfUploadsTakesNothingAway) {
  feed("UPLOAD {} UNKNOWN $A~a d1");
  feed("UPLOADED {} UNKNOWN $A~a");
  feed("UPLOAD {} UNKNOWN $A~a d3");
  EXPECT_TRUE(tracker.published());
  feed("FAILED {} UNKNOWN $A~a d3 REASON=UPLOAD_REJECTED");
  EXPECT_TRUE(tracker.published());
  EXPECT_FALSE(tracker.refused());
}

TEST_F(PublishTrackerTest, WhatIsNotOursDoesNotCount) {
  const auto other = OnionName::from_public_key({9}).service_id();
  feed("UPLOAD {} UNKNOWN $A~a d1", other);
  feed("UPLOADED {} UNKNOWN $A~a", other);
  EXPECT_FALSE(tracker.published());
  EXPECT_EQ(tracker.pending(), 0U);
  feed("UPLOADED {} UNKNOWN $A~a");
  feed("FAILED {} UNKNOWN $A~a d1 REASON=NOT_FOUND");
  feed("REQUESTED {} NO_AUTH $A~a d1");
  EXPECT_EQ(tracker.accepted() + tracker.rejected(), 0U) << "answers without an upload";
}

} // namespace
} // namespace sipveil::control
