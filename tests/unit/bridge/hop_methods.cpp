// Every other method passes, both ways, outside and inside of dialogs.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

class HopMethod : public ::testing::TestWithParam<const char*> {};

TEST_P(HopMethod, PassesFromThePhoneToAPeerAndItsAnswerBack) {
  Script hop;
  hop.phone(Request{.method = GetParam(), .extra = "Event: presence\r\nContent-Type: text/plain\r\n", .body = "hello"}
                .text());
  EXPECT_TRUE(hop.phone_hears_nothing()) << "no 100 at once";
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const Heard sent = hop.to_link(link);
  EXPECT_EQ(sent.method(), GetParam());
  EXPECT_EQ(sent.message.body(), "hello");
  EXPECT_EQ(sent.message.via_count(), 1U);
  EXPECT_EQ(sent.message.max_forwards(), 69U);
  hop.peer(link, reply(sent.message, 202, "b", "Expires: 0\r\n"));
  EXPECT_EQ(hop.to_phone().status(), 202);
  hop.wait(10min);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

TEST_P(HopMethod, PassesFromAPeerToThePhoneAndItsAnswerBack) {
  Script hop;
  const LinkId link = hop.accept();
  hop.peer(link, Request{.method = GetParam(),
                         .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                         .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"}
                     .text());
  const Heard received = hop.to_phone();
  EXPECT_EQ(received.method(), GetParam());
  EXPECT_EQ(received.to.address.text(), "127.0.0.1:5070");
  hop.phone(reply(received.message, 404), udp_phone(5070));
  const Heard answer = hop.to_link(link);
  EXPECT_EQ(answer.status(), 404);
  EXPECT_EQ(answer.message.via_count(), 2U);
  hop.wait(60s);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

INSTANTIATE_TEST_SUITE_P(All, HopMethod,
                         ::testing::Values("OPTIONS", "MESSAGE", "REGISTER", "SUBSCRIBE", "NOTIFY", "REFER", "UPDATE",
                                           "PRACK", "INFO", "PUBLISH", "BYE", "EXTENSION"));

TEST(HopMethods, PrackAndUpdateGoWithTheirCallBeforeItStands) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 183, "b", "RSeq: 1\r\nRequire: 100rel\r\n"));
  const std::string route = hop.to_phone().message.record_routes()[0];
  for (const char* method : {"PRACK", "UPDATE"}) {
    hop.phone(Request{.method = method,
                      .via = std::string("SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK") + method,
                      .to = to_bob(),
                      .cseq = 2,
                      .extra = "Route: " + route + "\r\n"}
                  .text());
    const Heard sent = hop.to_link(link);
    EXPECT_EQ(sent.method(), method);
    hop.peer(link, reply(sent.message, 200));
    EXPECT_EQ(hop.to_phone().header("CSeq"), std::string("2 ") + method);
  }
  EXPECT_TRUE(hop.silent());
}

TEST(HopMethods, OnlyWhatOpensADialogIsRecordRouted) {
  for (const char* method : {"INVITE", "SUBSCRIBE", "REFER", "NOTIFY"}) {
    Script hop(one_peer());
    hop.phone(Request{.method = method}.text());
    EXPECT_EQ(hop.to_link(hop.dialled().link).message.record_routes().size(), 1U) << method;
  }
  for (const char* method : {"REGISTER", "MESSAGE", "OPTIONS", "PUBLISH"}) {
    Script hop(one_peer());
    hop.phone(Request{.method = method}.text());
    EXPECT_EQ(hop.to_link(hop.dialled().link).message.record_routes().size(), 0U) << method;
  }
}

} // namespace
} // namespace sipveil::hop::test
