#include "bridge/sip/sdp.h"

#include <gtest/gtest.h>

#include <string>

namespace sipveil::sip {
namespace {

const std::string head = "v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\n";

Errc fault_of(std::string_view text) {
  const auto sdp = Sdp::parse(text);
  return sdp ? Errc::io : sdp.error().code; // io: was let in
}

TEST(Sdp, TellsSessionAndMediaApart) {
  const std::string text =
      head + "s=-\r\nt=0 0\r\na=tool:x\r\nm=audio 1 RTP/AVP 0\r\na=sendrecv\r\nm=video 2 RTP/AVP 31\r\n";
  const auto sdp = Sdp::parse(text);
  ASSERT_TRUE(sdp);
  ASSERT_EQ(sdp->session().size(), 5U);
  EXPECT_EQ(sdp->session()[1].type, 'o');
  EXPECT_EQ(sdp->session()[1].value, "alice 1 2 IN IP4 192.0.2.1");
  EXPECT_EQ(sdp->session()[4].value, "tool:x");
  ASSERT_EQ(sdp->media_count(), 2U);
  ASSERT_EQ(sdp->media(0).size(), 2U);
  EXPECT_EQ(sdp->media(0)[0].value, "audio 1 RTP/AVP 0");
  EXPECT_EQ(sdp->media(0)[1].value, "sendrecv");
  ASSERT_EQ(sdp->media(1).size(), 1U);
  EXPECT_EQ(sdp->media(1)[0].value, "video 2 RTP/AVP 31");
  EXPECT_EQ(sdp->lines().size(), 8U);
  EXPECT_EQ(sdp->print(), text);
}

TEST(Sdp, WithoutMediaIsAllSession) {
  const auto sdp = Sdp::parse(head);
  ASSERT_TRUE(sdp);
  EXPECT_EQ(sdp->session().size(), 2U);
  EXPECT_EQ(sdp->media_count(), 0U);
}

TEST(Sdp, TakesBothLineBreaksAndWritesOne) {
  for (const char* const text : {"v=0\no=x\ns=-\n", "v=0\r\no=x\ns=-", "v=0\no=x\r\ns=-\r\n\r\n\n"}) {
    const auto sdp = Sdp::parse(text);
    ASSERT_TRUE(sdp) << text;
    EXPECT_EQ(sdp->print(), "v=0\r\no=x\r\ns=-\r\n");
  }
}

TEST(Sdp, KeepsValuesAsTheyAre) {
  const auto sdp = Sdp::parse("v=0\r\no= \r\ns=\r\ni=a=b:c \xc3\xa4\t\r\n");
  ASSERT_TRUE(sdp);
  EXPECT_EQ(sdp->lines()[1].value, " ");
  EXPECT_EQ(sdp->lines()[2].value, "");
  EXPECT_EQ(sdp->lines()[3].value, "a=b:c \xc3\xa4\t");
}

TEST(Sdp, RefusesWhatIsNoDescription) {
  for (const std::string& text : {std::string(),
                                  std::string("\r\n"),
                                  std::string("v=0\r\n"),
                                  std::string("hello"),
                                  "\r\n" + head,
                                  head + "\r\ns=-",
                                  head + "S=-\r\n",
                                  head + "s\r\n",
                                  head + "s:-\r\n",
                                  head + "s =-\r\n",
                                  head + " s=-\r\n",
                                  head + "1=-\r\n",
                                  std::string("v=1\r\no=x\r\n"),
                                  std::string("v=0 \r\no=x\r\n"),
                                  std::string("v=0\r\ns=-\r\no=x\r\n"),
                                  std::string("o=x\r\nv=0\r\n"),
                                  head + "v=0\r\n",
                                  head + "o=y\r\n",
                                  head + "m=a 1 b c\r\no=y\r\n",
                                  head + "s=a\rb\r\n",
                                  head + std::string("s=a\0b\r\n", 7),
                                  head + "s=-\r\r\nt=0 0\r\n"})
    EXPECT_EQ(fault_of(text), Errc::malformed) << text;
}

TEST(Sdp, IsBounded) {
  std::string text = head;
  for (std::size_t i = 2; i < max_sdp_lines; ++i)
    text += "a=x\r\n";
  EXPECT_TRUE(Sdp::parse(text));
  EXPECT_EQ(fault_of(text + "a=x\r\n"), Errc::too_large);

  text = head;
  for (std::size_t i = 0; i < max_sdp_media; ++i)
    text += "m=audio 1 RTP/AVP 0\r\n";
  EXPECT_TRUE(Sdp::parse(text));
  EXPECT_EQ(fault_of(text + "m=audio 1 RTP/AVP 0\r\n"), Errc::too_large);
}

TEST(Sdp, TruncatedAnywhereNothingCrashes) {
  const std::string text = head + "s=-\r\nm=video 3227 FOO @\r\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto sdp = Sdp::parse(std::string_view(text).substr(0, size));
    EXPECT_TRUE(!sdp || sdp->lines().size() <= 4);
  }
}

} // namespace
} // namespace sipveil::sip
