// RFC 4475: what each message asks of a proxy, and what we do with it.
#include "tests/unit/sip/sample.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace sipveil::sip {
namespace {

enum class Outcome {
  forward, ///< let in
  refuse,  ///< answered with the status
  drop,    ///< not let in and not answered
};

struct Case {
  const char* name;
  Outcome outcome;
  int status;      ///< of the answer
  const char* why; ///< what the RFC says, and where we differ
};

constexpr Case files[] = {
    {"badaspec", Outcome::refuse, 400,
     "3.1.2.14: blanks inside the brackets of To are not allowed; RFC: 400, or be lenient"},
    {"baddate", Outcome::forward, 0,
     "3.1.2.12: a proxy does not need Date; section 16.3 of RFC 3261 forbids it to refuse"},
    {"baddn", Outcome::refuse, 400,
     "3.1.2.15: a comma in a display name without quotes; RFC: 400, or be lenient. Ends before the empty "
     "line too"},
    {"badvers", Outcome::refuse, 505, "3.1.2.16: SIP/7.0"},
    {"bext01", Outcome::refuse, 420, "3.3.5: Proxy-Require of extensions nobody knows"},
    {"bigcode", Outcome::drop, 0, "3.1.2.19: a status code beyond 32 bits; a response can only be dropped"},
    {"clerr", Outcome::refuse, 400, "3.1.2.2: Content-Length is larger than the datagram"},
    {"cparam01", Outcome::forward, 0, "3.3.12: an unknown Contact parameter concerns the registrar"},
    {"esc01", Outcome::forward, 0, "3.1.1.3: valid escapes, to be left as they are"},
    {"esc02", Outcome::forward, 0,
     "3.1.1.5: percent signs that escape nothing: an unknown method and an unknown header"},
    {"escruri", Outcome::refuse, 400, "3.1.2.11: headers in a Request-URI"},
    {"insuf", Outcome::drop, 0,
     "3.3.1: no From, To, Call-ID. RFC: 400 may be sent; we drop, as an answer without them would be none"},
    {"inv2543", Outcome::forward, 0, "3.4.1: RFC 2543 knew no Max-Forwards and no branch"},
    {"invut", Outcome::forward, 0, "3.3.6: the media type concerns the callee"},
    {"lwsdisp", Outcome::forward, 0, "3.1.1.6: no blank between display name and bracket is valid"},
    {"lwsruri", Outcome::refuse, 400, "3.1.2.8: a blank in the Request-URI"},
    {"lwsstart", Outcome::refuse, 400, "3.1.2.9: two blanks in the request line"},
    {"mismatch01", Outcome::refuse, 400, "3.1.2.17: CSeq names another method"},
    {"multi01", Outcome::refuse, 400, "3.3.8: two of each single-valued header"},
    {"noreason", Outcome::forward, 0, "3.1.1.13: an empty reason phrase is valid"},
    {"novelsc", Outcome::refuse, 416, "3.3.3: an unknown scheme in the Request-URI"},
    {"regaut01", Outcome::forward, 0, "3.3.7: the Authorization scheme concerns the registrar"},
    {"regbadct", Outcome::refuse, 400, "3.1.2.13: a question mark in a Contact without brackets; RFC: 400"},
    {"regescrt", Outcome::forward, 0, "3.3.14: escaped headers in a Contact concern the registrar"},
    {"scalar02", Outcome::refuse, 400, "3.1.2.4: CSeq and Max-Forwards are too large"},
    {"scalarlg", Outcome::drop, 0, "3.1.2.5: CSeq of a response is too large"},
    {"sdp01", Outcome::forward, 0, "3.3.15: the Accept types concern the callee"},
    {"test", Outcome::drop, 0, "no version in the request line and no Via to answer to"},
    {"transports", Outcome::forward, 0, "3.1.1.10: unknown transports in the Vias of others"},
    {"trws", Outcome::refuse, 400, "3.1.2.10: blanks at the end of the request line"},
    {"unkscm", Outcome::refuse, 416, "3.3.2: an unknown scheme in the Request-URI"},
    {"unksm2", Outcome::forward, 0, "3.3.4: unknown schemes in To, From and Contact concern the registrar"},
    {"unreason", Outcome::forward, 0, "3.1.1.12: UTF-8 in the reason phrase"},
    {"zeromf", Outcome::forward, 0, "3.3.11: let in, then answered 483 by the hop, which reads max_forwards() == 0"},
};

std::string bytes_of(std::string_view name) {
  std::ifstream file(std::string(SIPVEIL_TEST_DATA "/rfc4475/").append(name).append(".dat"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check(std::string_view bytes, const Case& expected) {
  SCOPED_TRACE(std::string(expected.name) + ": " + expected.why);
  auto result = Message::parse(bytes);
  if (auto* const message = std::get_if<Message>(&result)) {
    ASSERT_EQ(expected.outcome, Outcome::forward);
    // A Content-Length that was missing is added; otherwise nothing may differ but excess bytes.
    const std::string printed = message->print();
    if (message->clone().header("Content-Length")) {
      EXPECT_EQ(printed, bytes.substr(0, printed.size()));
      EXPECT_EQ(message->clone().print(), printed);
    }
    const std::string top = message->vias().at(0);
    message->push_via("SIP/2.0/TCP mine.invalid;branch=z9hG4bKmine");
    EXPECT_EQ(message->top_via().host, "mine.invalid");
    const std::string pushed = message->print();
    EXPECT_EQ(parsed(pushed).print(), pushed);
    message->pop_via();
    EXPECT_EQ(message->vias().at(0), top);
    EXPECT_EQ(message->print(), printed);
    return;
  }
  const Refusal& refusal = std::get<Refusal>(result);
  if (expected.outcome == Outcome::refuse) {
    EXPECT_EQ(refusal.status, expected.status) << refusal.reason;
    EXPECT_TRUE(refusal.answer.starts_with("SIP/2.0 " + std::to_string(expected.status) + " ")) << refusal.answer;
  } else {
    EXPECT_EQ(expected.outcome, Outcome::drop) << refusal.reason;
    EXPECT_EQ(refusal.answer, "");
  }
}

TEST(Torture, EveryFileHasTheOutcomeThatTheRfcAsksFor) {
  for (const Case& expected : files) {
    const std::string bytes = bytes_of(expected.name);
    ASSERT_FALSE(bytes.empty()) << expected.name;
    check(bytes, expected);
  }
}

TEST(Torture, EveryFileIsInTheTable) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SIPVEIL_TEST_DATA "/rfc4475"))
    count += entry.path().extension() == ".dat" ? 1U : 0U;
  EXPECT_EQ(count, std::size(files));
}

TEST(Torture, AddedContentLengthIsTheOnlyChange) {
  const std::string bytes = bytes_of("inv2543");
  EXPECT_EQ(parsed(bytes).print(),
            replaced(bytes, "sdp\r\n\r\n",
                     "sdp\r\nContent-Length: " + std::to_string(parsed(bytes).body().size()) + "\r\n\r\n"));
  EXPECT_EQ(parsed(bytes).top_via().branch, "");
}

TEST(Torture, UnsupportedExtensionsOfBext01AreListed) {
  EXPECT_NE(
      refused(bytes_of("bext01")).answer.find("Unsupported: noProxiesSupportThis, norDoAnyProxiesSupportThis\r\n"),
      std::string::npos);
}

TEST(Torture, TruncatedAnywhereNothingCrashesOrGrows) {
  for (const Case& file : files) {
    const std::string bytes = bytes_of(file.name);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto result = Message::parse(std::string_view(bytes).substr(0, size));
      const auto* const message = std::get_if<Message>(&result);
      ASSERT_TRUE(message == nullptr || message->body().size() <= size) << file.name << " " << size;
    }
  }
}

