// Answers find phones of every kind, and so do requests in their dialogs.
#include "tests/unit/bridge/hop_dialog.h"

namespace sipveil::hop::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Sender {
  const char* via;
  Flow from;
  const char* answered_at;
  const char* via_in_answer;
};
class HopReply : public ::testing::TestWithParam<Sender> {};

TEST_P(HopReply, GoesWhereTheViaAsks) { // section 18.2.2, RFC 3581
  Script hop;
  hop.phone(Request{.via = GetParam().via}.text(), GetParam().from);
  const Heard trying = hop.to_phone();
  EXPECT_EQ(trying.to.address.text(), GetParam().answered_at);
  EXPECT_EQ(trying.to.carrier, GetParam().from.carrier);
  EXPECT_EQ(trying.to.listener, GetParam().from.listener);
  EXPECT_EQ(trying.to.id, GetParam().from.id);
  EXPECT_EQ(trying.message.vias()[0], GetParam().via_in_answer);
  const LinkId link = hop.dialled().link;
  hop.up(link);
  hop.peer(link, reply(hop.to_link(link).message, 180));
  const Heard ringing = hop.to_phone();
  EXPECT_EQ(ringing.to.address.text(), GetParam().answered_at);
  EXPECT_EQ(ringing.message.vias()[0], GetParam().via_in_answer);
}

INSTANTIATE_TEST_SUITE_P(
    Phones, HopReply,
    ::testing::Values(Sender{"SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5062",
                             "SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1"},
                      Sender{"SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5099",
                             "SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1"},
                      Sender{"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5060",
                             "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"},
                      Sender{"SIP/2.0/UDP 127.0.0.1:5099;rport;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5062",
                             "SIP/2.0/UDP 127.0.0.1:5099;rport=5062;branch=z9hG4bK1;received=127.0.0.1"},
                      Sender{"SIP/2.0/UDP alices-laptop:5099;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5099",
                             "SIP/2.0/UDP alices-laptop:5099;branch=z9hG4bK1;received=127.0.0.1"},
                      Sender{"SIP/2.0/UDP 10.9.8.7;rport;branch=z9hG4bK1", udp_phone(), "127.0.0.1:5062",
                             "SIP/2.0/UDP 10.9.8.7;rport=5062;branch=z9hG4bK1;received=127.0.0.1"},
                      Sender{"SIP/2.0/UDP [::1]:5062;rport;branch=z9hG4bK1", udp_phone(5063, "::1"), "[::1]:5063",
                             "SIP/2.0/UDP [::1]:5062;rport=5063;branch=z9hG4bK1;received=::1"},
                      Sender{"SIP/2.0/UDP [0:0::1]:5062;branch=z9hG4bK1", udp_phone(5063, "::1"), "[::1]:5062",
                             "SIP/2.0/UDP [0:0::1]:5062;branch=z9hG4bK1"},
                      Sender{"SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK1", tcp_phone(8), "127.0.0.1:40000",
                             "SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK1"},
                      Sender{"SIP/2.0/TCP 127.0.0.1:5062;rport;branch=z9hG4bK1", tcp_phone(8), "127.0.0.1:40000",
                             "SIP/2.0/TCP 127.0.0.1:5062;rport=40000;branch=z9hG4bK1;received=127.0.0.1"}));

TEST(HopRoute, AnIpv6CallIsSteeredLikeAnyOther) {
  Outbound call({.via = "SIP/2.0/UDP [::1]:5062;rport;branch=z9hG4bK1", .extra = "Contact: <sip:alice@[::1]:5062>\r\n"},
                udp_phone(5062, "::1"));
  EXPECT_THAT(call.phone_route, StartsWith("<sip:[::1]:5060;lr;sv="));
  call.hop.peer(call.link, of_far_end("INFO", call.peer_route).text());
  const Heard info = call.hop.to_phone();
  EXPECT_EQ(info.to.address.text(), "[::1]:5062");
  EXPECT_EQ(info.to.listener, 1);
  call.hop.phone(in_dialog("BYE", call.phone_route).text(), udp_phone(5062, "::1"));
  EXPECT_EQ(call.hop.to_link(call.link).method(), "BYE");
}

TEST(HopRoute, CompactHeadersAreUnderstoodAndKept) {
  Script hop;
  hop.phone("INVITE sip:bob@bob.example SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n"
            "f: <sip:alice@alice.example>;tag=a\r\nt: <sip:bob@bob.example>\r\ni: call-1\r\nCSeq: 1 INVITE\r\n"
            "m: <sip:alice@127.0.0.1:5066>\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n");
  const LinkId link = hop.dialled().link;
  hop.up(link);
  const Heard invite = hop.to_link(link);
  EXPECT_THAT(invite.text, HasSubstr("\r\nf: <sip:alice@alice.example>;tag=" + wire("a") +
                                     "\r\nt: <sip:bob@bob.example>\r\ni: " + wire("call-1") + "\r\n"));
  hop.forget();
  hop.peer(link, reply(invite.message, 200));
  EXPECT_EQ(hop.to_phone().status(), 200);
  hop.peer(link, of_far_end("INFO", invite.message.record_routes()[0]).text());
  EXPECT_EQ(hop.to_phone().to.address.text(), "127.0.0.1:5066");
}

TEST(HopRoute, AnRfc2543PhoneIsServed) { // no branch cookie: matched by the other fields (section 17.2.3)
  Script hop;
  const Request old{.via = "SIP/2.0/UDP 127.0.0.1:5062"};
  const LinkId link = hop.invite_over_link(old);
  hop.phone(old.text());
  EXPECT_EQ(hop.to_phone().status(), 100);
  EXPECT_TRUE(hop.silent());
  hop.peer(link, reply(hop.invite, 486));
  hop.forget();
  hop.phone(Request{.method = "ACK", .via = "SIP/2.0/UDP 127.0.0.1:5062", .to = to_bob()}.text());
  hop.wait(10s);
  EXPECT_TRUE(hop.silent());
  EXPECT_TRUE(hop.nothing_left());
}

} // namespace
} // namespace sipveil::hop::test
