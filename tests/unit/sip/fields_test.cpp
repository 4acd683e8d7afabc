// The header-wise edits of a Message: what the steps of the way out and in are written with.
#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

const std::string tail = "Content-Length: 0\r\n";

std::string response(std::string_view lines = {}, std::string_view to = "<sip:bob@biloxi.example>;tag=b1") {
  return "SIP/2.0 200 Fine with me\r\n"
         "Via: SIP/2.0/TCP hop.invalid;branch=z9hG4bKhop\r\n"
         "From: <sip:token1@anonymous.invalid>;tag=wire-a\r\n"
         "To: " +
         std::string(to) +
         "\r\n"
         "Call-ID: wire-call\r\n"
         "CSeq: 314159 INVITE\r\n" +
         std::string(lines) + "\r\n";
}

std::vector<std::string> names(const Message& message) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < message.header_count(); ++i)
    found.emplace_back(message.header_at(i).name);
  return found;
}

std::size_t place_of(const Message& message, std::string_view name) {
  for (std::size_t i = 0; i < message.header_count(); ++i)
    if (message.header_at(i).name == name) return i;
  throw std::runtime_error("no such header");
}

// What an edited message prints must be let in, and print the same again.
void expect_stable(const Message& message) {
  const std::string printed = message.print();
  EXPECT_EQ(parsed(printed).print(), printed);
}

TEST(Fields, AreSeenOneByOneInOrder) {
  const Message message = parsed(request("k:  a,\r\n b \r\nX-Odd :y\r\nEmpty:\r\nS: compact\r\n" + tail));
  EXPECT_EQ(names(message), (std::vector<std::string>{"Via", "From", "To", "Call-ID", "CSeq", "Supported", "X-Odd",
                                                      "Empty", "Subject", "Content-Length"}));
  EXPECT_EQ(message.header_at(5).value, "a,\r\n b");
  EXPECT_EQ(message.header_at(6).value, "y");
  EXPECT_EQ(message.header_at(7).value, "");
}

TEST(Fields, OfOneAreReplacedAndTheOthersKept) {
  Message message = parsed(request("k:\r\n a,\r\n b\r\nX-Odd :y\r\n" + tail));
  message.set_header_at(5, "c");
  EXPECT_EQ(message.header_at(5).name, "Supported");
  EXPECT_EQ(message.header_at(5).value, "c");
  EXPECT_EQ(message.print(), request("k: c\r\nX-Odd :y\r\n" + tail));
  expect_stable(message);
}

TEST(Fields, BecomeEmptyWithoutABlankContinuationLine) {
  for (const char* const lines : {"Q: y\r\n", "Q:\r\n y\r\n", "Q:\r\n\ty\r\n z\r\n", "Q:\r\n", "Q :  \r\n"}) {
    Message message = parsed(request(lines + tail));
    message.set_header_at(5, "");
    EXPECT_EQ(message.header_at(5).name, "Q");
    EXPECT_EQ(message.header_at(5).value, "");
    expect_stable(message);
    message.set_header_at(5, "back");
    EXPECT_EQ(message.header("Q"), "back");
    expect_stable(message);
  }
}

TEST(Fields, ReplacedPartiesAreReadAgain) {
  Message message = parsed(request(tail));
  message.set_header_at(place_of(message, "From"), "<sip:other@x>;tag=2");
  message.set_header_at(place_of(message, "Call-ID"), "new");
  message.set_header_at(place_of(message, "Via"), "SIP/2.0/TCP two;branch=z9hG4bK2, SIP/2.0/UDP one");
  EXPECT_EQ(message.from_uri(), "sip:other@x");
  EXPECT_EQ(message.from_tag(), "2");
  EXPECT_EQ(message.call_id(), "new");
  EXPECT_EQ(message.top_via().host, "two");
  EXPECT_EQ(message.via_count(), 2U);
  expect_stable(message);
}

