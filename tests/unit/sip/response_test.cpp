#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

const std::string incoming = "INVITE sip:bob@biloxi.example SIP/2.0\r\n"
                             "v: SIP/2.0/TCP p;branch=z9hG4bKp,\r\n SIP/2.0/UDP a;branch=z9hG4bKa\r\n"
                             "Timestamp: 54\r\n"
                             "f: Alice <sip:alice@atlanta.example>;tag=1\r\n"
                             "TO:  Bob <sip:bob@biloxi.example> \r\n"
                             "Via: SIP/2.0/UDP z;branch=z9hG4bKz\r\n"
                             "i: call\r\n"
                             "CSeq:  9 INVITE\r\n"
                             "Route: <sip:r;lr>,<sip:q;lr>\r\n"
                             "Record-Route: <sip:p;lr>\r\n"
                             "Proxy-Authorization: Digest a=b\r\n"
                             "l: 3\r\n\r\nabc";

TEST(Response, CopiesWhatItMustByteForByte) {
  EXPECT_EQ(make_response(parsed(incoming), 404, "Not Found", "mytag", "Reason: SIP\r\nX: y\r\n"),
            "SIP/2.0 404 Not Found\r\n"
            "v: SIP/2.0/TCP p;branch=z9hG4bKp,\r\n SIP/2.0/UDP a;branch=z9hG4bKa\r\n"
            "f: Alice <sip:alice@atlanta.example>;tag=1\r\n"
            "TO:  Bob <sip:bob@biloxi.example>;tag=mytag\r\n"
            "Via: SIP/2.0/UDP z;branch=z9hG4bKz\r\n"
            "i: call\r\n"
            "CSeq:  9 INVITE\r\n"
            "Reason: SIP\r\nX: y\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(Response, TryingHasTheTimestampAndNoTag) {
  const std::string text = make_response(parsed(incoming), 100, "Trying", "mytag");
  EXPECT_NE(text.find("Timestamp: 54\r\n"), std::string::npos);
  EXPECT_EQ(text.find("mytag"), std::string::npos);
  EXPECT_EQ(parsed(text).status(), 100);
}

TEST(Response, KeepsATagThatIsThere) {
  const std::string text =
      make_response(parsed(replaced(incoming, "example> \r\n", "example>;tag=old\r\n")), 481, "Gone", "mytag");
  EXPECT_EQ(parsed(text).to_tag(), "old");
}

TEST(Response, TagOfABareAddressBelongsToTheHeader) {
  const std::string text =
      make_response(parsed(replaced(incoming, "Bob <sip:bob@biloxi.example> ", "sip:b@x")), 486, "Busy", "t");
  EXPECT_EQ(parsed(text).to_uri(), "sip:b@x");
  EXPECT_EQ(parsed(text).to_tag(), "t");
}

TEST(HopRequest, CancelIsOfTheInvitesTransaction) {
  EXPECT_EQ(make_cancel(parsed(incoming)), "CANCEL sip:bob@biloxi.example SIP/2.0\r\n"
                                           "Via: SIP/2.0/TCP p;branch=z9hG4bKp\r\n"
                                           "Max-Forwards: 70\r\n"
                                           "f: Alice <sip:alice@atlanta.example>;tag=1\r\n"
                                           "TO:  Bob <sip:bob@biloxi.example> \r\n"
                                           "i: call\r\n"
                                           "Route: <sip:r;lr>,<sip:q;lr>\r\n"
                                           "CSeq: 9 CANCEL\r\n"
                                           "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(parsed(make_cancel(parsed(incoming))).method(), Method::cancel);
}

TEST(HopRequest, AckHasTheToOfTheResponse) {
  const Message invite = parsed(incoming);
  const Message response = parsed(make_response(invite, 486, "Busy Here", "theirs"));
  const std::string text = make_ack(invite, response);
  EXPECT_EQ(text,
            replaced(replaced(replaced(make_cancel(invite), "CANCEL", "ACK"), "CANCEL", "ACK"),
                     "TO:  Bob <sip:bob@biloxi.example> \r\n", "TO:  Bob <sip:bob@biloxi.example>;tag=theirs\r\n"));
  EXPECT_EQ(parsed(text).method(), Method::ack);
}

// What is answered to requests that are not let in.

TEST(Refused, AnswerIsAResponseToTheRequest) {
  const Refusal refusal = refused(request("Max-Forwards: 999\r\n"));
  EXPECT_EQ(refusal.status, 400);
  const Message answer = parsed(refusal.answer);
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.call_id(), "a84b4c76e66710@pc33");
  EXPECT_EQ(answer.vias(), (std::vector<std::string>{"SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8"}));
  EXPECT_FALSE(answer.to_tag().empty());
  EXPECT_EQ(refusal.answer, refused(request("Max-Forwards: 999\r\n")).answer) << "the same for a retransmission";
}

TEST(Refused, NothingIsAnsweredToAckOrResponses) {
  EXPECT_EQ(refused(request("Max-Forwards: 999\r\n", "ACK")).answer, "");
  const std::string response = make_response(parsed(incoming), 200, "OK", "t");
  EXPECT_EQ(refused(replaced(response, "9 INVITE", "x INVITE")).answer, "");
  EXPECT_EQ(refused(replaced(response, "9 INVITE", "x INVITE")).status, 400);
}

TEST(Refused, NothingIsAnsweredIfItCannotBeAddressed) {
  const std::string bad = request("Max-Forwards: 999\r\n");
  for (const char* const line :
       {"Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8\r\n",
        "From: \"Alice\" <sip:alice@atlanta.example>;tag=1928301774\r\n", "To: <sip:bob@biloxi.example>\r\n",
        "Call-ID: a84b4c76e66710@pc33\r\n", "CSeq: 314159 INVITE\r\n"}) {
    EXPECT_EQ(refused(replaced(bad, line, "")).answer, "") << line;
    EXPECT_EQ(refused(replaced(bad, line, "")).status, 400) << line;
  }
  EXPECT_EQ(refused(replaced(bad, "192.0.2.1:5062", "192.0.2.1:x")).answer, "");
  EXPECT_EQ(refused(replaced(bad, "a84b4c76e66710@pc33", std::string("a\0b", 3))).answer, "");
  EXPECT_EQ(refused(replaced(bad, "a84b4c76e66710@pc33", "a\nVia: b")).answer, "");
}

TEST(Refused, AFaultElsewhereIsStillAnswered) {
  EXPECT_NE(refused(request("no header field\r\n")).answer, "");
  EXPECT_NE(refused(request("X: bare\nline end\r\n")).answer, "");
  EXPECT_NE(refused(request(std::string_view("X: a\0b\r\n", 8))).answer, "");
}

TEST(Refused, UnsupportedExtensionsAreListed) {
  const std::string lines = "Proxy-Require: foo,\r\n bar\r\nProxy-Require: baz\r\n";
  const Refusal refusal = refused(request(lines));
  EXPECT_EQ(refusal.status, 420);
  EXPECT_NE(refusal.answer.find("\r\nUnsupported: foo, bar\r\nUnsupported: baz\r\n"), std::string::npos)
      << refusal.answer;
  EXPECT_EQ(refused(request(lines, "ACK")).status, 0) << "section 8.2.2.3";
  EXPECT_EQ(refused(request(lines, "CANCEL")).status, 0);
}

TEST(Refused, TheReasonHoldsNothingOfTheMessage) {
  for (const std::string& text :
       {request("Max-Forwards: 999\r\n"), request("secret\r\n"), request({}, "INVITE", "secret:x"),
        request("CSeq: secret\r\n"), request("Proxy-Require: secret\r\n")}) {
    const Refusal refusal = refused(text);
    EXPECT_NE(refusal.status, 0);
    for (const char* const word : {"secret", "alice", "Alice", "bob", "a84b", "192.0"})
      EXPECT_EQ(refusal.reason.find(word), std::string::npos) << refusal.reason;
  }
}

} // namespace
} // namespace sipveil::sip