TEST(Torture, WithBytesChangedNothingCrashesAndWhatIsLetInReadsTheSameAgain) {
  std::mt19937 random(4475); // fixed, so that a failure can be repeated
  for (const Case& file : files) {
    const std::string original = bytes_of(file.name);
    for (int round = 0; round < 50; ++round) {
      std::string bytes = original;
      for (int i = 0; i < 3; ++i)
        bytes[random() % bytes.size()] = "\r\n\0 ,;<>\":=%/A0"[random() % 16];
      const auto result = Message::parse(bytes);
      if (const auto* const message = std::get_if<Message>(&result)) {
        const std::string printed = message->print();
        ASSERT_EQ(parsed(printed).print(), printed) << file.name << " " << round;
      }
    }
  }
}

// Cases of the RFC whose messages are too long or too odd for a file: the construct in question in a message
// of our own.

TEST(Torture, BlanksAndFoldsInEveryPlace) { // 3.1.1.1
  const std::string text =
      "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
      "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
      "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n"
      "MaX-fOrWaRdS: 0068\r\n"
      "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
      "Content-Length   : 3\r\n"
      "cseq: 0009\r\n  INVITE\r\n"
      "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
      "s :\r\n"
      "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
      "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
      "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
      "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
      " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
      "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n"
      "  secondparam ; q = 0.33\r\n\r\nabc";
  check(text, {"wsinv", Outcome::forward, 0, "valid"});
  const Message message = parsed(text);
  EXPECT_EQ(message.to_tag(), "1918181833n");
  EXPECT_EQ(message.from_tag(), "98asjd8");
  EXPECT_EQ(message.cseq(), 9U);
  EXPECT_EQ(message.max_forwards(), 68U);
  EXPECT_EQ(message.via_count(), 3U);
  EXPECT_EQ(message.top_via().branch, "390skdjuw");
}

