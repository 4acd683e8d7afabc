#include "bridge/policy/bodies.h"
#include "bridge/policy/body_values.h"
#include "tests/unit/policy/policy_sample.h"

namespace sipveil::policy {
namespace {

const std::string sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=canary\r\n";

BodyOutput filtered(std::string_view type, std::string_view body, bool options_answer = false,
                    std::string_view encoding = {}) {
  return filter_body(
      {.content_type = type, .content_encoding = encoding, .body = body, .options_answer = options_answer},
      context_of());
}

TEST(Bodies, TypesThatPassAndTheOthers) {
  EXPECT_EQ(filtered("application/sdp", sdp).status, 0);
  EXPECT_EQ(filtered("Application/SDP;x=canary", sdp).content_type, "application/sdp");
  EXPECT_EQ(filtered(R"(text/plain ; CharSet="UTF-8" ; x=y)", "hello").content_type, "text/plain;charset=UTF-8");
  EXPECT_EQ(filtered("text/plain;charset=utf-8", "h\xc3\xa4llo\n").body, "h\xc3\xa4llo\n");
  for (const char* const type : {"", "application", "text/html", "message/cpim", "message/imdn+xml",
                                 "message/external-body", "application/pidf+xml", "application/dialog-info+xml",
                                 "application/reginfo+xml", "application/im-iscomposing+xml", "application/pkcs7-mime",
                                 "application/pkcs7-signature", "multipart/signed;boundary=b",
                                 "multipart/encrypted;boundary=b", "image/png", "application/sdp;charset=x;charset=y",
                                 R"(text/plain;charset="a b")", "text/plain;charset=x12345678901234567890"})
    EXPECT_EQ(filtered(type, "--b\r\n\r\nx\r\n--b--").status, 415) << type;
  EXPECT_EQ(filtered("application/sdp", "hello").status, 488);
}

TEST(Bodies, EncodedOnesDoNotPass) {
  EXPECT_EQ(filtered("text/plain", "x", false, "gzip").status, 415);
  EXPECT_EQ(filtered("text/plain", "x", false, "identity, gzip").status, 415);
  EXPECT_EQ(filtered("text/plain", "x", false, "Identity").status, 0);
}

TEST(Bodies, KeysPassInAnswersToOptionsOnly) {
  const std::string pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA+/=\n-----END PUBLIC KEY-----\n";
  EXPECT_EQ(filtered("application/vnd.sipveil.keys", pem, true).body, pem);
  EXPECT_EQ(filtered("application/vnd.sipveil.keys", pem, false).status, 415);
  EXPECT_EQ(filtered("application/vnd.sipveil.keys", "hello", true).status, 415);
  EXPECT_EQ(filtered("application/vnd.sipveil.keys", pem + "<a@b>", true).status, 415);
}

TEST(Bodies, ASipfragIsReducedToItsStatus) {
  const auto made = [](std::string_view body) { return made_by(status_line, body); };
  EXPECT_EQ(made("SIP/2.0 486 Canary is away\r\nContact: <sip:canary@x>\r\n"), "SIP/2.0 486 Busy Here\r\n");
  EXPECT_EQ(made("sip/2.0 100"), "SIP/2.0 100 Trying\r\n");
  EXPECT_EQ(made("SIP/2.0 200 OK;canary\r\n"), "SIP/2.0 200 OK\r\n");
  for (const char* const body :
       {"", "SIP/2.0", "SIP/2.0 ", "SIP/2.0 20", "SIP/2.0 2000 OK", "SIP/2.0 099 x", "SIP/2.0 700 x", "SIP/2.0 2x0 OK",
        "INVITE sip:canary@x SIP/2.0\r\n", "SIP/3.0 200 OK\r\n"})
    EXPECT_EQ(made(body), std::nullopt) << body;
}

TEST(Bodies, DigitsAreDigits) {
  EXPECT_EQ(made_by(dtmf_relay, "Signal= 5\r\nDuration= 160\r\ncanary=1\r\n"), "Signal=5\r\nDuration=160\r\n");
  EXPECT_EQ(made_by(dtmf_relay, "Signal=#"), "Signal=#\r\n");
  EXPECT_EQ(made_by(dtmf_relay, "Signal=canary\r\nDuration=1"), std::nullopt);
  EXPECT_EQ(made_by(dtmf_relay, "Signal=1\r\nDuration=canary"), std::nullopt);
  EXPECT_EQ(made_by(dtmf_relay, "Duration=1"), std::nullopt);
  EXPECT_EQ(made_by(dtmf_relay, ""), std::nullopt);
  EXPECT_EQ(made_by(dtmf, "7\r\n"), "7");
  EXPECT_EQ(made_by(dtmf, "77"), std::nullopt);
  EXPECT_EQ(made_by(dtmf, "E"), std::nullopt);
}

TEST(Bodies, AMessageSummaryIsCounts) {
  EXPECT_EQ(made_by(message_summary, "Messages-Waiting: YES\r\nMessage-Account: sip:canary@x\r\n"
                                     "voice-message: 2/8 (0/2)\r\nFax-Message: canary\r\nX-Canary: 1\r\n\r\n"
                                     "To: <sip:canary@x>\r\nVoice-Message: 9/9\r\n"),
            "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n");
  EXPECT_EQ(made_by(message_summary, "Messages-Waiting: no"), "Messages-Waiting: no\r\n");
  EXPECT_EQ(made_by(message_summary, "Messages-Waiting: canary"), std::nullopt);
  EXPECT_EQ(made_by(message_summary, "Voice-Message: 1/1"), std::nullopt);
}

std::string multipart(std::initializer_list<std::string_view> parts) {
  std::string body = "canary\r\n";
  for (const std::string_view part : parts)
    body.append("--b\r\n").append(part).append("\r\n");
  return body + "--b--\r\ncanary";
}

TEST(Bodies, AMultipartIsReducedToItsOneDescription) {
  const std::string sdp_part = "Content-Type: application/sdp;x=canary\r\nContent-ID: <canary@x>\r\n\r\n" + sdp;
  for (const char* const type : {"multipart/mixed;boundary=b", R"(Multipart/Alternative;boundary="b")",
                                 "multipart/related;boundary=b;type=canary"}) {
    const BodyOutput output = filtered(type, multipart({"Content-Type: application/isup\r\n\r\ncanary", sdp_part,
                                                        "\r\ncanary", "A: b\r\n\r\ncanary"}));
    EXPECT_EQ(output.status, 0) << type;
    EXPECT_EQ(output.content_type, "application/sdp");
    EXPECT_TRUE(output.body.starts_with("v=0\r\no=- ")) << output.body;
    EXPECT_EQ(output.body.find("canary"), std::string::npos) << output.body;
  }
  const BodyOutput text =
      filtered("multipart/mixed;boundary=b", multipart({"\r\nhello", "Content-Type: a/b\r\n\r\ncanary"}));
  EXPECT_EQ(text.content_type, "text/plain");
  EXPECT_EQ(text.body, "hello");
}

TEST(Bodies, AMultipartThatLeavesAChoiceOrNothingDoesNotPass) {
  const std::string sdp_part = "Content-Type: application/sdp\r\n\r\n" + sdp;
  const auto status = [](std::initializer_list<std::string_view> parts) {
    return filtered("multipart/mixed;boundary=b", multipart(parts)).status;
  };
  EXPECT_EQ(status({sdp_part, sdp_part}), 415);
  EXPECT_EQ(status({"Content-Type: a/b\r\n\r\nx"}), 415);
  EXPECT_EQ(status({"Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\nx"}), 415);
  EXPECT_EQ(status({"Content-Type: application/sdp\r\n\r\nhello"}), 488);
  EXPECT_EQ(status({"Content-Type: application/sdp\r\n\r\n"}), 415);
  EXPECT_EQ(status({"Content-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n" + sdp_part + "\r\n--c--"}), 415);
  EXPECT_EQ(filtered("multipart/mixed", multipart({sdp_part})).status, 415);
  EXPECT_EQ(filtered("multipart/mixed;boundary=c", multipart({sdp_part})).status, 415);
}

} // namespace
} // namespace sipveil::policy
