// Links that end with their calls, or are lost before and dialled again.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

const Request ack{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()};
const Request bye{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2};

/// A call that stands: its 200 was acknowledged.
LinkId establish(Script& hop) {
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(ack.text());
  hop.forget();
  return link;
}

TEST(HopLinks, TheLinkIsClosedAMomentAfterTheCallsEnd) {
  Script hop;
  const LinkId link = establish(hop);
  hop.wait(10min);
  EXPECT_FALSE(hop.closed(link));
  hop.phone(bye.text());
  hop.peer(link, reply(hop.to_link(link).message, 200));
  hop.wait(CallBook::linger - 1ms);
  EXPECT_FALSE(hop.closed(link));
  hop.wait(1ms);
  EXPECT_TRUE(hop.closed(link));
  hop.wait(40s);
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, AByeOfTheFarEndClosesItToo) {
  Script hop;
  const LinkId link = establish(hop);
  hop.peer(link, Request{.method = "BYE",
                         .uri = "sip:alice@anonymous.invalid",
                         .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                         .from = "<sip:bob@bob.example>;tag=b",
                         .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                         .call_id = wire("call-1"),
                         .extra = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK9\r\nRoute: " +
                                  hop.invite.record_routes()[0] + "\r\n"}
                     .text());
  const Heard received = hop.to_phone();
  EXPECT_EQ(received.method(), "BYE");
  EXPECT_EQ(received.to.address.text(), "127.0.0.1:5062");
  EXPECT_TRUE(received.message.routes().empty());
  hop.phone(reply(received.message, 200));
  EXPECT_EQ(hop.to_link(link).status(), 200);
  hop.wait(40s);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ALostCallIsDialledAgainWithAFreshCredentialAndItsLastAck) {
  Script hop;
  hop.phone(Request{}.text());
  const auto first = hop.dialled();
  hop.up(first.link);
  hop.invite = hop.to_link(first.link).message;
  hop.peer(first.link, reply(hop.invite, 200));
  hop.phone(ack.text());
  const std::string passed = hop.to_link(first.link).text;
  hop.forget();
  hop.down(first.link);
  EXPECT_TRUE(hop.silent());
  hop.wait(500ms);
  const auto second = hop.dialled();
  EXPECT_EQ(second.peer, "bob");
  EXPECT_NE(second.isolation->password, first.isolation->password);
  EXPECT_EQ(hop.to_link(second.link).text, passed) << "tells the far end whose call it is";
  hop.up(second.link);
  hop.wait(10min);
  EXPECT_TRUE(hop.silent());
  hop.phone(bye.text());
  EXPECT_EQ(hop.to_link(second.link).method(), "BYE");
}

TEST(HopLinks, TheWaitGrowsAndTheCallIsAbandonedInTheEnd) {
  Script hop;
  LinkId link = establish(hop);
  unsigned tries = 0;
  const TimePoint lost = hop.book.time;
  for (; hop.hop.calls() > 0; ++tries) {
    hop.down(link, failure(Errc::offline, Fault::overlay));
    hop.wait(std::chrono::minutes(1));
    if (hop.book.dials.empty()) break;
    link = hop.dialled().link;
  }
  EXPECT_EQ(tries, Redials::max_tries);
  EXPECT_GT(hop.book.time - lost, 10min);
  EXPECT_TRUE(hop.nothing_left());
  hop.forget();
  hop.wait(1h);
  EXPECT_TRUE(hop.silent());
}

TEST(HopLinks, ARequestOfThePhoneDoesNotWaitForTheRedial) {
  Script hop;
  hop.down(establish(hop));
  hop.phone(Request{.method = "INFO", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKinfo", .to = to_bob(), .cseq = 2}
                .text());
  const LinkId link = hop.dialled().link;
  EXPECT_EQ(hop.to_link(link).method(), "INFO");
  hop.up(link);
  hop.wait(5s);
  EXPECT_TRUE(hop.book.dials.empty()) << "one link is enough";
}

TEST(HopLinks, AByeThatWasOnALostLinkIsRepeatedAndThenNothingIsDialled) {
  Script hop;
  const LinkId link = establish(hop);
  hop.phone(bye.text());
  const std::string sent = hop.to_link(link).text;
  hop.down(link);
  const LinkId second = hop.dialled().link;
  EXPECT_EQ(hop.to_link(second).method(), "ACK") << "whose link it is";
  EXPECT_EQ(hop.to_link(second).text, sent);
  hop.up(second);
  hop.peer(second, reply(parsed(sent), 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  hop.wait(5min);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.closed(second));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ACallWhoseByeCannotBeSaidIsNotDialledForEver) {
  Script hop;
  hop.down(establish(hop));
  hop.forget();
  hop.phone(bye.text());
  const auto tried = hop.fail_dials(Detour::return_time + 1s, failure(Errc::offline, Fault::overlay));
  EXPECT_GT(tried.size(), 4U);
  std::vector<int> statuses;
  while (!hop.phone_hears_nothing())
    statuses.push_back(hop.to_phone().status());
  EXPECT_THAT(statuses, ::testing::ElementsAre(100, 480));
  hop.wait(5min);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ARegistrationKeepsItsLinkForItsTime) {
  Script hop;
  const std::string contacts = "Contact: <sip:a@127.0.0.1:5062>, <sip:b@127.0.0.1:5062>\r\n";
  hop.phone(Request{.method = "REGISTER", .uri = "sip:bob.example", .extra = contacts}.text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.peer(link, reply(sent, 200, "b",
                       "Contact: " + sent.contacts()[0] + ";expires=60, " + sent.contacts()[1] + ";expires=600\r\n"));
  hop.wait(600s);
  EXPECT_FALSE(hop.closed(link));
  hop.wait(3s);
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopLinks, ASubscriptionEndsWithItsLastNotify) {
  Script hop;
  hop.phone(Request{.method = "SUBSCRIBE", .extra = "Event: presence\r\n"}.text());
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const auto sent = hop.to_link(link).message;
  hop.peer(link, reply(sent, 200, "b", "Expires: 600\r\n"));
  hop.forget();
  Request notify{.method = "NOTIFY",
                 .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKnotify",
                 .from = "<sip:bob@bob.example>;tag=b",
                 .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                 .call_id = wire("call-1"),
                 .extra = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK9\r\nRoute: " + sent.record_routes()[0] +
                          "\r\nSubscription-State: active\r\n"};
  const auto pass = [&] {
    hop.peer(link, notify.text());
    const Heard received = hop.to_phone();
    EXPECT_EQ(received.to.address.text(), "127.0.0.1:5062");
    hop.phone(reply(received.message, 200));
    EXPECT_EQ(hop.to_link(link).status(), 200);
    hop.wait(60s);
  };
  pass();
  EXPECT_FALSE(hop.closed(link));
  notify.via += "2";
  notify.extra.replace(notify.extra.find("active"), 6, "terminated;reason=timeout");
  pass();
  EXPECT_TRUE(hop.closed(link));
  EXPECT_TRUE(hop.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
