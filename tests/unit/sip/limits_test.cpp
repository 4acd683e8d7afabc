// Bounds at their exact value and one beyond, and what is refused because it can be read in two ways.
#include "tests/unit/sip/sample.h"

namespace sipveil::sip {
namespace {

// A request of exactly `size` bytes, filled up in the body.
std::string sized(std::size_t size) {
  std::string text = request("Content-Length: 00000\r\n");
  const std::string length = std::to_string(size - text.size());
  text = replaced(text, "00000", std::string(5 - length.size(), '0') + length);
  return text.append(size - text.size(), 'x');
}

TEST(Limits, OfTheMessage) {
  EXPECT_EQ(parsed(sized(max_message_bytes)).print().size(), max_message_bytes);
  const Refusal refusal = refused(sized(max_message_bytes + 1));
  EXPECT_EQ(refusal.status, 513);
  EXPECT_NE(refusal.answer, "");
  EXPECT_EQ(refused(std::string(max_message_bytes + 1, 'x')).status, 513);
  EXPECT_EQ(refused(std::string(max_message_bytes + 1, 'x')).answer, "");
  EXPECT_EQ(refused(request("X: " + std::string(max_message_bytes, 'x') + "\r\n")).status, 513);
}

TEST(Limits, OfHeaderFields) {
  const auto lines = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += "X: y\r\n";
    return text;
  };
  const std::size_t mandatory = 5;
  EXPECT_EQ(refused(request(lines(max_headers - mandatory))).status, 0);
  EXPECT_EQ(refused(request(lines(max_headers - mandatory + 1))).status, 400);
}

TEST(Limits, OfListMembers) {
  const auto list = [](std::size_t count) {
    std::string text = "Route: <sip:a>";
    for (std::size_t i = 1; i < count; ++i)
      text += ",<sip:a>";
    return text + "\r\n";
  };
  EXPECT_EQ(parsed(request(list(max_headers - 5))).routes().size(), max_headers - 5);
  EXPECT_EQ(refused(request(list(max_headers - 5 + 1))).status, 400);
  EXPECT_EQ(refused(request("Subject: \"" + std::string(1000, ',') + "\"\r\n")).status, 0)
      << "quoted commas part nothing";
}

TEST(Limits, OfNumbers) {
  const auto status = [](std::string_view from, std::string_view to) {
    return refused(replaced(request("Max-Forwards: 70\r\nContent-Length: 0\r\n"), from, to)).status;
  };
  EXPECT_EQ(status("Forwards: 70", "Forwards: 255"), 0);
  EXPECT_EQ(status("Forwards: 70", "Forwards: 256"), 400);
  EXPECT_EQ(status("Forwards: 70", "Forwards: 4294967366"), 400);
  EXPECT_EQ(status("Forwards: 70", "Forwards: -1"), 400);
  EXPECT_EQ(status("Forwards: 70", "Forwards:"), 400);
  EXPECT_EQ(status("314159", "2147483647"), 0);
  EXPECT_EQ(status("314159", "2147483648"), 400);
  EXPECT_EQ(status("314159", "-1"), 400);
  EXPECT_EQ(status("314159", "36893488147419103232"), 400);
  EXPECT_EQ(status("Length: 0", "Length: -999"), 400);
  EXPECT_EQ(status("Length: 0", "Length: 1"), 400);
  EXPECT_EQ(status("Length: 0", "Length: 18446744073709551616"), 400);
  EXPECT_EQ(status("Length: 0", "Length: 0x0"), 400);
  EXPECT_EQ(status("Length: 0", "Length: 0, 0"), 400);
}

TEST(Limits, ExpiresBeyond32BitsIsNone) {
  EXPECT_EQ(parsed(request("Expires: 4294967295\r\n")).expires(), 4294967295U);
  EXPECT_EQ(parsed(request("Expires: 4294967296\r\n")).expires(), std::nullopt);
}

TEST(Ambiguous, DuplicatesOfWhatHasOneValue) {
  for (const char* const line :
       {"From: <sip:a@b>;tag=1\r\n", "f: <sip:a@b>;tag=1\r\n", "t: <sip:a@b>\r\n", "CALL-ID: a84b4c76e66710@pc33\r\n",
        "CSeq: 314159 INVITE\r\n", "Max-Forwards: 1\r\nMax-Forwards: 1\r\n", "l: 0\r\nContent-Length: 0\r\n",
        "c: a/b\r\nContent-Type: a/b\r\n", "Expires: 1\r\nExpires: 1\r\n"}) {
    EXPECT_EQ(refused(request(line)).status, 400) << line;
    EXPECT_NE(refused(request(line)).answer, "") << line;
  }
}

TEST(Ambiguous, LinesThatOthersMayPartElsewhere) {
  for (const char* const line : {"X: a\nVia: b\r\n", "X: a\rVia: b\r\n", "X: a\r\n \r\n b\r\n", "X: a\r\n\t\r\n",
                                 "X: a\r\r\n", "X: a\n\r\n", "X: \x0b\r\n", "X: \x7f\r\n", "X: \x1b[2J\r\n",
                                 "no colon\r\n", "X\r\n : y\r\n", "X y: z\r\n", ": y\r\n", "X(: y\r\n"})
    EXPECT_EQ(refused(request(line)).status, 400) << line;
  EXPECT_EQ(refused(request(std::string_view("X: a\0b\r\n", 8))).status, 400);
  EXPECT_EQ(refused(replaced(request(), "SIP/2.0\r\n", "SIP/2.0\r\n X: fold\r\n")).status, 400);
  EXPECT_EQ(refused(replaced(request(), "SIP/2.0\r\n", "SIP/2.0\n")).status, 400);
}

TEST(Ambiguous, FirstLines) {
  const auto status = [](std::string_view line) {
    return refused(replaced(request(), "INVITE sip:bob@biloxi.example SIP/2.0", line)).status;
  };
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example sip/2.0"), 0);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example SIP/3.0"), 505);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example SIP/2.00"), 505);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example HTTP/1.1"), 400);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example"), 400);
  EXPECT_EQ(status("INVITE  sip:bob@biloxi.example SIP/2.0"), 400);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example SIP/2.0 "), 400);
  EXPECT_EQ(status("INVITE\tsip:bob@biloxi.example SIP/2.0"), 400);
  EXPECT_EQ(status("INV(ITE sip:bob@biloxi.example SIP/2.0"), 400);
  EXPECT_EQ(status("INVITE <sip:bob@biloxi.example> SIP/2.0"), 400);
  EXPECT_EQ(status("INVITE sip:bob@biloxi.example?a=b SIP/2.0"), 400);
  EXPECT_EQ(status("INVITE mailto:bob@biloxi.example SIP/2.0"), 416);
  EXPECT_EQ(status("INVITE tel:+358-555-1234567 SIP/2.0"), 0);
  EXPECT_EQ(status("OPTIONS sip:bob@biloxi.example SIP/2.0"), 400) << "CSeq says INVITE";
}

