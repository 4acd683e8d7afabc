#include "bridge/sip/via.h"
#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

TEST(Via, IsTakenApart) {
  const auto via = parse_via("SIP/2.0/UDP pc33.example:5062;branch=z9hG4bK776;received=192.0.2.1;rport=99;ttl=16");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->version, "2.0");
  EXPECT_EQ(via->view.transport, "UDP");
  EXPECT_EQ(via->view.host, "pc33.example");
  EXPECT_EQ(via->view.port, "5062");
  EXPECT_EQ(via->view.branch, "z9hG4bK776");
  EXPECT_EQ(via->view.received, "192.0.2.1");
  EXPECT_TRUE(via->view.has_rport);
  EXPECT_EQ(via->view.rport, "99");
}

TEST(Via, MayHoldBlanksAndFolds) {
  const auto via =
      parse_via("SIP  / 2.0\r\n /UDP\r\n    [2001:db8::1]\t:\t5060 ; branch = x ; Rport ;  a=\"q;branch=no\"");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->view.transport, "UDP");
  EXPECT_EQ(via->view.host, "[2001:db8::1]");
  EXPECT_EQ(via->view.port, "5060");
  EXPECT_EQ(via->view.branch, "x");
  EXPECT_TRUE(via->view.has_rport);
  EXPECT_EQ(via->view.rport, "");
}

TEST(Via, WithoutParametersIsThatOfAnOlderProtocol) {
  const auto via = parse_via("SIP/2.0/UDP iftgw.example.com");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->view.branch, "");
  EXPECT_FALSE(via->view.has_rport);
}

TEST(Via, IsRefusedWhenNotWellFormed) {
  for (const char* const text : {"",
                                 "SIP",
                                 "SIP/2.0",
                                 "SIP/2.0/UDP",
                                 "SIP/2.0/UDP ",
                                 "HTTP/1.1/TCP h",
                                 "SIP/2.0/ h",
                                 "SIP/2.0/UDP h:",
                                 "SIP/2.0/UDP h:x",
                                 "SIP/2.0/UDP h:65536",
                                 "SIP/2.0/UDP [::1",
                                 "SIP/2.0/UDP [::g]",
                                 "SIP/2.0/UDP h;",
                                 "SIP/2.0/UDP h;;branch=x",
                                 "SIP/2.0/UDP h;branch=",
                                 "SIP/2.0/UDP h;branch=a;branch=b",
                                 "SIP/2.0/UDP h;received=1;received=2",
                                 "SIP/2.0/UDP h;rport;rport=1",
                                 "SIP/2.0/UDP h;rport=x",
                                 "SIP/2.0/UDP h;rport=70000",
                                 "SIP/2.0/UDP h h2",
                                 "SIP/2.0/UDP h;a=\"open",
                                 "SIP/2.0/UDP h (comment)",
                                 "SIP/2.0/UDP h;branch=a b"})
    EXPECT_FALSE(parse_via(text)) << text;
}

TEST(Via, TakesWhereTheRequestCameFrom) {
  const auto marked = [](std::string_view via, std::string_view address) {
    Message message = parsed(replaced(request(), "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8", via));
    message.mark_received(address, 4711);
    const ViaView view = message.top_via();
    EXPECT_EQ(view.received, address);
    EXPECT_EQ(view.rport, view.has_rport ? "4711" : "");
    return message.vias().at(0);
  };
  EXPECT_EQ(marked("SIP/2.0/UDP h;branch=x", "192.0.2.9"), "SIP/2.0/UDP h;branch=x;received=192.0.2.9");
  EXPECT_EQ(marked("SIP/2.0/UDP h;rport;branch=x", "2001:db8::1"),
            "SIP/2.0/UDP h;rport=4711;branch=x;received=2001:db8::1");
  EXPECT_EQ(marked("SIP/2.0/UDP h;received=198.51.100.1;rport=1;x", "192.0.2.9"),
            "SIP/2.0/UDP h;rport=4711;x;received=192.0.2.9")
      << "what the sender claims is replaced";
  EXPECT_EQ(marked("SIP/2.0/UDP h , SIP/2.0/TCP g;branch=y", "192.0.2.9"), "SIP/2.0/UDP h;received=192.0.2.9");
}

TEST(Via, LeavesTheRestOfItsLineAlone) {
  const std::string text =
      replaced(request("Content-Length: 0\r\n"), "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8",
               "v :\tSIP/2.0/UDP a;rport ,\r\n SIP/2.0/TCP b;branch=y,SIP/2.0/TLS c");
  Message message = parsed(text);
  message.mark_received("192.0.2.9", 1);
  EXPECT_EQ(message.print(), replaced(text, "a;rport ,", "a;rport=1;received=192.0.2.9 ,"));
}

// Twinkle answers with all Vias of the request in one line.
TEST(Via, IsTakenOutOfACommaLine) {
  const std::string text =
      "SIP/2.0 200 OK\r\n"
      "Via: SIP/2.0/TCP mine;branch=z9hG4bK1,SIP/2.0/UDP a;branch=z9hG4bK2;x=\",\" , SIP/2.0/UDP b\r\n"
      "From: <sip:a@x>;tag=1\r\nTo: <sip:b@y>;tag=2\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n"
      "Content-Length: 0\r\n\r\n";
  Message message = parsed(text);
  EXPECT_EQ(message.via_count(), 3U);
  EXPECT_EQ(message.vias(), (std::vector<std::string>{"SIP/2.0/TCP mine;branch=z9hG4bK1",
                                                      "SIP/2.0/UDP a;branch=z9hG4bK2;x=\",\"", "SIP/2.0/UDP b"}));
  message.pop_via();
  EXPECT_EQ(message.via_count(), 2U);
  EXPECT_EQ(message.top_via().branch, "z9hG4bK2");
  EXPECT_EQ(message.print(), replaced(text, "SIP/2.0/TCP mine;branch=z9hG4bK1,", ""));
  message.pop_via();
  message.pop_via();
  EXPECT_EQ(message.via_count(), 0U);
  EXPECT_EQ(message.top_via().host, "");
  message.pop_via();
  EXPECT_EQ(message.via_count(), 0U);
}

TEST(Via, GoesBeforeAllOthersWhereverTheyStand) {
  const std::string text =
      "OPTIONS sip:x SIP/2.0\r\nFrom: <sip:a@x>;tag=1\r\nv: SIP/2.0/UDP a,SIP/2.0/UDP b\r\nTo: <sip:b@y>\r\n"
      "Call-ID: c\r\nVia: SIP/2.0/UDP c\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  Message message = parsed(text);
  message.push_via("SIP/2.0/TCP mine;branch=z9hG4bKm");
  EXPECT_EQ(message.top_via().host, "mine");
  EXPECT_EQ(message.via_count(), 4U);
  EXPECT_EQ(message.print(), replaced(text, "v: SIP", "Via: SIP/2.0/TCP mine;branch=z9hG4bKm\r\nv: SIP"));
  message.pop_via();
  EXPECT_EQ(message.print(), text);
}

} // namespace
} // namespace sipveil::sip
