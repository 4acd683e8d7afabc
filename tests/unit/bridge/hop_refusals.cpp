// What goes no further, and what cannot disturb a call.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::HasSubstr;

/// The ACK of a phone for a failure that it got as answer to `request`.
std::string ack_of(Request request, const Heard& answer) {
  request.method = "ACK";
  request.to = "<sip:bob@bob.example>;tag=" + std::string(answer.message.to_tag());
  request.max_forwards = "70";
  request.extra.clear();
  return request.text();
}

/// The request is answered with `status`; neither it nor the ACK of the answer leaves this machine.
void expect_refused(Script& hop, const Request& request, int status) {
  hop.phone(request.text());
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.status(), status) << request.text();
  EXPECT_NE(answer.message.to_tag(), "");
  hop.phone(request.text());
  EXPECT_EQ(hop.to_phone().text, answer.text) << "the same answer to a retransmission";
  if (request.method == "INVITE") hop.phone(ack_of(request, answer));
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopRefuses, WhatHasNoHopsLeft) {
  Script hop;
  for (const char* method : {"INVITE", "OPTIONS", "MESSAGE"})
    expect_refused(hop, {.method = method, .max_forwards = "0"}, 483);
  hop.phone(Request{.method = "ACK", .max_forwards = "0"}.text());
  EXPECT_TRUE(hop.silent()) << "an ACK is never answered";
}

TEST(HopRefuses, DomainsThatNoRouteNamesAndDialsNothing) { // fail closed
  Script hop;
  for (const char* uri : {"sip:x@unknown.example", "sip:x@192.0.2.1", "sip:unknown", "sips:x@bob.example.org",
                          "tel:+4930123456", "sip:x@sub.bob.example"})
    for (const char* method : {"INVITE", "MESSAGE", "REGISTER", "OPTIONS"})
      expect_refused(hop, {.method = method, .uri = uri}, 404);
  expect_refused(hop, {.extra = "Route: <sip:proxy.unknown.example;lr>\r\n"}, 404);
}

TEST(HopRefuses, ToDialForAnAckThatBelongsToNothing) {
  Script hop;
  hop.phone(Request{.method = "ACK", .to = to_bob()}.text());
  hop.phone(Request{.method = "ACK"}.text());
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_EQ(hop.hop.counters().stray, 2U);
}

TEST(HopRefuses, ALoopWhenItsHopsHaveRunOut) { // nobody's Via is shown to the other side, so none tells of a loop
  Script hop;
  hop.phone(Request{.method = "MESSAGE", .max_forwards = "10"}.text());
  const LinkId out = hop.dialled().link;
  const LinkId in = hop.accept(); // its other end: the peer is this very bridge, and the phone side sends it back
  hop.up(out);
  unsigned passes = 0;
  while (!hop.link_hears_nothing(out)) {
    ASSERT_LT(++passes, 12U);
    hop.peer(in, hop.to_link(out).text);
    if (hop.phone_hears_nothing()) break;
    auto back = hop.to_phone().message.clone();
    back.push_via("SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKproxy" + std::to_string(passes));
    hop.phone(back.print(), udp_phone(5070));
  }
  EXPECT_EQ(passes, 5U);
  EXPECT_EQ(hop.to_phone().status(), 483);
}

TEST(HopRefuses, TokensThatAreNotItsOwn) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  const std::string route = hop.to_phone().message.record_routes()[0];
  hop.forget();
  Request info{.method = "INFO", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKinfo", .to = to_bob(), .cseq = 2};
  const auto with = [&](const std::string& value) {
    info.extra = "Route: " + value + "\r\n";
    return info.text();
  };
  std::string forged = route;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'a' ? 'b' : 'a';
  hop.phone(with(forged));
  EXPECT_EQ(hop.to_phone().status(), 481);
  hop.phone(with("<sip:127.0.0.1:5060;lr;sv=>"));
  EXPECT_EQ(hop.to_phone().status(), 481);
  info.call_id = "another-call";
  hop.phone(with(route));
  EXPECT_EQ(hop.to_phone().status(), 481) << "cut from one dialog, useless in another";
  EXPECT_TRUE(hop.silent());
  Script stranger(sample_config(), 8);
  info.call_id = "call-1";
  stranger.phone(with(route));
  EXPECT_EQ(stranger.to_phone().status(), 481);
  EXPECT_TRUE(stranger.silent());
  hop.book.day += RouteTokens::life_days + 1;
  hop.phone(with(route));
  EXPECT_EQ(hop.to_phone().status(), 481) << "a dialog of last month";
  EXPECT_TRUE(hop.silent());
}