TEST(Ambiguous, StatusLines) {
  const auto let_in = [](std::string_view line) {
    const std::string text = replaced(request(), "INVITE sip:bob@biloxi.example SIP/2.0", line);
    EXPECT_TRUE(refused(text).answer.empty());
    return refused(text).status == 0;
  };
  EXPECT_TRUE(let_in("SIP/2.0 100 "));
  EXPECT_TRUE(let_in("SIP/2.0 100"));
  EXPECT_TRUE(let_in("SIP/2.0 699 x"));
  EXPECT_FALSE(let_in("SIP/2.0 99 x"));
  EXPECT_FALSE(let_in("SIP/2.0 099 x"));
  EXPECT_FALSE(let_in("SIP/2.0 700 x"));
  EXPECT_FALSE(let_in("SIP/2.0 2000 x"));
  EXPECT_FALSE(let_in("SIP/2.0  200 x"));
  EXPECT_FALSE(let_in("SIP/3.0 200 OK"));
}

TEST(Ambiguous, Addresses) {
  const auto status = [](std::string_view to) {
    return refused(replaced(request(), "<sip:bob@biloxi.example>", to)).status;
  };
  EXPECT_EQ(status("Bob <sip:b@x>"), 0);
  EXPECT_EQ(status("<tel:+1>"), 0);
  EXPECT_EQ(status("\"a \\\" <sip:no@x>\" <sip:b@x>"), 0);
  EXPECT_EQ(status("\"J\xc3\xb6rg\" <sip:b@x>"), 0);
  EXPECT_EQ(status("J\xc3\xb6rg <sip:b@x>"), 400) << "no token";
  EXPECT_EQ(status("<sip:b@x>, <sip:c@x>"), 400);
  EXPECT_EQ(status("sip:b@x,sip:c@x"), 400);
  EXPECT_EQ(status("< sip:b@x >"), 400);
  EXPECT_EQ(status("\"Bob <sip:b@x>"), 400);
  EXPECT_EQ(status("Bell, A <sip:b@x>"), 400);
  EXPECT_EQ(status("<sip:b@x>;tag=1;tag=2"), 400);
  EXPECT_EQ(status("<sip:b@x>;tag="), 400);
  EXPECT_EQ(status("<sip:b@x"), 400);
  EXPECT_EQ(status("<sip:b@x> x"), 400);
  EXPECT_EQ(status("<bob>"), 400);
  EXPECT_EQ(status(""), 400);
}

TEST(Ambiguous, Lists) {
  for (const char* const line : {"Via: SIP/2.0/UDP a,,SIP/2.0/UDP b\r\n", "Via: SIP/2.0/UDP a,\r\n", "Via:\r\n",
                                 "Route: <sip:a;lr\r\n", "Route: sip:a\r\n", "Route:\r\n", "Record-Route: <sip:a>,\r\n",
                                 "Record-Route: \"a <sip:a>\r\n", "Via: SIP/3.0/UDP a\r\n", "Call-ID: a b\r\n"})
    EXPECT_EQ(refused(request(line)).status, 400) << line;
}

TEST(Ambiguous, NothingAtAll) {
  EXPECT_EQ(refused("").status, 400);
  EXPECT_EQ(refused("\r\n\r\n").status, 400);
  EXPECT_EQ(refused("x").answer, "");
  EXPECT_EQ(refused("INVITE sip:x SIP/2.0\r\n\r\n").status, 400);
}

} // namespace
} // namespace sipveil::sip
