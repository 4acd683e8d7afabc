// The whole table over whole messages.
#include "bridge/policy/table.h"
#include "tests/unit/policy/policy_sample.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sipveil::policy {
namespace {

const std::string sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n";

TEST(Apply, AnInviteOfAPhone) {
  const std::string lines =
      "Max-Forwards: 70\r\nContact: <sip:alice@127.0.0.1:5062>\r\nAllow: ACK,INVITE\r\n"
      "k: replaces,norefersub,100rel\r\nUser-Agent: Softphone/1.10.2\r\nx: 1800 ; refresher=uac\r\n";
  EXPECT_EQ(passed(with_body(lines, "")),
            with_body("Max-Forwards: 70\r\nContact: <sip:alice@127.0.0.1:5062>\r\nAllow: INVITE, ACK\r\n"
                      "k: 100rel, norefersub, replaces\r\nx: 1800;refresher=uac\r\n",
                      ""));
}

TEST(Apply, WhatIsFitStaysByteForByte) {
  const std::string text = with_body("Allow: INVITE, ACK\r\nExpires:\t60\r\nsupported:  timer\r\nPriority: urgent\r\n"
                                     "Content-Type: text/plain;charset=utf-8\r\n",
                                     "hello");
  EXPECT_EQ(passed(text), text);
}

TEST(Apply, FoldedValuesAreReadAsOneLine) {
  EXPECT_EQ(passed(with_body("Allow:\r\n INVITE,\r\n\tACK\r\nSubject: a\r\n b\r\n", "")),
            with_body("Allow: INVITE, ACK\r\n", ""));
}

TEST(Apply, EachLineOfAListIsReadAlone) {
  EXPECT_EQ(passed(with_body("Supported: timer\r\nSupported: canary\r\nSupported: join\r\n", "")),
            with_body("Supported: timer\r\nSupported: join\r\n", ""));
}

TEST(Apply, WhatIsUnknownIsDroppedWhereverItStands) {
  std::string text = sip::replaced(with_body("X-Last: 3\r\n", ""), "Via:", "X-First: 1\r\nx-first:\r\nVia:");
  text = sip::replaced(text, "CSeq:", "X-Middle:\r\n 2\r\nX-Empty:\r\nCSeq:");
  EXPECT_EQ(passed(text), with_body("", ""));
}

TEST(Apply, RequestsThatWouldChangeTheirMeaningAreRefused) {
  struct Case {
    const char* lines;
    int status;
  };
  for (const Case& one :
       {Case{"Require: timer, x-canary\r\n", 420}, Case{"Event: check-sync\r\n", 489}, Case{"o: x\r\n", 489},
        Case{"Replaces: a b;to-tag=1\r\n", 400}, Case{"Join: ,\r\n", 400}, Case{"RAck: 1\r\n", 400},
        Case{"Subscription-State: x\r\n", 400}, Case{"Info-Package: x\r\n", 469}}) {
    for (const Direction direction : {Direction::outward, Direction::inward})
      EXPECT_EQ(refusal_of(with_body(one.lines, ""), context_of(direction)), one.status) << one.lines;
    // Nothing can be answered to these: they lose the header.
    EXPECT_EQ(passed(with_body(one.lines, "", "ACK")), with_body("", "", "ACK")) << one.lines;
    EXPECT_EQ(passed(with_body(one.lines, "", "CANCEL")), with_body("", "", "CANCEL")) << one.lines;
    EXPECT_EQ(passed(answer_with_body(one.lines, "")), answer_with_body("", "")) << one.lines;
  }
  sip::Message message = sip::parsed(with_body("Require: x\r\n", ""));
  const auto refusal = apply(message, context_of());
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, "Bad Extension");
}

TEST(Apply, ABodyThatMayNotPassIsRefusedOrLost) {
  struct Case {
    const char* lines;
    const char* body;
    int status;
  };
  for (const Case& one :
       {Case{"Content-Type: text/html\r\n", "<img src=x>", 415}, Case{"", "x", 415},
        Case{"Content-Type: application/sdp\r\n", "x", 488}, Case{"c: text/plain\r\ne: gzip\r\n", "x", 415},
        Case{"c: text/plain\r\ne: identity\r\ne: gzip\r\n", "x", 415},
        Case{"c: text/plain\r\ne: gzip\r\ne: identity\r\n", "x", 415}}) {
    const std::string lines = std::string(one.lines) + "Content-Disposition: session\r\n";
    for (const Direction direction : {Direction::outward, Direction::inward})
      EXPECT_EQ(refusal_of(with_body(lines, one.body), context_of(direction)), one.status) << lines;
    EXPECT_EQ(passed(answer_with_body(lines, one.body)), answer_with_body("", "")) << lines;
    EXPECT_EQ(passed(with_body(lines, one.body, "ACK")), with_body("", "", "ACK")) << lines;
  }
}

