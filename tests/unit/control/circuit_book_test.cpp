#include "control/circuit_book.h"
#include "control/event.h"

#include <gmock/gmock.h>

#include <fstream>

namespace sipveil::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Events of tor 0.4.9.11 in a private network, one link each: an onion service (rendezvous on 16, introduction on 18,
/// descriptor on 17, and 19, which tor builds for its stock) and an exit (11, which stood ready). The link was closed
/// before the two CLOSED of its circuits at the end.
constexpr auto onion_events = SIPVEIL_TEST_DATA "/control/onion_link.events";
constexpr auto exit_events = SIPVEIL_TEST_DATA "/control/exit_link.events";
const Isolation onion_credential{"<torS0X>0", "a7f5cb1167bb17255e81690ecb158902"};
const Isolation exit_credential{"<torS0X>0", "9326fe014a7418dccf3d070af38f2726"};

class CircuitBookTest : public ::testing::Test {
 protected:
  void feed(const std::string& line) {
    const auto event = parse_event(Reply{{{650, line, std::nullopt}}}).value().value();
    if (const auto* circuit = std::get_if<CircEvent>(&event)) book.on_circuit(*circuit, now);
    if (const auto* stream = std::get_if<StreamEvent>(&event)) book.on_stream(*stream, now);
  }
  /// Every line up to the first that holds `until`, that one included.
  void feed_file(const char* file, std::string_view until) {
    std::ifstream lines(file);
    ASSERT_TRUE(lines.is_open());
    for (std::string line; std::getline(lines, line);) {
      feed(line);
      if (line.find(until) != std::string::npos) return;
    }
    FAIL() << "no " << until;
  }
  std::vector<std::string> due() { return book.take_due(now); }

  TimePoint now{1000s};
  std::uint64_t drawn = 7;
  CircuitBook book{[this] { return drawn; }};
};

TEST_F(CircuitBookTest, AnOnionLinkHasARendezvousAndAnIntroduction) {
  book.expect(onion_credential);
  feed_file(onion_events, "STREAM 24 CLOSED");
  EXPECT_EQ(book.circuits(), 2U);
  EXPECT_THAT(due(), IsEmpty()) << "the link has not ended";
  EXPECT_EQ(book.next_deadline(), TimePoint::max());
  book.ended(onion_credential, now);
  EXPECT_THAT(due(), ElementsAre("16"));
  EXPECT_EQ(book.next_deadline(), now + Duration(7)) << "the introduction's random delay";
  now += Duration(7);
  EXPECT_THAT(due(), ElementsAre("18"));
  EXPECT_THAT(due(), IsEmpty()) << "each once";
}

TEST_F(CircuitBookTest, TheIntroductionIsClosedWithinItsDelay) {
  drawn = ~std::uint64_t{0};
  book.expect(onion_credential);
  feed_file(onion_events, "STREAM 24 CLOSED");
  book.ended(onion_credential, now);
  now += CircuitBook::introduction_delay;
  EXPECT_THAT(due(), ElementsAre("16", "18"));
}

TEST_F(CircuitBookTest, AnExitCircuitIsKnownByItsStream) {
  book.expect(exit_credential);
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), ElementsAre("11"));
}

TEST_F(CircuitBookTest, ClosedAgainWhenTorSeesTheEndOfTheStreamLater) {
  book.expect(exit_credential);
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), ElementsAre("11")) << "in vain: tor has the stream still";
  feed("STREAM 28 CLOSED 11 192.0.2.1:5060 REASON=DONE SOCKS_USERNAME=\"<torS0X>0\" SOCKS_PASSWORD=\"" +
       exit_credential.password + "\"");
  EXPECT_THAT(due(), ElementsAre("11"));
}