TEST(HopRefuses, ATokenThatIsNotItsOwnButNotTheAckThatBearsIt) { // that is known by its INVITE
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.forget();
  hop.phone(Request{.method = "ACK",
                    .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack",
                    .to = to_bob(),
                    .extra = "Route: <sip:127.0.0.1:5060;lr;sv=" + std::string(160, 'a') + ">, <sip:proxy.lan;lr>\r\n"}
                .text());
  const Heard ack = hop.to_link(link);
  EXPECT_EQ(ack.method(), "ACK");
  EXPECT_EQ(ack.header("Route"), "(none)");
}

TEST(HopRefuses, TokensThatWereGivenToTheOtherSide) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  const std::string of_phone = hop.to_phone().message.record_routes().at(0);
  const std::string of_peer = hop.invite.record_routes().at(0);
  const auto token = [](const std::string& route) { return route.substr(route.find(";lr")); };
  hop.phone(Request{.method = "INFO",
                    .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKinfo",
                    .to = to_bob(),
                    .extra = "Route: <sip:127.0.0.1:5060" + token(of_peer) + "\r\n"}
                .text());
  EXPECT_EQ(hop.to_phone().status(), 481);
  hop.peer(link, Request{.method = "INFO",
                         .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKinfo",
                         .from = "<sip:bob@bob.example>;tag=b",
                         .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                         .call_id = wire("call-1"),
                         .extra = "Route: <sip:anonymous.invalid" + token(of_phone) + "\r\n"}
                     .text());
  EXPECT_EQ(hop.to_link(link).status(), 481);
  EXPECT_TRUE(hop.silent());
}

TEST(HopRefuses, ForgedTokensFromTheTunnel) {
  Script hop;
  const LinkId link = hop.accept();
  Request info{.method = "INFO",
               .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
               .to = "<sip:bob@bob.example>;tag=" + wire("b"),
               .extra = "Route: <sip:anonymous.invalid;lr;sv=" + std::string(160, 'a') + ">\r\n"};
  hop.peer(link, info.text());
  EXPECT_EQ(hop.to_link(link).status(), 481);
  info.method = "ACK";
  hop.peer(link, info.text());
  EXPECT_TRUE(hop.silent());
}

TEST(HopRefuses, IdentifiersThatAreTooLongToBeSealed) {
  const std::string endless(600, '-');
  Script hop;
  expect_refused(hop, {.call_id = endless}, 400);
  expect_refused(hop, {.method = "MESSAGE", .from = "<sip:alice@alice.example>;tag=" + endless}, 400);
  const LinkId in = hop.accept();
  hop.peer(in, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKlong", .call_id = "a" + endless}.text());
  EXPECT_EQ(hop.to_link(in).status(), 400);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopRefuses, TooLongATagAndTheCallEndsAllTheSame) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 200));
  hop.phone(Request{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack", .to = to_bob()}.text());
  hop.forget();
  hop.peer(link, Request{.method = "INFO",
                         .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKlong",
                         .from = "<sip:bob@bob.example>;tag=" + std::string(600, '-'),
                         .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                         .call_id = wire("call-1"),
                         .extra = "Route: " + hop.invite.record_routes().at(0) + "\r\n"}
                     .text());
  EXPECT_EQ(hop.to_link(link).status(), 400);
  hop.phone(Request{.method = "BYE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbye", .to = to_bob(), .cseq = 2}
                .text());
  hop.peer(link, reply(hop.to_link(link).message, 200));
  hop.wait(60s);
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.closed(link));
}

TEST(HopRefuses, RoutesThatDoNotFitIntoAToken) {
  Script hop;
  std::string routes;
  for (int i = 0; i < 25; ++i)
    routes +=
        "Record-Route: <sip:proxy-with-a-rather-long-name-" + std::to_string(i) + ".lan.alice.example:5060;lr>\r\n";
  expect_refused(hop, {.extra = routes}, 513);
}

