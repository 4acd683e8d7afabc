// How requests inside a dialog find their way.
#include "tests/unit/bridge/hop_dialog.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(HopRoute, APhonesByeGoesOverItsCallsLinkByTheRouteOfTheFarSide) {
  Outbound call;
  Request request = in_dialog("BYE", call.phone_route);
  request.uri = call.far_contact;
  call.hop.phone(request.text());
  const Heard bye = call.hop.to_link(call.link);
  EXPECT_EQ(bye.method(), "BYE");
  EXPECT_THAT(bye.message.routes(), ElementsAre("<sip:proxy.far.example;lr>"));
  EXPECT_THAT(bye.message.record_routes(), IsEmpty());
  EXPECT_EQ(bye.message.request_uri(), "sip:bob@192.0.2.9:5070");
  call.hop.peer(call.link, reply(bye.message, 200));
  EXPECT_EQ(call.hop.to_phone().status(), 200);
}

TEST(HopRoute, ThePhonesOwnRoutesOfADialogDoNotLeave) { // it knows none but ours
  Outbound call;
  call.hop.phone(in_dialog("INFO", call.phone_route + ", <sip:proxy.lan;lr>").text());
  EXPECT_THAT(call.hop.to_link(call.link).message.routes(), ElementsAre("<sip:proxy.far.example;lr>"));
  call.hop.phone(in_dialog("BYE", "<sip:proxy.lan;lr>").text());
  EXPECT_THAT(call.hop.to_link(call.link).message.routes(), IsEmpty());
}

TEST(HopRoute, TheFarEndsByeReachesThePhone) {
  Outbound call({.extra = "Contact: <sip:alice@127.0.0.1:5062;x=y>\r\n"});
  Request request = of_far_end("BYE", call.peer_route);
  request.uri = std::string(call.hop.invite.contact_uri());
  call.hop.peer(call.link, request.text());
  const Heard bye = call.hop.to_phone();
  EXPECT_EQ(bye.message.request_uri(), "sip:alice@127.0.0.1:5062;x=y");
  EXPECT_EQ(bye.method(), "BYE");
  EXPECT_EQ(bye.to.address.text(), "127.0.0.1:5062");
  EXPECT_THAT(bye.message.routes(), IsEmpty());
  call.hop.phone(reply(bye.message, 200));
  EXPECT_EQ(call.hop.to_link(call.link).status(), 200);
}

TEST(HopRoute, ThePhoneIsFoundAtItsContactIfThatIsOnTheSameHost) {
  const auto found_at = [](std::string contact, const Flow& from, std::string via) {
    Outbound call({.via = std::move(via), .extra = "Contact: " + contact + "\r\n"}, from);
    call.hop.peer(call.link, of_far_end("INFO", call.peer_route).text());
    const Heard info = call.hop.to_phone();
    return (info.to.carrier == Carrier::tcp ? "tcp " : "udp ") + info.to.address.text();
  };
  const std::string udp = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1";
  const std::string tcp = "SIP/2.0/TCP 127.0.0.1:40000;branch=z9hG4bK1";
  EXPECT_EQ(found_at("<sip:alice@127.0.0.1:5066>", udp_phone(), udp), "udp 127.0.0.1:5066");
  EXPECT_EQ(found_at("<sip:alice@127.0.0.1>", udp_phone(), udp), "udp 127.0.0.1:5060");
  EXPECT_EQ(found_at("<sip:alice@127.0.0.1:5066;transport=tcp>", tcp_phone(3), tcp), "tcp 127.0.0.1:5066");
  EXPECT_EQ(found_at("<sip:alice@127.0.0.1:5066>", tcp_phone(3), tcp), "udp 127.0.0.1:5066")
      << "a short-lived connection";
  EXPECT_EQ(found_at("<sip:alice@192.0.2.1:5066>", udp_phone(), udp), "udp 127.0.0.1:5062")
      << "another host: not trusted";
  EXPECT_EQ(found_at("<sip:alice@alices-laptop>", udp_phone(), udp), "udp 127.0.0.1:5062") << "a name: never resolved";
  EXPECT_EQ(found_at("<sip:alice@127.0.0.1:5061;transport=tls>", tcp_phone(3), tcp), "tcp 127.0.0.1:40000");
}

