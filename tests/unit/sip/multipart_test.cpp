#include "bridge/sip/multipart.h"

#include <gtest/gtest.h>

#include <string>

namespace sipveil::sip {
namespace {

TEST(MediaType, IsTakenApart) {
  const auto media = parse_media_type(R"( text/plain ; charset="utf-8";x="a;boundary=b" ; Boundary=c)");
  ASSERT_TRUE(media);
  EXPECT_EQ(media->type, "text/plain");
  EXPECT_EQ(media->charset, "utf-8");
  EXPECT_EQ(media->boundary, "c");
  EXPECT_EQ(parse_media_type("Application/SDP")->type, "Application/SDP");
}

TEST(MediaType, IsRefusedIfTwoReadersMightDiffer) {
  for (const char* const value :
       {"", "text", "/", "text/", "/plain", "te xt/plain", "text/plain x", "text/plain;=", "a/b;charset=x;charset=y",
        "a/b;boundary=x;BOUNDARY=x", R"(a/b;boundary="")", R"(a/b;boundary="a\b")", R"(a/b;boundary="a)", "a/b, c/d"})
    EXPECT_FALSE(parse_media_type(value)) << value;
}

TEST(Multipart, IsCutIntoItsParts) {
  const std::string body = "preamble, to be ignored\r\n"
                           "--b1 \t\r\n"
                           "Content-Type: application/sdp;\r\n x=y\r\n"
                           "content-transfer-encoding: binary\r\n"
                           "X: y\r\n"
                           "\r\n"
                           "v=0\r\n"
                           "--b\r\n"
                           "\r\n--b1\r\n"
                           "\r\n"
                           "plain\r\n"
                           "--b1--  \r\n"
                           "epilogue";
  const auto parts = split_multipart(body, "b1");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].content_type, "application/sdp;\r\n x=y");
  EXPECT_EQ((*parts)[0].encoding, "binary");
  EXPECT_EQ((*parts)[0].body, "v=0\r\n--b\r\n");
  EXPECT_EQ((*parts)[1].content_type, "");
  EXPECT_EQ((*parts)[1].body, "plain");
}

TEST(Multipart, MayBeginAndEndWithItsBoundary) {
  const auto parts = split_multipart("--b\r\nA: c\r\n\r\nx\r\n\r\n--b--", "b");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1U);
  EXPECT_EQ((*parts)[0].body, "x\r\n") << "only the last line break belongs to the boundary";
}

TEST(Multipart, IsRefusedIfItIsNotWholeOrReadersMightDiffer) {
  for (const char* const body : {
           "",
           "no boundary",
           "--b--",
           "--b\r\n\r\nx",                  // does not end
           "--b\r\n\r\nx\r\n--b",           // nor here
           "--b\r\n\r\nx\r\n--b-",          // nor here
           "--b\r\n\r\nx\n--b--",           // a bare LF
           "--b\n\nx\r\n--b--",             // likewise
           "--bb\r\n\r\nx\r\n--b--",        // begins with the boundary and goes on
           "--b\r\n\r\nx\r\n--bb\r\n--b--", // likewise
           "--b\r\n\r\nx\r\n--b--y",        // likewise
           "--b\r\nx\r\n--b--",             // a header that does not end
           "--b\r\nno header\r\n\r\nx\r\n--b--",
           "--b\r\nA: b\rc\r\n\r\nx\r\n--b--", // a bare CR
           "--b\r\n--b--",                     // a part of nothing
           "--b\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Type:\r\n\r\nx\r\n--b--",
       })
    EXPECT_FALSE(split_multipart(body, "b")) << body;
}

TEST(Multipart, NeedsABoundaryOfTheGrammar) {
  const auto with = [](const std::string& boundary) {
    return split_multipart("--" + boundary + "\r\n\r\nx\r\n--" + boundary + "--", boundary);
  };
  EXPECT_TRUE(with("'()+_,-./:=?09azAZ"));
  EXPECT_TRUE(with(std::string(70, 'b')));
  EXPECT_FALSE(with(std::string(71, 'b')));
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(with("a*b"));
  EXPECT_FALSE(with(R"(a"b)"));
  EXPECT_FALSE(with("a b"));
}

TEST(Multipart, IsBounded) {
  std::string body;
  for (std::size_t i = 0; i < max_body_parts; ++i)
    body += "--b\r\n\r\nx\r\n";
  EXPECT_TRUE(split_multipart(body + "--b--", "b"));
  EXPECT_FALSE(split_multipart(body + "--b\r\n\r\nx\r\n--b--", "b"));
}

TEST(Multipart, TruncatedAnywhereNothingCrashes) {
  const std::string body = "--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n";
  for (std::size_t size = 0; size <= body.size(); ++size)
    EXPECT_EQ(split_multipart(std::string_view(body).substr(0, size), "b").has_value(),
              size == body.size() || size == body.size() - 2)
        << size;
}

} // namespace
} // namespace sipveil::sip
