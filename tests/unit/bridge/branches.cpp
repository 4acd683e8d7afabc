#include "bridge/hop/branches.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

sip::Message request(const std::string& uri, const std::string& vias, const std::string& route = "") {
  auto parsed = sip::Message::parse("INVITE " + uri + " SIP/2.0\r\n" + vias + route +
                                    "From: <sip:a@a.example>;tag=1\r\nTo: <sip:b@b.example>\r\n"
                                    "Call-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
  return std::get<sip::Message>(std::move(parsed));
}

const std::string phone_via = "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKphone\r\n";

class BranchesTest : public ::testing::Test {
 protected:
  /// The request as it would come back with our Via on top.
  sip::Message returned(const std::string& uri, const std::string& route = "") const {
    const std::string own = branches_.make(request(uri_, phone_via), true);
    return request(
        uri, "Via: SIP/2.0/TCP other;branch=z9hG4bKother\r\nVia: SIP/2.0/TCP x;branch=" + own + "\r\n" + phone_via,
        route);
  }
  const std::string uri_ = "sip:b@b.example";
  KeyedHash hash_;
  Branches branches_{hash_};
};

TEST_F(BranchesTest, AreFreshEachTimeAndLookRandom) {
  const auto message = request(uri_, phone_via);
  const std::string first = branches_.make(message, true);
  const std::string second = branches_.make(message, true);
  EXPECT_EQ(first.substr(0, 7), "z9hG4bK");
  EXPECT_EQ(first.size(), 39U);
  EXPECT_NE(first.substr(7, 16), second.substr(7, 16));
  EXPECT_NE(first.substr(23), second.substr(23));
}

TEST_F(BranchesTest, ALoopIsSeen) {
  EXPECT_TRUE(branches_.looped(returned(uri_), true));
  EXPECT_FALSE(branches_.looped(request(uri_, phone_via), true));
}

TEST_F(BranchesTest, ASpiralIsNone) {
  EXPECT_FALSE(branches_.looped(returned("sip:forwarded@b.example"), true)) << "another target";
  EXPECT_FALSE(branches_.looped(returned(uri_, "Route: <sip:proxy;lr>\r\n"), true)) << "another route";
  EXPECT_FALSE(branches_.looped(returned(uri_), false)) << "it comes in from the other side";
}

TEST_F(BranchesTest, ForeignBranchesAreNoLoop) {
  const KeyedHash other_key;
  EXPECT_FALSE(Branches(other_key).looped(returned(uri_), true));
  for (const char* branch : {"z9hG4bK", "z9hG4bKshort", "z9hG4bK0123456789abcdef0123456789abcdef", "none"})
    EXPECT_FALSE(
        branches_.looped(request(uri_, phone_via + "Via: SIP/2.0/TCP x;branch=" + std::string(branch) + "\r\n"), true));
}

} // namespace
} // namespace sipveil::hop