TEST(HopRoute, AProxyThatRecordedItsRouteIsFoundThereAndNotAtTheContactOfThePhoneBehindIt) {
  const auto found_at = [](const std::string& record_route, const Flow& from, std::string via) {
    Outbound call({.via = std::move(via),
                   .extra = "Record-Route: " + record_route + "\r\nContact: <sip:alice@127.0.0.1:5062>\r\n"},
                  from);
    call.hop.peer(call.link, of_far_end("INFO", call.peer_route).text());
    const Heard info = call.hop.to_phone();
    EXPECT_THAT(info.message.routes(), ElementsAre(record_route));
    return (info.to.carrier == Carrier::tcp ? "tcp " : "udp ") + info.to.address.text();
  };
  const std::string udp = "SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK1";
  const std::string tcp = "SIP/2.0/TCP 127.0.0.1:5080;branch=z9hG4bK1";
  EXPECT_EQ(found_at("<sip:127.0.0.1:5080;lr>", udp_phone(5080), udp), "udp 127.0.0.1:5080");
  EXPECT_EQ(found_at("<sip:127.0.0.1:5080;transport=tcp;lr>", tcp_phone(3), tcp), "tcp 127.0.0.1:5080");
  EXPECT_EQ(found_at("<sip:proxy.lan;lr>", udp_phone(5080), udp), "udp 127.0.0.1:5080") << "a name: never resolved";
}

TEST(HopRoute, AfterARestartTheTokenAloneLeadsBothWays) {
  Outbound call;
  Script restarted;
  restarted.phone(in_dialog("BYE", call.phone_route).text());
  const auto dial = restarted.dialled();
  EXPECT_EQ(dial.peer, "bob");
  EXPECT_EQ(restarted.to_link(dial.link).method(), "BYE");
  // The far end speaks on the link that was dialled for it, and on no other: it could not know where to dial, but
  // guess.
  restarted.up(dial.link);
  restarted.peer(dial.link, of_far_end("INFO", call.peer_route).text());
  EXPECT_EQ(restarted.to_phone().to.address.text(), "127.0.0.1:5062");
  const LinkId guess = restarted.accept();
  restarted.peer(guess, of_far_end("BYE", call.peer_route).text());
  EXPECT_EQ(restarted.to_link(guess).status(), 481);
}

TEST(HopRoute, AnAckAfterARestartOpensTheCallAnewAndItsByeEndsIt) {
  Outbound call;
  Script restarted;
  restarted.phone(in_dialog("ACK", call.phone_route, "z9hG4bKlate").text());
  const LinkId link = restarted.dialled().link;
  EXPECT_EQ(restarted.to_link(link).method(), "ACK");
  restarted.wait(20s);
  EXPECT_FALSE(restarted.closed(link)) << "a slow dial must not lose it";
  restarted.down(link);
  restarted.wait(1s);
  const LinkId second = restarted.dialled().link;
  EXPECT_EQ(restarted.to_link(second).method(), "ACK") << "a call like any other";
  restarted.up(second);
  restarted.phone(in_dialog("BYE", call.phone_route).text());
  restarted.peer(second, reply(restarted.to_link(second).message, 200));
  restarted.wait(60s);
  EXPECT_TRUE(restarted.closed(second));
  EXPECT_TRUE(restarted.nothing_left());
}

TEST(HopRoute, ACallThatCameInIsSteeredBothWays) {
  Inbound call;
  call.hop.peer(call.link, call.of_peer("INFO").text());
  const Heard info = call.hop.to_phone();
  EXPECT_EQ(info.to.address.text(), "127.0.0.1:5070");
  EXPECT_THAT(info.message.routes(), IsEmpty());
  call.hop.phone(reply(info.message, 200), udp_phone(5070));
  EXPECT_EQ(call.hop.to_link(call.link).status(), 200);
  call.hop.phone(call.of_phone("BYE").text(), udp_phone(5070));
  const Heard bye = call.hop.to_link(call.link);
  EXPECT_EQ(bye.method(), "BYE");
  EXPECT_THAT(bye.message.routes(), ElementsAre("<sip:anonymous.invalid;lr;sv=foreign>"));
  EXPECT_TRUE(call.hop.book.dials.empty());
}

TEST(HopRoute, AStrangersLinkTakesNoCallOver) {
  Inbound call;
  const LinkId stranger = call.hop.accept();
  Request forged = call.of_peer("INFO");
  forged.extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2\r\n"; // has no token
  call.hop.peer(stranger, forged.text());
  static_cast<void>(call.hop.to_phone());
  call.hop.phone(call.of_phone("BYE").text(), udp_phone(5070));
  EXPECT_EQ(call.hop.to_link(call.link).method(), "BYE");
  EXPECT_TRUE(call.hop.link_hears_nothing(stranger));
}

