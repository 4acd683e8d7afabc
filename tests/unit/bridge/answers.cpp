#include "bridge/hop/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

using sip::Method;
using ::testing::HasSubstr;
using ::testing::Not;

int status(Errc code, Fault where, Method method = Method::invite) {
  return answer_for({code, where, "x", "", false}, method).status;
}

TEST(Answers, TellThePhoneWhatFailed) {
  EXPECT_EQ(status(Errc::unknown_peer, Fault::overlay), 404);
  EXPECT_EQ(status(Errc::offline, Fault::overlay), 480);
  EXPECT_EQ(status(Errc::refused, Fault::peer), 480);
  EXPECT_EQ(status(Errc::forbidden, Fault::overlay), 403);
  EXPECT_EQ(status(Errc::timed_out, Fault::overlay), 480) << "never reached";
  EXPECT_EQ(status(Errc::timed_out, Fault::peer), 408) << "reached, and silent";
  EXPECT_EQ(status(Errc::unreachable, Fault::local_service), 503);
  EXPECT_EQ(status(Errc::not_ready, Fault::local_service), 503);
  EXPECT_EQ(status(Errc::auth_failed, Fault::local_service), 503);
  EXPECT_EQ(status(Errc::closed, Fault::peer), 503);
  EXPECT_EQ(status(Errc::cancelled, Fault::system), 503);
  EXPECT_EQ(status(Errc::io, Fault::system), 503);
  EXPECT_EQ(status(Errc::address_in_use, Fault::system), 503);
  EXPECT_EQ(status(Errc::untrusted, Fault::peer), 502);
  EXPECT_EQ(status(Errc::malformed, Fault::peer), 502);
  EXPECT_EQ(status(Errc::unsupported, Fault::peer), 502);
  EXPECT_EQ(status(Errc::too_large, Fault::peer), 513);
  EXPECT_EQ(status(Errc::invalid, Fault::configuration), 500);
  EXPECT_EQ(status(Errc::crypto, Fault::system), 500);
}

// RFC 4320 section 4.2: a 408 is never sent for another request than INVITE.
TEST(Answers, NoErrorBecomesA408ForAnythingButAnInvite) {
  for (int code = 0; code <= static_cast<int>(Errc::crypto); ++code)
    for (int where = 0; where <= static_cast<int>(Fault::phone); ++where)
      EXPECT_NE(status(static_cast<Errc>(code), static_cast<Fault>(where), Method::message), 408);
  EXPECT_EQ(status(Errc::timed_out, Fault::peer, Method::message), 504);
}

TEST(Answers, CarryAReasonThatNamesTheMend) {
  const Answer answer =
      answer_for({Errc::unreachable, Fault::local_service, "tor does not listen", "Start tor.", true}, Method::invite);
  EXPECT_EQ(answer.reason, "Service Unavailable");
  EXPECT_THAT(answer.extra_headers, HasSubstr("Reason: SIP;cause=503;text=\"tor does not listen. Start tor.\"\r\n"));
  EXPECT_THAT(answer.extra_headers, HasSubstr("Retry-After: 10\r\n"));
  EXPECT_THAT(answer_with(404, "no").extra_headers, Not(HasSubstr("Retry-After")));
}

TEST(Answers, AReasonCannotEndItsQuotesOrItsLine) {
  const Answer answer = answer_with(480, "a\"b\\c\r\nVia: evil\x01" + std::string(1000, 'x'));
  EXPECT_THAT(answer.extra_headers, HasSubstr("text=\"a'b'c''Via: evil'xxx"));
  EXPECT_EQ(std::count(answer.extra_headers.begin(), answer.extra_headers.end(), '\n'), 1);
  EXPECT_LT(answer.extra_headers.size(), 300U);
}

} // namespace
} // namespace sipveil::hop