TEST(Fields, AreKeptByChoiceButNotTheFiveThatMakeAMessage) {
  Message message = parsed(request("P: 1\r\nQ: 2\r\nP: 3\r\nm: <sip:c@d>\r\n" + tail));
  std::vector<std::string> asked;
  message.keep_headers([&asked](const HeaderView& header) {
    asked.emplace_back(header.name);
    return header.value == "3" || header.name == "Contact";
  });
  EXPECT_EQ(asked, (std::vector<std::string>{"P", "Q", "P", "Contact", "Content-Length"}));
  EXPECT_EQ(message.print(), request("P: 3\r\nm: <sip:c@d>\r\nContent-Length: 0\r\n"));
  message.keep_headers([](const HeaderView&) { return false; });
  EXPECT_EQ(message.print(), request("Content-Length: 0\r\n"));
  EXPECT_EQ(message.from_tag(), "1928301774");
  EXPECT_EQ(message.via_count(), 1U);
}

TEST(Fields, OfPartiesAreWholeValues) {
  Message message = parsed(request(tail));
  EXPECT_EQ(message.from(), "\"Alice\" <sip:alice@atlanta.example>;tag=1928301774");
  EXPECT_EQ(message.to(), "<sip:bob@biloxi.example>");
  message.set_from("<sip:t1@anonymous.invalid>;tag=x");
  message.set_to("<sip:t2@biloxi.example>;tag=y");
  message.set_call_id("alias");
  EXPECT_EQ(message.from_uri(), "sip:t1@anonymous.invalid");
  EXPECT_EQ(message.from_tag(), "x");
  EXPECT_EQ(message.to_uri(), "sip:t2@biloxi.example");
  EXPECT_EQ(message.to_tag(), "y");
  EXPECT_EQ(message.call_id(), "alias");
  EXPECT_EQ(message.top_via().host, "192.0.2.1") << "the Vias stay as they were read";
  EXPECT_EQ(message.cseq(), 314159U);
  EXPECT_EQ(message.method(), Method::invite);
  expect_stable(message);
  EXPECT_EQ(message.print().find("Alice"), std::string::npos);
  EXPECT_EQ(message.print().find("a84b4c76e66710"), std::string::npos);
}

TEST(Fields, CompactAndFoldedPartiesAreReplacedInTheirPlace) {
  std::string text = replaced(request(tail), "From: \"Alice\" ", "f:\r\n \"Alice\"\r\n ");
  text = replaced(text, "Call-ID:", "i:");
  Message message = parsed(text);
  message.set_from("<sip:t@x>;tag=1");
  message.set_call_id("c");
  EXPECT_EQ(message.print().find("Alice"), std::string::npos);
  EXPECT_NE(message.print().find("\r\nf: <sip:t@x>;tag=1\r\nTo:"), std::string::npos) << message.print();
  EXPECT_NE(message.print().find("\r\ni: c\r\n"), std::string::npos);
  expect_stable(message);
}

TEST(Fields, NoValueCanStartALineOfItsOwn) {
  Message message = parsed(request("X: y\r\n" + tail));
  message.set_from("<sip:a@b>;tag=1\r\nEvil: 1");
  message.set_to("<sip:a@b>\nEvil: 1");
  message.set_call_id("c\r\n\r\nEvil: 1");
  message.set_header_at(5, std::string("v\r\nEvil: 1\0", 11));
  message.set_content_type("a/b\r\nEvil: 1");
  message.set_routes({"<sip:a>\r\nEvil: 1"});
  message.set_record_routes({"<sip:a>\r\nEvil: 1"});
  const std::string text = message.print();
  EXPECT_EQ(text.find("\nEvil"), std::string::npos) << text;
  EXPECT_EQ(text.find('\0'), std::string::npos);
  Message answer = parsed(response(tail));
  answer.set_reason_phrase("OK\r\nEvil: 1");
  EXPECT_EQ(answer.print().find("\nEvil"), std::string::npos);
  expect_stable(answer);
}

TEST(Fields, TheReasonPhraseIsReplacedInResponsesOnly) {
  Message message = parsed(response(tail));
  EXPECT_EQ(message.reason_phrase(), "Fine with me");
  message.set_reason_phrase("OK");
  EXPECT_EQ(message.reason_phrase(), "OK");
  EXPECT_EQ(message.status(), 200);
  EXPECT_EQ(message.print(), replaced(response(tail), "Fine with me", "OK"));
  message.set_reason_phrase("");
  EXPECT_TRUE(message.print().starts_with("SIP/2.0 200 \r\n"));
  expect_stable(message);
  EXPECT_EQ(message.method(), Method::invite);

  Message other = parsed(request(tail));
  other.set_reason_phrase("OK");
  EXPECT_EQ(other.print(), request(tail));
}

