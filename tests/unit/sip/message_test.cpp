#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

const std::string invite = "INVITE sip:bob@biloxi.example;user=phone SIP/2.0\r\n"
                           "v:   SIP/2.0/TCP [2001:db8::9:1]:5062 ; branch=z9hG4bK87asdks7 ;rport, SIP/2.0/UDP "
                           "pc33.atlanta.example;branch=b2\r\n"
                           "Max-Forwards: 0070\r\n"
                           "f: Alice Liddell <sip:alice@atlanta.example>;x=\"a;tag=no\";TAG=1928301774\r\n"
                           "t: sip:bob@biloxi.example;tag=9fxced76sl\r\n"
                           "i: a84b4c76e66710@pc33.atlanta.example\r\n"
                           "CSeq:\r\n 314159\r\n\tINVITE\r\n"
                           "Subject: I know you're there,\r\n   pick up the phone\r\n \tand talk\r\n"
                           "X-Odd :  spaces before the colon \r\n"
                           "m: \"B\" <sip:alice@pc33.atlanta.example;transport=tcp>;expires=60, <sip:other@x>\r\n"
                           "Expires: 3600\r\n"
                           "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\n"
                           "Route: <sip:r1;lr>\r\n"
                           "Route: \"a, b\" <sip:r2,r3;lr>;q=\"x,y\",<sip:r4;lr>\r\n"
                           "l: 4\r\n"
                           "\r\n"
                           "v=0\n";

TEST(Message, TellsWhatARequestHolds) {
  const Message message = parsed(invite);
  EXPECT_TRUE(message.is_request());
  EXPECT_EQ(message.method(), Method::invite);
  EXPECT_EQ(message.method_name(), "INVITE");
  EXPECT_EQ(message.status(), 0);
  EXPECT_EQ(message.request_uri(), "sip:bob@biloxi.example;user=phone");
  EXPECT_EQ(message.call_id(), "a84b4c76e66710@pc33.atlanta.example");
  EXPECT_EQ(message.cseq(), 314159U);
  EXPECT_EQ(message.from_uri(), "sip:alice@atlanta.example");
  EXPECT_EQ(message.from_tag(), "1928301774");
  EXPECT_EQ(message.to_uri(), "sip:bob@biloxi.example");
  EXPECT_EQ(message.to_tag(), "9fxced76sl");
  EXPECT_EQ(message.body(), "v=0\n");
  EXPECT_EQ(message.max_forwards(), 70U);
  EXPECT_EQ(message.expires(), 3600U);
  EXPECT_EQ(message.contact_uri(), "sip:alice@pc33.atlanta.example;transport=tcp");
  EXPECT_EQ(message.record_routes(), (std::vector<std::string>{"<sip:p2;lr>", "<sip:p1;lr>"}));
  EXPECT_EQ(message.routes(),
            (std::vector<std::string>{"<sip:r1;lr>", "\"a, b\" <sip:r2,r3;lr>;q=\"x,y\"", "<sip:r4;lr>"}));
}

TEST(Message, PrintsWhatWasNotChangedByteForByte) {
  EXPECT_EQ(parsed(invite).print(), invite);
}

TEST(Message, TellsWhatAResponseHolds) {
  const Message message =
      parsed("SIP/2.0 180 Ringing now\r\n"
             "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=192.0.2.7;rport=4711\r\n"
             "From: <sip:a@x>;tag=1\r\nTo: <sip:b@y>;tag=2\r\nCall-ID: c\r\nCSeq: 7 NOTIFY\r\n\r\n");
  EXPECT_FALSE(message.is_request());
  EXPECT_EQ(message.status(), 180);
  EXPECT_EQ(message.reason_phrase(), "Ringing now");
  EXPECT_EQ(message.method(), Method::notify);
  EXPECT_EQ(message.request_uri(), "");
  EXPECT_EQ(message.top_via().received, "192.0.2.7");
  EXPECT_EQ(message.top_via().rport, "4711");
}

TEST(Message, KnowsEveryMethod) {
  const std::pair<const char*, Method> all[] = {{"INVITE", Method::invite},   {"ACK", Method::ack},
                                                {"BYE", Method::bye},         {"CANCEL", Method::cancel},
                                                {"OPTIONS", Method::options}, {"REGISTER", Method::register_},
                                                {"MESSAGE", Method::message}, {"SUBSCRIBE", Method::subscribe},
                                                {"NOTIFY", Method::notify},   {"REFER", Method::refer},
                                                {"UPDATE", Method::update},   {"PRACK", Method::prack},
                                                {"INFO", Method::info},       {"PUBLISH", Method::publish},
                                                {"invite", Method::other},    {"X-YZ", Method::other}};
  for (const auto& [name, method] : all)
    EXPECT_EQ(parsed(request({}, name)).method(), method) << name;
}

