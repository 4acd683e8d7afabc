#include "bridge/sip/framing.h"
#include "tests/unit/sip/sample.h"

#include <deque>

namespace sipveil::sip {
namespace {

// Events as one line of text, so that runs can be compared.
std::string drain(Framer& framer) {
  std::string log;
  while (true) {
    const Framer::Event event = framer.next();
    if (std::holds_alternative<Framer::NeedMore>(event)) return log;
    if (std::holds_alternative<Framer::Ping>(event))
      log += "ping ";
    else if (std::holds_alternative<Framer::Pong>(event))
      log += "pong ";
    else if (const auto* const frame = std::get_if<Framer::Frame>(&event))
      log += "[" + std::string(frame->bytes) + "] ";
    else if (const auto* const broken = std::get_if<Framer::Broken>(&event))
      return log + "broken " + std::to_string(broken->status) + (broken->head.empty() ? "" : " with head");
  }
}

std::string run(std::string_view bytes) {
  Framer framer;
  framer.feed(bytes);
  return drain(framer);
}

std::string run_by_bytes(std::string_view bytes) {
  Framer framer;
  std::string log;
  for (std::size_t i = 0; i < bytes.size() && log.find("broken") == std::string::npos; ++i) {
    framer.feed(bytes.substr(i, 1));
    log += drain(framer);
  }
  return log;
}

const std::string first = "OPTIONS sip:a SIP/2.0\r\nl :\t3\r\nX: y\r\n folded: 7\r\n\r\nab\n";
const std::string second = "SIP/2.0 200 OK\r\ncontent-LENGTH: 000\r\n\r\n";

TEST(Framer, CutsPipelinedMessages) {
  EXPECT_EQ(run(first + second + first), "[" + first + "] [" + second + "] [" + first + "] ");
}

TEST(Framer, GivesTheSameForEverySplit) {
  const std::string text = first + second + first;
  const std::string whole = run(text);
  EXPECT_EQ(run_by_bytes(text), whole);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    Framer framer;
    framer.feed(std::string_view(text).substr(0, i));
    std::string log = drain(framer);
    framer.feed(std::string_view(text).substr(i));
    log += drain(framer);
    EXPECT_EQ(log, whole) << i;
  }
}

TEST(Framer, TellsKeepalives) {
  EXPECT_EQ(run("\r\n\r\n"), "ping ");
  EXPECT_EQ(run("\r\n"), "pong ");
  EXPECT_EQ(run("\r\n\r\n\r\n"), "ping pong ");
  EXPECT_EQ(run("\r\n\r\n" + first + "\r\n\r\n" + second + "\r\n"), "ping [" + first + "] ping [" + second + "] pong ");
  EXPECT_EQ(run("\r\n" + first), "pong [" + first + "] ");
  EXPECT_EQ(run("\r"), "");
  EXPECT_EQ(run("\r\n\r"), "") << "the rest of a ping is on its way";
}

TEST(Framer, GivesAPingThatComesInPieces) {
  const std::string_view ping = "\r\n\r\n";
  for (std::size_t i = 0; i <= ping.size(); ++i) {
    Framer framer;
    framer.feed(ping.substr(0, i));
    std::string log = drain(framer);
    framer.feed(ping.substr(i));
    log += drain(framer);
    EXPECT_EQ(log, i == 2 ? "pong ping " : "ping ") << i;
  }
  EXPECT_EQ(run_by_bytes(ping), "pong ping ");
}

TEST(Framer, TakesEachAnswerToAPingAsAPong) {
  Framer framer;
  for (int i = 0; i < 3; ++i) {
    framer.ping_sent();
    framer.feed("\r\n");
    EXPECT_EQ(drain(framer), "pong ");
  }
}

TEST(Framer, TakesACrlfAfterAMessageAsAPong) {
  Framer framer;
  framer.feed("\r\n");
  EXPECT_EQ(drain(framer), "pong ");
  framer.feed(second);
  EXPECT_EQ(drain(framer), "[" + second + "] ");
  framer.feed("\r\n");
  EXPECT_EQ(drain(framer), "pong ");
}

TEST(Framer, BreaksWhenTheEndOfAMessageIsInDoubt) {
  const auto outcome = [](std::string_view lines) {
    std::string text = "OPTIONS sip:a SIP/2.0\r\n";
    text.append(lines).append("\r\n");
    EXPECT_EQ(run(text), run_by_bytes(text)) << text;
    return run(text);
  };
  for (const std::string_view lines : {std::string_view(""),
                                       std::string_view("X: y\r\n"),
                                       std::string_view("l: 1\r\nl: 1\r\n"),
                                       std::string_view("l: 1\r\nContent-Length: 2\r\n"),
                                       std::string_view("l: -1\r\n"),
                                       std::string_view("l: 0x1\r\n"),
                                       std::string_view("l:\r\n"),
                                       std::string_view("l: 1 1\r\n"),
                                       std::string_view("l: 1,1\r\n"),
                                       std::string_view("l:\r\n 1\r\n"),
                                       std::string_view("l: 1\r\n 1\r\n"),
                                       std::string_view("l: 1\r\n\t\r\n"),
                                       std::string_view("Content-Length\r\n : 1\r\nl: 0\r\n"),
                                       std::string_view("l: 18446744073709551616\r\n"),
                                       std::string_view("l: 0\r\nX: a\nb\r\n"),
                                       std::string_view("l: 0\r\nX: a\rb\r\n"),
                                       std::string_view("l: 0\r\nX: \0\r\n", 12),
                                       std::string_view("l: 0\nX: y\r\n"),
                                       std::string_view("l: 0\r\nX: y\r\n \t\r\n z\r\n"),
                                       std::string_view("X: y\r\n l: 1\r\n")})
    EXPECT_EQ(outcome(lines), "broken 400 with head") << lines;
  EXPECT_EQ(outcome("l: 65536\r\n"), "broken 513 with head");
  EXPECT_EQ(outcome("l: 999999999999\r\n"), "broken 513 with head");
  EXPECT_EQ(outcome("garbage without a colon\r\nl: 0\r\n").front(), '[') << "for Message::parse to refuse";
}

TEST(Framer, BreaksAtBytesThatStartNoMessage) {
  for (const char* const bytes : {"\x16\x03\x01", "\n", " x", "\rx", "\r\r", "<html>", "\xff"})
    EXPECT_EQ(run(bytes), "broken 400") << bytes;
  EXPECT_EQ(run(first + "\x16"), "[" + first + "] broken 400");
}

TEST(Framer, StaysBroken) {
  Framer framer;
  framer.feed("\x16");
  EXPECT_EQ(drain(framer), "broken 400");
  framer.feed(first);
  EXPECT_EQ(drain(framer), "broken 400");
}

TEST(Framer, LastAnswerIsMadeFromTheHead) {
  Framer framer;
  framer.feed(request());
  const Framer::Event event = framer.next();
  const auto& broken = std::get<Framer::Broken>(event);
  EXPECT_EQ(broken.reason, "Content-Length is missing");
  EXPECT_EQ(parsed(make_refusal(broken.head, broken.status, broken.reason)).status(), 400);
}

TEST(Framer, BoundsTheMessage) {
  const auto sized = [](std::size_t size) {
    std::string text = "OPTIONS sip:a SIP/2.0\r\nl: ";
    const std::size_t head = text.size() + 5 + 4;
    text += std::to_string(size - head) + "\r\n\r\n";
    return text.append(size - text.size(), 'x');
  };
  EXPECT_EQ(run(sized(max_message_bytes)).size(), max_message_bytes + 3);
  EXPECT_EQ(run(sized(max_message_bytes + 1)), "broken 513 with head");
}

TEST(Framer, BoundsTheHeader) {
  const std::string start = "OPTIONS sip:a SIP/2.0\r\nl: 0\r\nX: ";
  const std::string fits = start + std::string(max_message_bytes - start.size() - 4, 'x');
  EXPECT_EQ(run(fits + "\r\n\r\n"), "[" + fits + "\r\n\r\n] ");
  EXPECT_EQ(run(fits + "x\r\n\r\n"), "broken 513");
  EXPECT_EQ(run(fits + "xxxx"), "") << "not yet beyond the bound";
  EXPECT_EQ(run(fits + "xxxxx"), "broken 513") << "no end within the bound";
}

TEST(Framer, TakesALargeMessageByteByByteInLinearTime) {
  std::string text = "OPTIONS sip:a SIP/2.0\r\nl: 0\r\n";
  while (text.size() < max_message_bytes - 20)
    text += "X: y\r\n";
  text += "\r\n";
  EXPECT_EQ(run_by_bytes(text), "[" + text + "] ") << "a quadratic search would outlast the test's time limit";
}

} // namespace
} // namespace sipveil::sip