TEST(Apply, WithoutABodyNothingDescribesOne) {
  EXPECT_EQ(passed(with_body(
                "Content-Type: x/canary;y=canary\r\nContent-Disposition: session\r\nContent-Encoding: canary\r\n", "")),
            with_body("", ""));
}

TEST(Apply, ABodysHeadersFollowIt) {
  const std::string body = "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "\r\n--b--\r\n";
  const std::string made =
      passed(with_body("c:\r\n multipart/mixed;boundary=b\r\nMIME-Version: 1.0\r\nContent-Disposition: "
                       "session;handling=required\r\ne: identity\r\n",
                       body));
  const sip::Message message = sip::parsed(made);
  EXPECT_EQ(message.header("Content-Type"), "application/sdp");
  EXPECT_EQ(message.header("Content-Disposition"), "session;handling=required");
  EXPECT_EQ(message.header("Content-Encoding"), std::nullopt);
  EXPECT_EQ(message.header("MIME-Version"), std::nullopt);
  EXPECT_EQ(message.header("Content-Length"), std::to_string(message.body().size()));
  EXPECT_TRUE(message.body().starts_with("v=0\r\no=- "));
}

TEST(Apply, KeysPassInAnswersToOptions) {
  const std::string pem = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n";
  const std::string lines = "Content-Type: application/vnd.sipveil.keys\r\n";
  EXPECT_EQ(passed(answer_with_body(lines, pem, "OPTIONS")), answer_with_body(lines, pem, "OPTIONS"));
  EXPECT_EQ(passed(answer_with_body(lines, pem, "INVITE")), answer_with_body("", "", "INVITE"));
  EXPECT_EQ(refusal_of(with_body(lines, pem, "OPTIONS")), 415);
  const std::string asks = "Accept: application/vnd.sipveil.keys\r\n";
  EXPECT_EQ(passed(with_body(asks, "", "OPTIONS")), with_body(asks, "", "OPTIONS"));
}

TEST(Apply, UnknownMethodsPassAndTheTableHoldsForThem) {
  EXPECT_EQ(passed(with_body("Subject: canary\r\n", "", "NEWMETHOD")), with_body("", "", "NEWMETHOD"));
  EXPECT_EQ(refusal_of(with_body("Content-Type: a/b\r\n", "x", "NEWMETHOD")), 415);
}

TEST(Apply, TwiceIsOnce) {
  Context context = context_of();
  context.translate = [](std::string_view text) { return std::string(text); };
  const std::string lines =
      "Allow: ACK,INVITE,FOO\r\nk: timer,x\r\nEvent: refer;id=x\r\nReplaces: a@b ; from-tag=1;to-tag=2\r\nReason: "
      "SIP;cause=200;text=\"x\"\r\nRetry-After: 5 (x)\r\nAccept: application/sdp;level=1, a/b\r\nSession-Expires: "
      "90;x\r\n"
      "WWW-Authenticate: Digest nonce=\"n\",realm=\"r\",domain=\"d\"\r\nPrivacy: user;id\r\nX: y\r\nSubject: s\r\n"
      "Subscription-State: active;reason=x;expires=4\r\nContent-Type: text/plain;charset=\"utf-8\";x=y\r\n";
  const std::string once = passed(with_body(lines, "hello"), context);
  EXPECT_EQ(passed(once, context), once);
  const std::string answered = passed(answer_with_body(lines, "hello"), context);
  EXPECT_EQ(passed(answered, context), answered);
}

TEST(Apply, TortureMessagesComeOutWithListedHeadersOnly) {
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SIPVEIL_TEST_DATA "/rfc4475")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    auto parsed = sip::Message::parse(bytes);
    auto* const message = std::get_if<sip::Message>(&parsed);
    if (message == nullptr) continue;
    ++seen;
    if (apply(*message, context_of())) continue;
    const std::string printed = message->print();
    EXPECT_EQ(sip::parsed(printed).print(), printed) << entry.path();
    for (std::size_t i = 0; i < message->header_count(); ++i) {
      const HeaderRow* const row = find_header(message->header_at(i).name);
      ASSERT_NE(row, nullptr) << entry.path() << " " << message->header_at(i).name;
      EXPECT_TRUE(row->action != Action::drop && row->action != Action::refuse) << row->name;
    }
  }
  EXPECT_GT(seen, 12U);
}

} // namespace
} // namespace sipveil::policy