TEST(HopRefuses, MoreRequestsAtOnceThanItHasRoomFor) {
  Script hop(sample_config(), 7, 2);
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1", .call_id = "1"}.text());
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2", .call_id = "2"}.text());
  hop.forget();
  const Request third{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK3", .call_id = "3"};
  hop.phone(third.text());
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(answer.header("Retry-After"), "10");
  hop.phone(ack_of(third, answer));
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1", .call_id = "1"}.text());
  EXPECT_EQ(hop.to_phone().status(), 100) << "those under way are served";
  EXPECT_TRUE(hop.silent());
}

TEST(HopRefuses, ToBeTheTargetOfACallItself) {
  Script hop;
  expect_refused(hop, {.uri = "sip:bob@127.0.0.1:5060"}, 404);
  expect_refused(hop, {.uri = "sip:bob@127.0.0.1"}, 404);
  hop.phone(Request{.method = "OPTIONS", .uri = "sip:127.0.0.1:5060"}.text());
  EXPECT_EQ(hop.to_phone().status(), 200) << "it answers that it is there";
  hop.phone(Request{.method = "OPTIONS", .uri = "sip:[::1]", .via = "SIP/2.0/UDP [::1]:5062;branch=z9hG4bK6"}.text(),
            udp_phone(5062, "::1"));
  EXPECT_EQ(hop.to_phone().status(), 200);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

TEST(HopRefuses, WhatIsBrokenAndACallUnderWayDoesNotNotice) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  const std::string good = reply(hop.invite, 180);
  const std::size_t exchanges = hop.hop.exchanges();
  for (std::size_t size = 0; size < good.find("\r\n\r\n"); ++size)
    hop.peer(link, good.substr(0, size));
  const std::string invite = Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKbroken"}.text();
  for (std::size_t size = 0; size < invite.find("\r\n\r\n"); ++size)
    hop.phone(invite.substr(0, size));
  for (const char* text :
       {"", "\r\n\r\n", "\r\n", "GET / HTTP/1.1\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "\x16\x03\x01", "INVITE\r\n"}) {
    hop.phone(text);
    hop.peer(link, text);
  }
  hop.phone(
      "INVITE sip:bob@bob.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\nMax-Forwards: many\r\n"
      "From: <sip:a@b>;tag=a\r\nTo: <sip:b>\r\nCall-ID: call-1\r\nCSeq: 1 INVITE\r\n\r\n");
  while (!hop.phone_hears_nothing())
    EXPECT_GE(hop.to_phone().status(), 400);
  EXPECT_TRUE(hop.silent());
  EXPECT_EQ(hop.hop.exchanges(), exchanges);
  hop.peer(link, good);
  EXPECT_EQ(hop.to_phone().status(), 180);
  EXPECT_GT(hop.hop.counters().refused, 100U);
}

TEST(HopDrain, AnswersWhatWaitsAndStopsTheRinging) {
  Script hop;
  const LinkId out = hop.invite_over_link(); // over a link, unanswered
  hop.phone(Request{.uri = "sip:x@carol.example", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK2", .call_id = "2"}
                .text());
  const LinkId in = hop.accept();
  hop.peer(in, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                       .call_id = "3",
                       .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"}
                   .text());
  std::string incoming;
  for (const auto& sent : hop.book.inner)
    if (sent.bytes.starts_with("INVITE")) incoming = sent.bytes;
  hop.phone(reply(parsed(incoming), 180), udp_phone(5070));
  hop.phone(Request{.method = "MESSAGE", .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK4", .call_id = "4"}.text());
  hop.forget();
  hop.hop.drain(hop.book.time);
  EXPECT_EQ(hop.to_link(out).method(), "CANCEL");
  const Heard to_peer = hop.to_link(in);
  EXPECT_EQ(to_peer.status(), 503);
  EXPECT_EQ(to_peer.header("Reason"), "(none)");
  unsigned refused = 0;
  unsigned cancelled = 0;
  while (!hop.phone_hears_nothing()) {
    const Heard heard = hop.to_phone();
    if (heard.status() == 503) {
      EXPECT_THAT(heard.header("Reason"), HasSubstr("shutting down"));
    }
    refused += heard.status() == 503 ? 1U : 0U;
    cancelled += heard.method() == "CANCEL" && heard.status() == 0 ? 1U : 0U;
  }
  EXPECT_EQ(refused, 3U);
  EXPECT_EQ(cancelled, 1U);
  hop.peer(out, reply(hop.invite, 487));
  EXPECT_EQ(hop.to_link(out).method(), "ACK") << "the far end gets its ACK";
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK5", .call_id = "5"}.text());
  EXPECT_EQ(hop.to_phone().status(), 503) << "nothing new is taken on";
  EXPECT_TRUE(hop.book.dials.empty());
}

} // namespace
} // namespace sipveil::hop::test