TEST(Fields, TheBodyIsReplacedWithItsLength) {
  Message message = parsed(request("Content-Type: a/b\r\nl: 3\r\nX: y\r\n") + "abc");
  message.set_body("longer");
  EXPECT_EQ(message.body(), "longer");
  EXPECT_EQ(message.print(), request("Content-Type: a/b\r\nX: y\r\nContent-Length: 6\r\n") + "longer");
  expect_stable(message);
  message.set_body("");
  EXPECT_EQ(message.body(), "");
  EXPECT_EQ(message.print(), request("X: y\r\nContent-Length: 0\r\n"));
  expect_stable(message);
}

TEST(Fields, ABodyMayBeSetToWhatItsMessageHolds) {
  Message message = parsed(request("Content-Type: a/b\r\nContent-Length: 6\r\n") + "abcdef");
  message.set_body(message.body().substr(2, 3)); // a view into what is replaced
  EXPECT_EQ(message.body(), "cde");
  message.set_header_at(0, message.header_at(0).value);
  message.set_from(message.to());
  EXPECT_EQ(message.from_uri(), "sip:bob@biloxi.example");
  EXPECT_EQ(message.top_via().branch, "z9hG4bKnashds8");
}

TEST(Fields, TheContentTypeIsReplacedOrAdded) {
  Message message = parsed(request("c:\r\n a/b;x=y\r\nl: 3\r\n") + "abc");
  message.set_content_type("text/plain");
  EXPECT_EQ(message.print(), request("c: text/plain\r\nl: 3\r\n") + "abc");
  Message without = parsed(request(tail));
  without.set_body("abc");
  without.set_content_type("text/plain");
  EXPECT_EQ(without.header("Content-Type"), "text/plain");
  expect_stable(without);
}

TEST(Fields, AnAnswerHeadHoldsWhatAnAnswerMustHave) {
  const Message message = parsed(request("Via: SIP/2.0/UDP two\r\nTimestamp: 5\r\nSubject: s\r\nl: 3\r\n") + "abc");
  const std::string head = message.answer_head();
  EXPECT_EQ(head, request("Via: SIP/2.0/UDP two\r\nTimestamp: 5\r\n"));
  EXPECT_EQ(make_response(parsed(head), 100, "Trying", {}), make_response(message, 100, "Trying", {}));
  EXPECT_EQ(make_response(parsed(head), 486, "Busy Here", "t"), make_response(message, 486, "Busy Here", "t"));
}

TEST(Fields, AnAnswerHeadShowsTheEditsBeforeIt) {
  Message message = parsed(request(tail));
  message.set_from("<sip:x@y>;tag=9");
  message.push_via("SIP/2.0/TCP mine;branch=z9hG4bKm");
  const Message head = parsed(message.answer_head());
  EXPECT_EQ(head.from_uri(), "sip:x@y");
  EXPECT_EQ(head.via_count(), 2U);
}

TEST(Fields, AnAnswerAdoptsTheHeadOfItsRequest) {
  const Message asked = parsed(request("Via: SIP/2.0/UDP two;branch=z9hG4bK2\r\nTimestamp: 5\r\n" + tail));
  Message answer = parsed(response("Contact: <sip:b@c>\r\n" + tail));
  answer.adopt_answer_head(asked.answer_head(), "b-inner");
  EXPECT_EQ(answer.print(), "SIP/2.0 200 Fine with me\r\n"
                            "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8\r\n"
                            "From: \"Alice\" <sip:alice@atlanta.example>;tag=1928301774\r\n"
                            "To: <sip:bob@biloxi.example>;tag=b-inner\r\n"
                            "Call-ID: a84b4c76e66710@pc33\r\n"
                            "Via: SIP/2.0/UDP two;branch=z9hG4bK2\r\n"
                            "CSeq: 314159 INVITE\r\n"
                            "Contact: <sip:b@c>\r\n" +
                                tail + "\r\n");
  EXPECT_EQ(answer.to_tag(), "b-inner");
  EXPECT_EQ(answer.from_tag(), "1928301774");
  EXPECT_EQ(answer.via_count(), 2U);
  EXPECT_EQ(answer.top_via().host, "192.0.2.1");
  EXPECT_EQ(answer.call_id(), "a84b4c76e66710@pc33");
  expect_stable(answer);
}