TEST_F(CircuitBookTest, ForgetsWhatIsClosedOrFailed) {
  book.expect(onion_credential);
  feed_file(onion_events, "STREAM 24 CLOSED");
  feed("CIRC 16 CLOSED $A~a REASON=FINISHED");
  feed("CIRC 18 FAILED $A~a REASON=TIMEOUT");
  EXPECT_EQ(book.circuits(), 0U);
  book.ended(onion_credential, now);
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(CircuitBookTest, NothingIsKeptOfOtherPrograms) {
  book.expect({"<torS0X>0", "00000000000000000000000000000000"});
  feed_file(onion_events, "STREAM 24 CLOSED");
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  EXPECT_EQ(book.circuits(), 0U);
  EXPECT_EQ(book.credentials(), 1U);
  book.ended(onion_credential, now);
  EXPECT_EQ(book.credentials(), 1U);
}

TEST_F(CircuitBookTest, CircuitsThatComeAfterTheEndAreClosedToo) {
  book.expect(onion_credential);
  book.ended(onion_credential, now);
  feed_file(onion_events, "STREAM 24 SUCCEEDED");
  now += CircuitBook::introduction_delay;
  EXPECT_THAT(due(), ElementsAre("16", "18"));
}

TEST_F(CircuitBookTest, ASharedCredentialEndsWithItsLastLink) {
  book.expect(exit_credential);
  book.expect(exit_credential);
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), IsEmpty());
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), ElementsAre("11"));
}

TEST_F(CircuitBookTest, ALinkThatComesAgainKeepsItsCircuits) {
  book.expect(onion_credential);
  feed_file(onion_events, "STREAM 24 CLOSED");
  book.ended(onion_credential, now);
  book.expect(onion_credential);
  now += CircuitBook::late;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(book.circuits(), 2U);
  EXPECT_EQ(book.next_deadline(), TimePoint::max());
}

TEST_F(CircuitBookTest, ACircuitBelongsToTheLastThatGotIt) {
  const std::string first = R"( PURPOSE=GENERAL SOCKS_USERNAME="u" SOCKS_PASSWORD="1")";
  book.expect({"u", "1"});
  book.expect({"u", "2"});
  feed("CIRC 5 EXTENDED $A~a" + first);
  feed(R"(STREAM 9 SENTCONNECT 5 h:1 SOCKS_USERNAME="u" SOCKS_PASSWORD="2")");
  book.ended({"u", "1"}, now);
  EXPECT_THAT(due(), IsEmpty());
  book.ended({"u", "2"}, now);
  EXPECT_THAT(due(), ElementsAre("5"));
}

TEST_F(CircuitBookTest, AnotherConnectionStartsEmpty) {
  book.expect(exit_credential);
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  book.forget_circuits();
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), IsEmpty());
  feed("STREAM 28 CLOSED 11 192.0.2.1:5060 REASON=DONE SOCKS_USERNAME=\"<torS0X>0\" SOCKS_PASSWORD=\"" +
       exit_credential.password + "\"");
  EXPECT_THAT(due(), ElementsAre("11")) << "the end of the stream names its circuit";
}

TEST_F(CircuitBookTest, EndedCredentialsAreForgotten) {
  book.expect(exit_credential);
  feed_file(exit_events, "STREAM 28 SUCCEEDED");
  book.ended(exit_credential, now);
  EXPECT_THAT(due(), ElementsAre("11"));
  EXPECT_EQ(book.next_deadline(), now + CircuitBook::late);
  now += CircuitBook::late;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(book.credentials(), 0U);
  EXPECT_EQ(book.circuits(), 0U);
  EXPECT_EQ(book.next_deadline(), TimePoint::max());
}

TEST_F(CircuitBookTest, Bounds) {
  for (std::size_t i = 0; i < CircuitBook::most_credentials + 10; ++i)
    book.expect({"u", std::to_string(i)});
  EXPECT_EQ(book.credentials(), CircuitBook::most_credentials);
  for (std::size_t i = 1; i < CircuitBook::most_circuits + 10; ++i)
    feed("CIRC " + std::to_string(i) + R"( EXTENDED $A~a PURPOSE=GENERAL SOCKS_USERNAME="u" SOCKS_PASSWORD="1")");
  EXPECT_EQ(book.circuits(), CircuitBook::most_circuits);
}

} // namespace
} // namespace sipveil::control
