// Requests are known on whatever link they come: but only to whom they are.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

/// As the caller's hop would send it.
Request from_peer() {
  return {.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
          .extra = "Via: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1\r\n"};
}

/// from_peer() as somebody writes it who does not know one of the things by which a request is known.
class HopStranger : public ::testing::TestWithParam<const char*> {
 protected:
  /// The peer's INVITE as it reached the phone.
  sip::Message invited() {
    hop_.peer(link_, from_peer().text());
    return hop_.to_phone().message;
  }
  static Request guess(const std::string& method) {
    Request request = from_peer();
    request.method = method;
    const std::string_view unknown = GetParam();
    if (unknown == "Branch") request.via += "x";
    if (unknown == "Host") request.via = "SIP/2.0/TCP another.invalid;branch=z9hG4bKpeer";
    if (unknown == "CallId") request.call_id = "call-2";
    if (unknown == "FromTag") request.from += "x";
    if (unknown == "CSeq") request.cseq = 2;
    return request;
  }
  Script hop_;
  LinkId link_ = hop_.accept();
  LinkId stranger_ = hop_.accept();
};

INSTANTIATE_TEST_SUITE_P(WhoDoesNotKnowThe, HopStranger,
                         ::testing::Values("Branch", "Host", "CallId", "FromTag", "CSeq"),
                         [](const auto& tested) { return tested.param; });

TEST_P(HopStranger, CannotCancel) {
  const auto invite = invited();
  hop_.phone(reply(invite, 180), udp_phone(5070));
  hop_.forget();
  hop_.peer(stranger_, guess("CANCEL").text());
  EXPECT_EQ(hop_.to_link(stranger_).status(), 481);
  EXPECT_TRUE(hop_.silent());
  hop_.phone(reply(invite, 486), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(link_).status(), 486);
}

TEST_P(HopStranger, CannotAcknowledge) {
  hop_.phone(reply(invited(), 486), udp_phone(5070));
  hop_.forget();
  hop_.peer(stranger_, guess("ACK").text());
  hop_.forget();
  const LinkId another = hop_.accept();
  hop_.peer(another, from_peer().text());
  EXPECT_EQ(hop_.to_link(another).status(), 486) << "it is still kept for its caller";
}

TEST_P(HopStranger, LearnsNoAnswerAndTakesNoneAway) {
  const auto invite = invited();
  hop_.phone(reply(invite, 180), udp_phone(5070));
  hop_.forget();
  hop_.peer(stranger_, guess("INVITE").text());
  EXPECT_TRUE(hop_.link_hears_nothing(stranger_));
  const Heard own = hop_.to_phone();
  EXPECT_EQ(own.method(), "INVITE") << "a request of its own";
  EXPECT_NE(own.message.top_via().branch, invite.top_via().branch);
  hop_.phone(reply(invite, 200), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(link_).status(), 200);
  EXPECT_TRUE(hop_.silent());
}

TEST(HopCaller, IsWhoKnowsAllOfItOnWhateverLink) {
  Script hop;
  hop.peer(hop.accept(), from_peer().text());
  const auto invite = hop.to_phone().message.clone();
  hop.phone(reply(invite, 180), udp_phone(5070));
  hop.forget();
  Request cancel = from_peer();
  cancel.method = "CANCEL";
  const LinkId another = hop.accept();
  hop.peer(another, cancel.text());
  EXPECT_EQ(hop.to_link(another).status(), 200);
  EXPECT_EQ(hop.to_phone().method(), "CANCEL");
}

} // namespace
} // namespace sipveil::hop::test