TEST(Fields, AnAnswerAdoptsNoSecondToTag) {
  const std::string in_dialog = replaced(request(tail), "biloxi.example>\r\n", "biloxi.example>;tag=first\r\n");
  Message answer = parsed(response(tail));
  answer.adopt_answer_head(parsed(in_dialog).answer_head(), "second");
  EXPECT_EQ(answer.to_tag(), "first");
  EXPECT_EQ(answer.print().find("second"), std::string::npos);

  Message untagged = parsed(response(tail, "<sip:bob@biloxi.example>"));
  untagged.adopt_answer_head(parsed(request(tail)).answer_head(), {});
  EXPECT_EQ(untagged.to_tag(), "");
  expect_stable(untagged);
}

TEST(Fields, AnAnswersToTagIsAddedToAnAddressWithoutBrackets) {
  const std::string bare =
      replaced(request(tail), "To: <sip:bob@biloxi.example>", "To:\r\n sip:bob@biloxi.example ; x=y");
  Message answer = parsed(response(tail));
  answer.adopt_answer_head(parsed(bare).answer_head(), "t");
  EXPECT_EQ(answer.to_uri(), "sip:bob@biloxi.example");
  EXPECT_EQ(answer.to_tag(), "t");
  expect_stable(answer);
}

TEST(Fields, ViasAreDroppedAllAtOnce) {
  Message message =
      parsed(request("Via: SIP/2.0/UDP two, SIP/2.0/UDP three\r\nX: y\r\nv: SIP/2.0/UDP four\r\n" + tail));
  EXPECT_EQ(message.via_count(), 4U);
  message.drop_vias();
  EXPECT_EQ(message.via_count(), 0U);
  EXPECT_EQ(message.top_via().host, "");
  EXPECT_TRUE(message.vias().empty());
  message.push_via("SIP/2.0/TCP mine;branch=z9hG4bKm");
  EXPECT_EQ(message.via_count(), 1U);
  EXPECT_EQ(message.top_via().host, "mine");
  EXPECT_TRUE(message.print().starts_with("INVITE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/TCP mine"));
  expect_stable(message);
}

TEST(Fields, RoutesAreReplacedAllAtOnce) {
  Message message = parsed(
      request("Route: <sip:a;lr>, <sip:b;lr>\r\nX: y\r\nRecord-Route: <sip:c;lr>\r\nroute: <sip:d;lr>\r\n" + tail));
  const std::vector<std::string> routes{"<sip:1;lr>", "<sip:2;lr>", "<sip:3;lr>"};
  const std::vector<std::string> recorded{"<sip:4;lr>", "<sip:5;lr>"};
  message.set_routes(routes);
  EXPECT_EQ(message.routes(), routes);
  EXPECT_EQ(message.record_routes(), std::vector<std::string>{"<sip:c;lr>"});
  message.set_record_routes(recorded);
  EXPECT_EQ(message.record_routes(), recorded);
  EXPECT_EQ(message.routes(), routes);
  expect_stable(message);
  message.set_routes({});
  message.set_record_routes({});
  EXPECT_EQ(message.print(), request("X: y\r\n" + tail));
}

TEST(Fields, OfACloneAreItsOwn) {
  Message message = parsed(request("X: y\r\n" + tail));
  message.set_from("<sip:x@y>;tag=9");
  Message copy = message.clone();
  message.set_header_at(5, "z");
  message.set_call_id("other");
  EXPECT_EQ(copy.header("X"), "y");
  EXPECT_EQ(copy.call_id(), "a84b4c76e66710@pc33");
  EXPECT_EQ(copy.from_uri(), "sip:x@y");
}

} // namespace
} // namespace sipveil::sip
