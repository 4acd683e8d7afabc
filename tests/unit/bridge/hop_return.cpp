// The far end of a call has lost its link. It alone can dial: what it repeats is known again, whatever link it comes
// by, and what is said to it waits until it is back.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::Each;

const Flow bobs_phone = udp_phone(5070);

/// Requests that reached the phone, each transaction once.
std::vector<std::string> asked(Script& hop) {
  std::vector<std::string> methods;
  std::string last;
  while (!hop.phone_hears_nothing()) {
    const Heard heard = hop.to_phone();
    if (heard.text != last) methods.push_back(heard.method());
    last = heard.text;
  }
  return methods;
}

class HopReturn : public ::testing::Test {
 protected:
  static Request of_caller(const std::string& method) {
    return {.method = method,
            .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
            .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"};
  }
  /// The caller's request as it reached the phone.
  sip::Message come(const std::string& method = "INVITE") {
    hop_.peer(link_, of_caller(method).text());
    return hop_.to_phone().message;
  }
  /// The caller has lost its link, and says the same again on another.
  LinkId come_again(const std::string& method = "INVITE", bool noticed = true) {
    if (noticed) hop_.down(link_);
    hop_.forget();
    const LinkId fresh = hop_.accept();
    hop_.peer(fresh, of_caller(method).text());
    EXPECT_TRUE(hop_.phone_hears_nothing()) << "it is asked once";
    return fresh;
  }
  void answer(const sip::Message& request, int status) { hop_.phone(reply(request, status), bobs_phone); }

  Script hop_;
  LinkId link_ = hop_.accept();
};

TEST_F(HopReturn, BeforeThePhoneHasSaidAnythingHeLearnsThatHeIsKnown) {
  const auto invite = come();
  const LinkId fresh = come_again();
  EXPECT_EQ(hop_.to_link(fresh).status(), 100);
  EXPECT_TRUE(hop_.silent());
  answer(invite, 180);
  EXPECT_EQ(hop_.to_link(fresh).status(), 180);
  answer(invite, 200);
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
  EXPECT_EQ(hop_.hop.counters().requests, 1U);
  EXPECT_EQ(hop_.hop.counters().absorbed, 1U);
}

TEST_F(HopReturn, TheRingingIsTold) {
  const auto invite = come();
  answer(invite, 180);
  const std::string ringing = hop_.to_link(link_).text;
  const LinkId fresh = come_again();
  EXPECT_EQ(hop_.to_link(fresh).text, ringing);
  hop_.wait(60s);
  EXPECT_TRUE(hop_.phone_hears_nothing()) << "it rings on";
  answer(invite, 200);
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
}

TEST_F(HopReturn, AlsoWhileItsOldLinkIsThoughtToLive) {
  const auto invite = come();
  answer(invite, 180);
  const LinkId fresh = come_again("INVITE", false);
  EXPECT_EQ(hop_.to_link(fresh).status(), 180);
  hop_.down(link_); // found out at last
  hop_.wait(60s);
  EXPECT_TRUE(hop_.phone_hears_nothing()) << "its caller is here";
  answer(invite, 200);
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
}

TEST_F(HopReturn, ThePickUpIsToldUntilItsAck) {
  const auto invite = come();
  answer(invite, 200);
  const Heard ok = hop_.to_link(link_);
  const LinkId fresh = come_again();
  EXPECT_EQ(hop_.to_link(fresh).text, ok.text);
  Request ack = of_caller("ACK");
  ack.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKack";
  ack.to += ";tag=" + std::string(ok.message.to_tag());
  hop_.peer(fresh, ack.text());
  EXPECT_EQ(hop_.to_phone().method(), "ACK");
  hop_.peer(hop_.accept(), of_caller("INVITE").text());
  EXPECT_TRUE(hop_.silent()) << "whoever acknowledges has had it";
}

TEST_F(HopReturn, APickUpWhileNobodyWasThereIsToldToo) {
  const auto invite = come();
  hop_.down(link_);
  answer(invite, 180);
  answer(invite, 200);
  const LinkId fresh = come_again("INVITE", false);
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
  hop_.wait(60s);
  EXPECT_TRUE(hop_.phone_hears_nothing());
}

TEST_F(HopReturn, ARefusalIsToldUntilItsAck) {
  answer(come(), 486);
  const Heard busy = hop_.to_link(link_);
  const LinkId fresh = come_again();
  EXPECT_EQ(hop_.to_link(fresh).text, busy.text);
  Request ack = of_caller("ACK");
  ack.to += ";tag=" + std::string(busy.message.to_tag());
  hop_.peer(fresh, ack.text());
  hop_.wait(33s);
  EXPECT_TRUE(hop_.silent());
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopReturn, TheAnswerToAnotherRequestIsToldForThirtyTwoSeconds) {
  for (const char* method : {"MESSAGE", "BYE", "OPTIONS"}) {
    Script hop;
    const LinkId link = hop.accept();
    hop.peer(link, of_caller(method).text());
    const auto request = hop.to_phone().message.clone();
    hop.down(link);
    const LinkId second = hop.accept();
    hop.peer(second, of_caller(method).text());
    EXPECT_TRUE(hop.silent()) << "no answer yet";
    hop.phone(reply(request, 200), bobs_phone);
    const std::string ok = hop.to_link(second).text;
    hop.down(second);
    hop.wait(31s);
    const LinkId third = hop.accept();
    hop.peer(third, of_caller(method).text());
    EXPECT_EQ(hop.to_link(third).text, ok);
    EXPECT_TRUE(hop.silent());
    hop.wait(1s);
    EXPECT_TRUE(hop.nothing_left());
  }
}

TEST_F(HopReturn, ACancelMayComeByTheNewLink) {
  const auto invite = come();
  answer(invite, 180);
  const LinkId fresh = come_again();
  hop_.forget();
  hop_.peer(fresh, of_caller("CANCEL").text());
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
  EXPECT_EQ(hop_.to_phone().method(), "CANCEL");
  answer(invite, 487);
  EXPECT_EQ(hop_.to_link(fresh).status(), 487);
}

TEST_F(HopReturn, ThePhoneRingsOnForTwentySecondsAndIsThenStopped) {
  const auto invite = come();
  answer(invite, 180);
  hop_.forget();
  hop_.down(link_);
  hop_.wait(Detour::return_time - 1ms);
  EXPECT_TRUE(hop_.silent()) << "whoever called may be back";
  hop_.wait(1ms);
  EXPECT_EQ(hop_.to_phone().method(), "CANCEL");
  answer(invite, 487);
  EXPECT_EQ(hop_.to_phone().method(), "ACK");
  hop_.wait(40s);
  hop_.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopReturn, ThatGoesForAPhoneThatBeginsToRingLaterToo) {
  const auto invite = come();
  hop_.down(link_);
  hop_.wait(Detour::return_time);
  EXPECT_THAT(asked(hop_), Each("INVITE")) << "a CANCEL might overtake it";
  answer(invite, 180);
  EXPECT_EQ(hop_.to_phone().method(), "CANCEL");
  answer(invite, 487);
  hop_.wait(40s);
  hop_.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopReturn, AndForOneThatNeverAnswers) {
  static_cast<void>(come());
  hop_.down(link_);
  hop_.wait(90s);
  EXPECT_TRUE(hop_.nothing_left());
}

TEST_F(HopReturn, WhoComesTooLateIsTold480) {
  const auto invite = come();
  answer(invite, 180);
  hop_.down(link_);
  hop_.wait(Detour::return_time);
  hop_.forget();
  const LinkId fresh = hop_.accept();
  hop_.peer(fresh, of_caller("INVITE").text());
  EXPECT_EQ(hop_.to_link(fresh).status(), 480);
}

TEST_F(HopReturn, EachLossStartsTheTwentySecondsAnew) {
  const auto invite = come();
  answer(invite, 180);
  LinkId link = link_;
  for (int i = 0; i < 5; ++i) {
    hop_.down(link);
    hop_.wait(15s);
    link = hop_.accept();
    hop_.peer(link, of_caller("INVITE").text());
    EXPECT_TRUE(hop_.phone_hears_nothing());
  }
}

} // namespace
} // namespace sipveil::hop::test
