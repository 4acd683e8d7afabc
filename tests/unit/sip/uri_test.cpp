#include "bridge/sip/uri.h"

#include <gtest/gtest.h>

namespace sipveil::sip {
namespace {

TEST(Uri, IsTakenApartAndPutTogether) {
  const auto uri =
      Uri::parse("SIP:alice;day=tue:pass%20word@Atlanta.EXAMPLE:5061;transport=tcp;LR;x=a=b?subject=a%20b&to=c");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "sip");
  EXPECT_EQ(uri->user, "alice;day=tue");
  EXPECT_EQ(uri->password, "pass%20word");
  EXPECT_EQ(uri->host, "atlanta.example");
  EXPECT_EQ(uri->port, "5061");
  EXPECT_EQ(uri->params, "transport=tcp;LR;x=a=b");
  EXPECT_EQ(uri->headers, "subject=a%20b&to=c");
  EXPECT_EQ(uri->param("Transport"), "tcp");
  EXPECT_EQ(uri->param("lr"), "");
  EXPECT_EQ(uri->param("x"), "a=b");
  EXPECT_EQ(uri->param("maddr"), std::nullopt);
  EXPECT_EQ(uri->text(),
            "sip:alice;day=tue:pass%20word@atlanta.example:5061;transport=tcp;LR;x=a=b?subject=a%20b&to=c");
}

TEST(Uri, OfEveryShape) {
  for (const char* const text : {"sip:example.com", "sips:a@b", "sip:[2001:db8::1]:5060", "sip:a@[::ffff:192.0.2.1];lr",
                                 "sip:192.0.2.1:0", "sip:%00@h", "sip:+1-212-555-1212:1234@gateway.com;user=phone",
                                 "sip:a@h_with_underscore", "sip:user;par=u%40example.net@example.com",
                                 "tel:+358-555-1234567;phone-context=example.com", "tel:7042;phone-context=a"}) {
    const auto uri = Uri::parse(text);
    ASSERT_TRUE(uri) << text;
    EXPECT_EQ(uri->text(), text);
  }
}

TEST(Uri, OfTelephoneHasNoHost) {
  const auto uri = Uri::parse("tel:+1.(201)-555;ext=5");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "+1.(201)-555");
  EXPECT_EQ(uri->host, "");
  EXPECT_EQ(uri->param("ext"), "5");
}

TEST(Uri, IsRefusedWhenMalformed) {
  for (const char* const text :
       {"",           "sip",       "sip:",        ":a@b",          "sip:@b",      "sip:a@",
        "sip:a@b@c",  "sip:a@b:",  "sip:a@b:x",   "sip:a@b:65536", "sip:a@b;",    "sip:a@b;;lr",
        "sip:a@b;=x", "sip:a@b?",  "sip:a@[::1",  "sip:a@[]",      "sip:a@[::g]", "sip:a@[::1]x",
        "sip:a b@c",  "sip:a@b c", "sip:a@b;x y", "sip:a%4@b",     "sip:a%zz@b",  "sip:a@b%41",
        "sip:a\"@b",  "sip:<a@b",  "sip:a@b>",    "si p:a@b",      "<sip:a@b>",   "sip:a@b\r\n",
        "tel:",       "tel:+",     "tel:abcx",    "tel:*31%23",    "tel:+1;",     "sip:a:p@q:p@h"}) {
    const auto uri = Uri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::malformed) << text;
  }
}

TEST(Uri, OfAnotherSchemeIsUnsupported) {
  for (const char* const text : {"mailto:a@b", "soap.beep://192.0.2.103:3002", "http://x", "sipx:a"}) {
    const auto uri = Uri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::unsupported) << text;
  }
}

TEST(Uri, ErrorsHoldNothingOfTheText) {
  EXPECT_EQ(Uri::parse("sip:secret:secret@[secret").error().what.find("secret"), std::string::npos);
}

TEST(Uri, OutOfANameAddr) {
  for (const char* const text :
       {"\"Bob, <x>\" <sip:bob@b;lr>;tag=1", "Bob <sip:bob@b;lr>", "<sip:bob@b;lr>", " <sip:bob@b;lr> ;x"})
    EXPECT_EQ(Uri::from_name_addr(text).value().text(), "sip:bob@b;lr") << text;
  EXPECT_EQ(Uri::from_name_addr("sip:bob@b;tag=1").value().text(), "sip:bob@b")
      << "without brackets they belong to the header";
  EXPECT_EQ(Uri::from_name_addr("<mailto:a@b>").error().code, Errc::unsupported);
  EXPECT_EQ(Uri::from_name_addr("<sip:a@b").error().code, Errc::malformed);
  EXPECT_EQ(Uri::from_name_addr("").error().code, Errc::malformed);
}

} // namespace
} // namespace sipveil::sip
