// The far end of a call has lost its link. It alone can dial: what is said to it waits until it is back.
#include "tests/unit/bridge/hop_dialog.h"

namespace sipveil::hop::test {
namespace {

const Flow bobs_phone = udp_phone(5070);

/// What the callee says in a call that stands, while its caller is away.
class HopAwait : public ::testing::Test {
 protected:
  /// Of the phone, sent for the first time.
  std::string say(const std::string& method, const std::string& mark = {}) {
    Request request = call_.of_phone(method);
    request.via += mark;
    call_.hop.phone(request.text(), bobs_phone);
    return request.text();
  }
  Script& hop() { return call_.hop; }
  Inbound call_;
};

TEST_F(HopAwait, ARequestWaitsTwentySeconds) {
  hop().down(call_.link);
  say("INFO");
  hop().wait(Detour::return_time - 1ms);
  EXPECT_EQ(hop().to_phone().status(), 100) << "as any that takes long (RFC 4320)";
  EXPECT_TRUE(hop().silent());
  hop().wait(1ms);
  EXPECT_EQ(hop().to_phone().status(), 480);
  hop().wait(33s);
  hop().wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop().nothing_left());
}

TEST_F(HopAwait, OneThatWasOnItsWayWaitsAsLong) {
  say("INFO");
  hop().forget();
  hop().wait(1s);
  hop().down(call_.link);
  hop().wait(Detour::return_time - 1ms);
  EXPECT_EQ(hop().to_phone().status(), 100);
  EXPECT_TRUE(hop().silent());
  hop().wait(1ms);
  EXPECT_EQ(hop().to_phone().status(), 503);
}

TEST_F(HopAwait, AnInviteIsTold100AtOnce) {
  hop().down(call_.link);
  say("INVITE");
  EXPECT_EQ(hop().to_phone().status(), 100);
  hop().wait(Detour::return_time);
  EXPECT_EQ(hop().to_phone().status(), 480);
}

TEST_F(HopAwait, TheAckOfTheCallerBringsItOut) { // which his bridge says first on a new link
  say("INFO");
  const std::string sent = hop().to_link(call_.link).text;
  hop().down(call_.link);
  say("UPDATE", "2");
  const LinkId fresh = hop().accept();
  hop().peer(fresh, call_.of_peer("ACK").text());
  EXPECT_EQ(hop().to_phone().method(), "ACK");
  const Heard info = hop().to_link(fresh);
  EXPECT_EQ(info.text, sent) << "to the byte, so that it is known";
  const Heard update = hop().to_link(fresh);
  EXPECT_EQ(update.method(), "UPDATE") << "in their order";
  EXPECT_TRUE(hop().silent());
  for (const Heard* request : {&info, &update}) {
    hop().peer(fresh, reply(request->message, 200));
    EXPECT_EQ(hop().to_phone().status(), 200);
  }
  hop().wait(60s);
  EXPECT_TRUE(hop().silent());
}

TEST_F(HopAwait, SoDoesAnyRequestOfHisDialog) {
  for (const char* method : {"INVITE", "UPDATE"}) {
    Inbound call;
    call.hop.down(call.link);
    call.hop.phone(call.of_phone("BYE").text(), bobs_phone);
    const LinkId fresh = call.hop.accept();
    call.hop.peer(fresh, call.of_peer(method).text());
    EXPECT_EQ(call.hop.to_link(fresh).method(), "BYE");
    EXPECT_EQ(call.hop.to_phone().method(), method);
  }
}

TEST_F(HopAwait, ARequestOfAnotherDialogDoesNot) {
  hop().down(call_.link);
  say("INFO");
  const LinkId fresh = hop().accept();
  hop().peer(fresh, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKnew", .call_id = "call-2"}.text());
  Request without_token = call_.of_peer("UPDATE");
  without_token.extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2\r\n";
  hop().peer(fresh, without_token.text());
  EXPECT_TRUE(hop().link_hears_nothing(fresh));
}

TEST_F(HopAwait, WhoComesBackBeforeHisOldLinkIsMissedIsToldAnew) {
  say("INFO");
  const std::string sent = hop().to_link(call_.link).text;
  const LinkId fresh = hop().accept();
  hop().peer(fresh, call_.of_peer("ACK").text());
  EXPECT_EQ(hop().to_link(fresh).text, sent);
  hop().forget();
  hop().down(call_.link);
  hop().peer(fresh, reply(parsed(sent), 200));
  EXPECT_EQ(hop().to_phone().status(), 200);
}

TEST_F(HopAwait, AnAnswerOnTheOldLinkIsTooLate) {
  say("INFO");
  const auto sent = hop().to_link(call_.link).message.clone();
  const LinkId fresh = hop().accept();
  hop().peer(fresh, call_.of_peer("ACK").text());
  hop().forget();
  hop().peer(call_.link, reply(sent, 200));
  EXPECT_TRUE(hop().silent());
  hop().peer(fresh, reply(sent, 200));
  EXPECT_EQ(hop().to_phone().status(), 200);
}

TEST_F(HopAwait, WhatIsCancelledMeanwhileIsNotSaid) {
  hop().down(call_.link);
  const std::string invite = say("INVITE");
  hop().forget();
  Request cancel = call_.of_phone("CANCEL");
  hop().phone(cancel.text(), bobs_phone);
  EXPECT_EQ(hop().to_phone().status(), 200);
  EXPECT_EQ(hop().to_phone().status(), 487);
  const LinkId fresh = hop().accept();
  hop().peer(fresh, call_.of_peer("ACK").text());
  EXPECT_TRUE(hop().link_hears_nothing(fresh));
}

TEST_F(HopAwait, ItMayBeLostAndComeBackAgain) {
  say("INFO");
  const std::string sent = hop().to_link(call_.link).text;
  LinkId link = call_.link;
  for (int i = 0; i < 3; ++i) {
    hop().down(link);
    hop().wait(2s);
    link = hop().accept();
    Request words = call_.of_peer("ACK");
    words.via += std::to_string(i);
    hop().peer(link, words.text());
    EXPECT_EQ(hop().to_link(link).text, sent);
  }
  hop().forget();
  hop().peer(link, reply(parsed(sent), 200));
  EXPECT_EQ(hop().to_phone().status(), 200);
}

TEST_F(HopAwait, TwoDialogsOfOneLinkComeBackEachForItself) {
  // Another call by the same link, as a bridge whose calls share one sends it.
  hop().peer(call_.link, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKother",
                                 .call_id = "call-2",
                                 .extra = "Contact: <sip:alice@10.0.0.1>\r\n"}
                             .text());
  const auto second = hop().to_phone().message.clone();
  hop().phone(reply(second, 200), bobs_phone);
  const auto ok = hop().to_link(call_.link).message.clone();
  hop().down(call_.link);
  say("BYE");
  Request bye = call_.of_phone("BYE");
  bye.via += "2";
  bye.call_id = inner("call-2");
  bye.extra = "Route: " + second.record_routes().at(0) + "\r\n";
  hop().phone(bye.text(), bobs_phone);
  hop().forget();
  const LinkId fresh = hop().accept();
  Request ack = call_.of_peer("ACK");
  ack.call_id = "call-2";
  ack.via += "2";
  ack.extra = "Route: " + ok.record_routes().at(0) + "\r\n";
  hop().peer(fresh, ack.text());
  EXPECT_EQ(hop().to_link(fresh).message.call_id(), "call-2");
  EXPECT_TRUE(hop().link_hears_nothing(fresh)) << "the other may be elsewhere";
  const LinkId another = hop().accept();
  hop().peer(another, call_.of_peer("ACK").text());
  EXPECT_EQ(hop().to_link(another).message.call_id(), "call-1");
  EXPECT_TRUE(hop().link_hears_nothing(fresh));
}

} // namespace
} // namespace sipveil::hop::test
