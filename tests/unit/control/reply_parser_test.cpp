#include "control/reply_parser.h"

#include <gtest/gtest.h>

namespace sipveil::control {
namespace {

/// Everything that the parser makes of the bytes, pushed in pieces of `step`.
std::vector<Reply> parse(std::string_view bytes, std::size_t step, ReplyParser& parser) {
  std::vector<Reply> replies;
  while (!bytes.empty()) {
    parser.push(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto reply = parser.next();
      EXPECT_TRUE(reply.has_value()) << reply.error().text();
      if (!reply || !*reply) break;
      replies.push_back(std::move(**reply));
    }
  }
  return replies;
}

Errc error_of(std::string_view bytes) {
  ReplyParser parser;
  parser.push(bytes);
  for (;;) {
    const auto reply = parser.next();
    if (!reply) {
      const auto again = parser.next();
      EXPECT_FALSE(again.has_value()) << "an error must stay";
      return reply.error().code;
    }
    if (!*reply) {
      ADD_FAILURE() << "no error";
      return Errc::cancelled;
    }
  }
}

constexpr std::string_view sample = "250-version=0.4.9.11\r\n"
                                    "250+circuit-status=\r\n"
                                    "3 BUILT $AAAA\r\n"
                                    "..dotted\r\n"
                                    "\r\n"
                                    ".\r\n"
                                    "250 OK\r\n"
                                    "650 CIRC 4 LAUNCHED\r\n"
                                    "552 Unrecognized key \"x\"\r\n";

TEST(ReplyParser, CutsRepliesWhateverThePieces) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, sample.size()}) {
    ReplyParser parser;
    const auto replies = parse(sample, step, parser);
    ASSERT_EQ(replies.size(), 3U) << "pieces of " << step;
    EXPECT_EQ(replies[0].status(), 250U);
    EXPECT_TRUE(replies[0].ok());
    ASSERT_EQ(replies[0].lines.size(), 3U);
    EXPECT_EQ(replies[0].lines[0].text, "version=0.4.9.11");
    EXPECT_FALSE(replies[0].lines[0].data.has_value());
    EXPECT_EQ(replies[0].lines[1].text, "circuit-status=");
    EXPECT_EQ(replies[0].lines[1].data, "3 BUILT $AAAA\n.dotted\n\n");
    EXPECT_TRUE(replies[1].is_event());
    EXPECT_EQ(replies[1].lines[0].text, "CIRC 4 LAUNCHED");
    EXPECT_FALSE(replies[2].ok());
    EXPECT_FALSE(parser.mid_reply());
  }
}

TEST(ReplyParser, TruncatedIsNotMalformed) {
  for (std::size_t length = 1; length < sample.find("650"); ++length) {
    ReplyParser parser;
    parser.push(sample.substr(0, length));
    const auto reply = parser.next();
    ASSERT_TRUE(reply.has_value()) << length;
    const bool whole = reply->has_value();
    EXPECT_EQ(whole, length == sample.find("650"));
    EXPECT_TRUE(parser.mid_reply()) << length;
  }
}

TEST(ReplyParser, RefusesWhatIsNoControlProtocol) {
  EXPECT_EQ(error_of("HTTP/1.0 501 Tor is not an HTTP Proxy\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("SSH-2.0-OpenSSH\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("250\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("250_OK\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("150 OK\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("750 OK\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("250 OK\n"), Errc::malformed);
}

TEST(ReplyParser, RefusesAnEventAmidAReply) {
  EXPECT_EQ(error_of("250-a=b\r\n650 CIRC 1 BUILT\r\n"), Errc::malformed);
  EXPECT_EQ(error_of("650-CIRC 1 BUILT\r\n250 OK\r\n"), Errc::malformed);
}

TEST(ReplyParser, HoldsItsBounds) {
  EXPECT_EQ(error_of(std::string(ReplyParser::longest_line + 1, '2')), Errc::too_large);
  EXPECT_EQ(error_of("250 " + std::string(ReplyParser::longest_line, 'x') + "\r\n"), Errc::too_large);
  std::string lines;
  for (std::size_t i = 0; i <= ReplyParser::most_lines; ++i)
    lines += "250-x\r\n";
  EXPECT_EQ(error_of(lines), Errc::too_large);
  // Empty data lines cost memory too.
  std::string data = "250+x=\r\n";
  for (std::size_t size = 0; size <= ReplyParser::largest_reply; size += 2)
    data += "\r\n";
  EXPECT_EQ(error_of(data), Errc::too_large);
}

TEST(ReplyParser, TakesTheLongestLine) {
  ReplyParser parser;
  parser.push("250 " + std::string(ReplyParser::longest_line - 5, 'x') + "\r\n");
  const auto reply = parser.next();
  ASSERT_TRUE(reply.has_value());
  EXPECT_TRUE(reply->has_value());
}

TEST(Refusal, SaysWhatTorSaidButNotWhatTorQuotes) {
  Reply reply;
  reply.lines.push_back({512, "Invalid v3 address \"secretname\"", std::nullopt});
  const auto error = refusal("ONION_CLIENT_AUTH_ADD", reply);
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_EQ(error.where, Fault::local_service);
  EXPECT_EQ(error.what, "tor refused ONION_CLIENT_AUTH_ADD: 512 Invalid v3 address");
}

TEST(Refusal, MapsStatusToCode) {
  const auto code = [](unsigned status) {
    Reply reply;
    reply.lines.push_back({status, "text", std::nullopt});
    return refusal("X", reply).code;
  };
  EXPECT_EQ(code(510), Errc::unsupported);
  EXPECT_EQ(code(514), Errc::auth_failed);
  EXPECT_EQ(code(515), Errc::auth_failed);
  EXPECT_EQ(code(550), Errc::refused);
  EXPECT_EQ(code(552), Errc::invalid);
}

} // namespace
} // namespace sipveil::control