TEST(Message, FindsHeadersByAnyFormOfTheirName) {
  const Message message = parsed(invite);
  EXPECT_EQ(message.header("Call-ID"), "a84b4c76e66710@pc33.atlanta.example");
  EXPECT_EQ(message.header("I"), "a84b4c76e66710@pc33.atlanta.example");
  EXPECT_EQ(message.header("x-odd"), "spaces before the colon");
  EXPECT_EQ(message.header("s"), "I know you're there, pick up the phone and talk") << "folds count as one space";
  EXPECT_EQ(message.header("Server"), std::nullopt);
}

TEST(Message, HasNoContactUriForAnAsterisk) {
  EXPECT_EQ(parsed(request("Contact: *\r\nExpires: 0\r\n", "REGISTER")).contact_uri(), "");
  EXPECT_EQ(parsed(request()).contact_uri(), "");
  EXPECT_EQ(parsed(request("Contact: sip:a@b;expires=5\r\n")).contact_uri(), "sip:a@b");
}

TEST(Message, AddsContentLengthWhereItIsMissing) {
  EXPECT_EQ(parsed(request("X: y\r\n") + "body").print(), request("X: y\r\nContent-Length: 4\r\n") + "body");
  EXPECT_EQ(parsed(request()).print(), request("Content-Length: 0\r\n"));
}

TEST(Message, SkipsLeadingLineBreaksAndCutsExcessBytes) {
  const std::string text = request("Content-Length: 2\r\n") + "ab";
  const Message message = parsed("\r\n\r\n\r\n" + text + "excess");
  EXPECT_EQ(message.body(), "ab");
  EXPECT_EQ(message.print(), text);
}

TEST(Message, CarriesAnyByteInTheBody) {
  const std::string body("\0\r\n\r\n\xff\n", 7);
  const std::string text = request("Content-Length: 7\r\n") + body;
  EXPECT_EQ(parsed(text).body(), body);
  EXPECT_EQ(parsed(text).print(), text);
}

TEST(Message, KeepsItsTextsWhenItMovesAndTheInputGoes) {
  std::string text = invite;
  Message first = parsed(text);
  const std::string_view tag = first.from_tag();
  const std::string_view host = first.top_via().host;
  text.assign(text.size(), 'x');
  const Message second = std::move(first);
  EXPECT_EQ(tag, "1928301774");
  EXPECT_EQ(host, "[2001:db8::9:1]");
  EXPECT_EQ(second.print(), invite);
}

TEST(Message, KeepsViewsOverEditsOfOtherFields) {
  Message message = parsed(invite);
  const std::string_view call_id = message.call_id();
  for (int i = 0; i < 100; ++i)
    message.push_record_route("<sip:a-rather-long-host-name-to-fill-the-blocks.example;lr;token=0123456789>");
  EXPECT_EQ(call_id, "a84b4c76e66710@pc33.atlanta.example");
}

TEST(Message, ClonesStandAlone) {
  std::optional<Message> first = parsed(invite);
  first->push_via("SIP/2.0/TCP mine;branch=z9hG4bKm");
  Message copy = first->clone();
  copy.pop_via();
  copy.set_request_uri("sip:other@host");
  EXPECT_EQ(first->top_via().host, "mine");
  EXPECT_EQ(first->request_uri(), "sip:bob@biloxi.example;user=phone");
  first.reset();
  EXPECT_EQ(copy.print(), replaced(invite, "sip:bob@biloxi.example;user=phone", "sip:other@host"));
  EXPECT_EQ(copy.cseq(), 314159U);
}

TEST(Message, ReasonPhrasesFallBackToTheirClass) {
  EXPECT_EQ(reason_of(180), "Ringing");
  EXPECT_EQ(reason_of(503), "Service Unavailable");
  EXPECT_EQ(reason_of(499), "Bad Request");
  EXPECT_EQ(reason_of(606), "Not Acceptable");
  EXPECT_EQ(reason_of(777), "Unknown");
}

} // namespace
} // namespace sipveil::sip