TEST(HopRoute, APhoneThatIgnoresRecordRouteStillBelongsToItsCall) {
  Outbound call;
  call.hop.phone(in_dialog("BYE", "").text());
  EXPECT_EQ(call.hop.to_link(call.link).method(), "BYE");
  Request stranger = in_dialog("BYE", "", "z9hG4bKother");
  stranger.call_id = "never-heard-of";
  call.hop.phone(stranger.text());
  EXPECT_EQ(call.hop.to_phone().status(), 481);
}

TEST(HopRoute, AnOutboundProxySettingIsTakenOff) {
  Script hop(one_peer());
  hop.phone(Request{.extra = "Route: <sip:127.0.0.1:5060;lr>\r\n"}.text());
  const Heard invite = hop.to_link(hop.dialled().link);
  EXPECT_THAT(invite.message.routes(), IsEmpty());
  EXPECT_THAT(invite.text, Not(HasSubstr("Route: <sip:127.0.0.1")));
  Outbound call;
  call.hop.phone(in_dialog("BYE", "<sip:127.0.0.1;lr>, " + call.phone_route).text());
  EXPECT_THAT(call.hop.to_link(call.link).message.routes(), ElementsAre("<sip:proxy.far.example;lr>"));
}

TEST(HopRoute, ARouteToAnotherProxyDecidesWhereItGoes) {
  Script hop;
  hop.phone(Request{.extra = "Route: <sip:carol.example;lr>\r\n"}.text());
  EXPECT_EQ(hop.dialled().peer, "carol");
}

TEST(HopRoute, AStrictRouterBeforeUsIsUndone) { // section 16.4
  Outbound call;
  Request bye = in_dialog("BYE", "<" + call.far_contact + ">");
  bye.uri = call.phone_route.substr(1, call.phone_route.size() - 2);
  call.hop.phone(bye.text());
  const Heard sent = call.hop.to_link(call.link);
  EXPECT_EQ(sent.message.request_uri(), "sip:bob@192.0.2.9:5070");
  EXPECT_THAT(sent.message.routes(), ElementsAre("<sip:proxy.far.example;lr>"));
}

TEST(HopRoute, BothEndsOfACallMayUseThisVeryBridge) {
  Script hop;
  hop.phone(Request{.extra = "Contact: <sip:alice@127.0.0.1:5062>\r\n"}.text());
  const LinkId out = hop.dialled().link;
  const LinkId in = hop.accept(); // the other end of the same stream
  hop.up(out);
  static_cast<void>(hop.to_phone()); // 100
  hop.peer(in, hop.to_link(out).text);
  const Heard invite = hop.to_phone();
  EXPECT_EQ(invite.to.address.text(), "127.0.0.1:5070");
  hop.phone(reply(invite.message, 200, "b", "Contact: <sip:bob@127.0.0.1:5070>\r\n"), udp_phone(5070));
  hop.peer(out, hop.to_link(in).text);
  const Heard ok = hop.to_phone();
  EXPECT_EQ(ok.to.address.text(), "127.0.0.1:5062");
  ASSERT_EQ(ok.message.record_routes().size(), 1U);
  Request ack = in_dialog("ACK", ok.message.record_routes()[0], "z9hG4bKack");
  ack.uri = std::string(ok.message.contact_uri());
  ack.to = "<sip:bob@bob.example>;tag=b"; // what was made an alias on the way out is opened on the way in
  hop.phone(ack.text());
  hop.peer(in, hop.to_link(out).text);
  EXPECT_EQ(hop.to_phone().method(), "ACK") << "each of the two passages has its own";
  Request bye = in_dialog("BYE", invite.message.record_routes().at(0));
  bye.uri = std::string(invite.message.contact_uri());
  bye.via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKbye";
  bye.from = "<sip:bob@bob.example>;tag=b";
  bye.to = "<sip:alice@alice.example>;tag=a";
  hop.phone(bye.text(), udp_phone(5070));
  hop.peer(out, hop.to_link(in).text);
  const Heard received = hop.to_phone();
  EXPECT_EQ(received.method(), "BYE");
  EXPECT_EQ(received.to.address.text(), "127.0.0.1:5062");
  EXPECT_EQ(received.message.request_uri(), "sip:alice@127.0.0.1:5062");
  hop.phone(reply(received.message, 200));
  hop.peer(in, hop.to_link(out).text);
  EXPECT_EQ(hop.to_phone().status(), 200);
  hop.wait(60s);
  hop.wait(70s); // what was answered over a link is remembered
  EXPECT_TRUE(hop.nothing_left());
  EXPECT_TRUE(hop.silent());
}

} // namespace
} // namespace sipveil::hop::test
