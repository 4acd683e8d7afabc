// What one side writes about its own ways does not reach the other, whatever the method and wherever it stands.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

const std::string lan_route = "<sip:proxy.lan;lr>";

class HopHidesRoutes : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Methods, HopHidesRoutes,
                         ::testing::Values("MESSAGE", "REGISTER", "OPTIONS", "SUBSCRIBE", "INVITE", "NOTIFY", "INFO"));

TEST_P(HopHidesRoutes, RecordRouteAndRouteOfThePhoneSideAndOfItsAnswers) { // many proxies record every request
  Script hop;
  hop.phone(Request{.method = GetParam(), .extra = "Record-Route: " + lan_route + "\r\n"}.text());
  const LinkId out = hop.dialled().link;
  hop.up(out);
  const Heard request = hop.to_link(out);
  EXPECT_EQ(request.text.find("proxy.lan"), std::string::npos) << request.text;
  if (!hop.phone_hears_nothing()) static_cast<void>(hop.to_phone()); // 100
  hop.peer(out, reply(request.message, 200, "b", "Record-Route: <sip:far.example;lr>\r\n"));
  const Heard answer = hop.to_phone();
  EXPECT_EQ(answer.text.find("far.example"), std::string::npos) << answer.text;
}

TEST_P(HopHidesRoutes, RecordRouteAndRouteOfAPeerAndOfItsAnswers) {
  Script hop;
  const LinkId in = hop.accept();
  hop.peer(in, Request{.method = GetParam(),
                       .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                       .extra = "Record-Route: <sip:far.example;lr>\r\nRoute: <sip:192.168.1.7;lr>\r\n"}
                   .text());
  const Heard request = hop.to_phone();
  EXPECT_EQ(request.text.find("far.example"), std::string::npos) << request.text;
  EXPECT_THAT(request.message.routes(), IsEmpty()) << "a peer must not steer a proxy of ours";
  hop.phone(reply(request.message, 200, "b", "Record-Route: " + lan_route + "\r\n"), udp_phone(5070));
  const Heard answer = hop.to_link(in);
  EXPECT_EQ(answer.text.find("proxy.lan"), std::string::npos) << answer.text;
}

TEST(HopHides, RecordRoutesInsideADialogToo) { // where they mean nothing (RFC 3261 section 12.2)
  Script hop;
  const LinkId link = hop.invite_over_link({.extra = "Record-Route: " + lan_route + "\r\n"});
  hop.peer(link, reply(hop.invite, 200));
  const auto ok = hop.to_phone().message.clone();
  EXPECT_THAT(ok.record_routes(), ElementsAre(MatchesRegex("<sip:127.0.0.1:5060;lr;sv=[a-z2-7]+>"), lan_route));
  const std::string route = "Route: " + ok.record_routes().at(0) + "\r\n";
  hop.phone(Request{.method = "ACK",
                    .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKack",
                    .to = to_bob(),
                    .extra = route + "Record-Route: " + lan_route + "\r\n"}
                .text());
  EXPECT_THAT(hop.to_link(link).message.record_routes(), IsEmpty());
  hop.phone(Request{.via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKagain",
                    .to = to_bob(),
                    .cseq = 2,
                    .extra = route + "Record-Route: " + lan_route + "\r\n"}
                .text());
  const Heard again = hop.to_link(link);
  EXPECT_THAT(again.message.record_routes(), IsEmpty());
  hop.forget();
  hop.peer(link, reply(again.message, 200, "b", "Record-Route: <sip:far.example;lr>\r\n"));
  EXPECT_THAT(hop.to_phone().message.record_routes(), IsEmpty());
}

TEST(HopHides, AContactEvenInAFailure) {
  Script hop;
  const LinkId in = hop.accept();
  hop.peer(in, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer"}.text());
  hop.phone(reply(hop.to_phone().message, 486, "b", "Contact: <sip:bob@127.0.0.1:5070>\r\n"), udp_phone(5070));
  EXPECT_THAT(hop.to_link(in).message.contacts(), IsEmpty());
}

TEST(HopHides, AnAddressInARedirection) { // whom it names, the identity step seals
  Script hop;
  const LinkId in = hop.accept();
  hop.peer(in, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer"}.text());
  hop.phone(reply(hop.to_phone().message, 302, "b",
                  "Contact: <sip:bob@127.0.0.1:5080>, <sip:bob@[::1]>, <sip:carol@carol.example>\r\n"),
            udp_phone(5070));
  EXPECT_THAT(hop.to_link(in).message.contacts(), ElementsAre("<sip:carol@carol.example>"));
}

TEST(HopHides, WhereARedirectionLeadsAndFollowsItAllTheSame) {
  Script hop;
  const LinkId link = hop.invite_over_link();
  hop.peer(link, reply(hop.invite, 302, "b", "Contact: <sip:carol@carol.example>\r\n"));
  const auto moved = hop.to_phone().message.clone();
  ASSERT_THAT(moved.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
  hop.forget();
  hop.phone(Request{
      .uri = std::string(moved.contact_uri()), .via = "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKmoved", .cseq = 2}
                .text());
  const auto dial = hop.dialled();
  EXPECT_EQ(dial.peer, "carol");
  EXPECT_EQ(hop.to_link(dial.link).message.request_uri(), "sip:carol@carol.example");
}

TEST(HopHides, APhoneThatRegisteredIsCalledAtItsContact) {
  for (const char* transport : {"", ";transport=udp", ";transport=TCP"}) {
    Script hop;
    const std::string contact = "sip:bob@127.0.0.1:5072" + std::string(transport);
    hop.phone(
        Request{.method = "REGISTER", .uri = "sip:bob.example", .extra = "Contact: <" + contact + ">\r\n"}.text());
    const LinkId out = hop.dialled().link;
    hop.up(out);
    const std::string registered(hop.to_link(out).message.contact_uri());
    Script restarted;
    const LinkId in = restarted.accept();
    restarted.peer(in, Request{.uri = registered, .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer"}.text());
    const Heard invite = restarted.to_phone();
    EXPECT_EQ(invite.message.request_uri(), contact);
    EXPECT_EQ(invite.to.address.text(), "127.0.0.1:5072");
    EXPECT_EQ(invite.to.carrier, transport == std::string_view(";transport=TCP") ? Carrier::tcp : Carrier::udp);
  }
}

} // namespace
} // namespace sipveil::hop::test