TEST(Torture, OtherCases) {
  const auto with = [](std::string_view from, std::string_view to) {
    return replaced(request("Content-Length: 0\r\n"), from, to);
  };
  check(with("\"Alice\"", "\"BEL:\\\x07\""),
        {"intmeth", Outcome::drop, 0, "3.1.1.2: valid, but we refuse control characters"});
  check(request("Content-Length: 0\r\n", "!interesting-Method0123456789_*.%indeed'~"),
        {"intmeth", Outcome::forward, 0, "3.1.1.2: any token is a method"});
  check(request("Content-Length: 0\r\n", "A+`B"),
        {"intmeth", Outcome::refuse, 400,
         "3.1.1.2: valid, but sofia-sip knows no + and ` in a method; no registered one has them"});
  check(with("bob@biloxi.example SIP", "null-%00-null@x SIP"),
        {"escnull", Outcome::forward, 0, "3.1.1.4: an escaped NUL"});
  check(request("X: " + std::string(5000, 'x') + "\r\nContent-Length: 0\r\n"),
        {"longreq", Outcome::forward, 0, "3.1.1.7"});
  check(request("l: 0\r\n") + "\r\n" + request(), {"dblreq", Outcome::forward, 0, "3.1.1.8: what follows is cut off"});
  check(with("bob@biloxi.example SIP", "user;par=u%40example.net@x SIP"), {"semiuri", Outcome::forward, 0, "3.1.1.9"});
  check(with("z9hG4bKnashds8", "x;;,;,,"),
        {"badinv01", Outcome::drop, 0, "3.1.2.1: RFC: 400; the Via cannot be answered to"});
  check(with("Content-Length: 0", "Content-Length: -999"), {"ncl", Outcome::refuse, 400, "3.1.2.3"});
  check(with("\"Alice\"", "\"Alice"), {"quotbal", Outcome::refuse, 400, "3.1.2.6: a quote that never closes"});
  check(with("sip:bob@biloxi.example SIP", "<sip:bob@x> SIP"), {"ltgtruri", Outcome::refuse, 400, "3.1.2.7"});
  check(with("Content-Length: 0", "Content-Length: 0\r\nl: 5"),
        {"mcl01", Outcome::refuse, 400, "3.3.9: two Content-Lengths"});
  check(with("314159 INVITE", "314159 NEWMETHOD"), {"mismatch02", Outcome::refuse, 400, "3.1.2.18"});
  check(with("z9hG4bKnashds8", "z9hG4bK"), {"badbranch", Outcome::forward, 0, "3.2.1: a branch of the cookie only"});
  check(with("INVITE sip:bob@biloxi.example SIP/2.0", "SIP/2.0 200 OK"),
        {"bcast", Outcome::forward, 0, "3.3.10: the hop drops it, since the first Via is not ours"});
}

} // namespace
} // namespace sipveil::sip
