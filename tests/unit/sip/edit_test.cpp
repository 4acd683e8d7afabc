#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

const std::string tail = "Content-Length: 0\r\n";

TEST(Edit, MaxForwardsIsReplacedInItsPlaceOrAdded) {
  const std::string text = request("MAX-forwards:\r\n 70\r\nX: y\r\n" + tail);
  Message message = parsed(text);
  message.set_max_forwards(69);
  EXPECT_EQ(message.max_forwards(), 69U);
  EXPECT_EQ(message.print(), replaced(text, " 70\r\n", " 69\r\n"));

  Message without = parsed(request(tail));
  EXPECT_EQ(without.max_forwards(), std::nullopt);
  without.set_max_forwards(70);
  EXPECT_EQ(without.print(), replaced(request(tail), "From:", "Max-Forwards: 70\r\nFrom:"));
}

TEST(Edit, RequestUriIsReplaced) {
  Message message = parsed(request(tail));
  message.set_request_uri("sips:carol@chicago.example");
  EXPECT_EQ(message.request_uri(), "sips:carol@chicago.example");
  EXPECT_EQ(message.method(), Method::invite);
  EXPECT_EQ(message.method_name(), "INVITE");
  EXPECT_EQ(message.print(), request(tail, "INVITE", "sips:carol@chicago.example"));
}

TEST(Edit, RoutesArePoppedOneByOne) {
  const std::string text =
      request("Route: <sip:a;lr>;x=\",\" ,\r\n <sip:b,c;lr>\r\nX: y\r\nroute:<sip:d;lr>\r\n" + tail);
  Message message = parsed(text);
  message.pop_route();
  EXPECT_EQ(message.print(), replaced(text, "<sip:a;lr>;x=\",\" ,\r\n ", ""));
  message.pop_route();
  EXPECT_EQ(message.print(), request("X: y\r\nroute:<sip:d;lr>\r\n" + tail));
  message.pop_route();
  message.pop_route();
  EXPECT_EQ(message.print(), request("X: y\r\n" + tail));
  EXPECT_TRUE(message.routes().empty());
}

TEST(Edit, RoutesArePushedBeforeTheOthers) {
  Message message = parsed(request("X: y\r\nRoute: <sip:b;lr>\r\n" + tail));
  message.push_route("<sip:a;lr>");
  EXPECT_EQ(message.print(), request("X: y\r\nRoute: <sip:a;lr>\r\nRoute: <sip:b;lr>\r\n" + tail));
  EXPECT_EQ(message.routes(), (std::vector<std::string>{"<sip:a;lr>", "<sip:b;lr>"}));
}

TEST(Edit, RecordRouteGoesFirstOrBehindTheVias) {
  Message message = parsed(request(tail));
  message.push_record_route("<sip:one;lr>");
  message.push_record_route("<sip:two;lr>");
  EXPECT_EQ(message.record_routes(), (std::vector<std::string>{"<sip:two;lr>", "<sip:one;lr>"}));
  EXPECT_EQ(message.print(),
            replaced(request(tail), "From:", "Record-Route: <sip:two;lr>\r\nRecord-Route: <sip:one;lr>\r\nFrom:"));
}

TEST(Edit, RecordRouteMembersAreReplacedInTheirPlace) {
  const std::string text =
      request("Record-Route: <sip:a;lr> ,\r\n\t<sip:b;lr>,<sip:c;lr>\r\nX: y\r\nRecord-Route: <sip:d;lr>\r\n" + tail);
  const char* const members[] = {"<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>", "<sip:d;lr>"};
  for (std::size_t i = 0; i < 4; ++i) {
    Message message = parsed(text);
    message.replace_record_route(i, "<sip:other;lr;token=abc>");
    EXPECT_EQ(message.print(), replaced(text, members[i], "<sip:other;lr;token=abc>"));
  }
  Message message = parsed(text);
  message.replace_record_route(4, "<sip:none>");
  EXPECT_EQ(message.print(), text);
}

TEST(Edit, HeadersAreAddedLastAndRemovedByAnyForm) {
  const std::string text = request("k: 100rel\r\nSupported: timer\r\n folded\r\nX: y\r\n" + tail);
  Message message = parsed(text);
  message.remove_header("supported");
  EXPECT_EQ(message.print(), request("X: y\r\n" + tail));
  message.add_header("Reason", "SIP;cause=503");
  EXPECT_EQ(message.print(), request("X: y\r\n" + tail + "Reason: SIP;cause=503\r\n"));
  message.remove_header("X-None");
  EXPECT_EQ(message.header("reason"), "SIP;cause=503");
}

TEST(Edit, ReplacedPartiesAreReadAgain) {
  Message message = parsed(request(tail));
  message.remove_header("f");
  EXPECT_EQ(message.from_uri(), "");
  message.add_header("From", "<sip:anonymous@anonymous.invalid>;tag=77");
  EXPECT_EQ(message.from_uri(), "sip:anonymous@anonymous.invalid");
  EXPECT_EQ(message.from_tag(), "77");
  message.remove_header("Content-Length");
  EXPECT_NE(message.print().find("tag=77\r\nContent-Length: 0\r\n\r\n"), std::string::npos);
}

TEST(Edit, NoValueCanStartALineOfItsOwn) {
  Message message = parsed(request(tail));
  message.push_via("SIP/2.0/TCP h\r\nEvil: 1");
  message.push_route("<sip:a>\nEvil: 1");
  message.add_header("X\r\nEvil", std::string("a\r\nEvil: 1\0b", 12));
  message.push_record_route("<sip:r>\rEvil: 1");
  message.set_request_uri("sip:a\r\nEvil: 1");
  const std::string text = message.print();
  EXPECT_EQ(text.find("\nEvil"), std::string::npos) << text;
  EXPECT_EQ(text.find("\rEvil"), std::string::npos);
  EXPECT_EQ(text.find('\0'), std::string::npos);
}

TEST(Edit, OfOneHopAndBackGivesTheOriginal) {
  const std::string text = request("Max-Forwards: 70\r\nl: 3\r\n") + "abc";
  Message message = parsed(text);
  message.push_via("SIP/2.0/TCP mine;branch=z9hG4bKm");
  message.set_max_forwards(69);
  message.push_record_route("<sip:mine;lr>");
  const std::string sent = message.print();
  EXPECT_EQ(parsed(sent).print(), sent);
  message.pop_via();
  message.set_max_forwards(70);
  message.remove_header("Record-Route");
  EXPECT_EQ(message.print(), text);
}

} // namespace
} // namespace sipveil::sip
