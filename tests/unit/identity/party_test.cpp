// URIs as the identity step sees them: what of them may pass, and what it reads.
#include "bridge/identity/party.h"
#include "bridge/identity/refer_to.h"
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity {
namespace {

std::string passed(std::string_view uri) {
  const auto party = Party::parse(uri);
  return party ? party->text() : "none";
}

TEST(Party, KeepsWhatMayBeSeen) {
  for (const std::string uri :
       {"sip:bob@b.example", "sips:bob@b.example", "sip:b.example", "sip:bob@b.example:5070",
        "sip:bob@b.example;transport=tcp", "sip:+49301234@b.example;user=phone", "sip:bob@b.example;method=INVITE",
        "sip:bob%20x;phone-context=b.example@b.example", "sip:bob@[2001:db8::1]:5061", "sip:a/b?c,d@b.example"})
    EXPECT_EQ(passed(uri), uri);
}

TEST(Party, LosesTheRest) {
  EXPECT_EQ(passed("sip:bob:secret@b.example"), "sip:bob@b.example");
  EXPECT_EQ(passed("sip:bob@b.example;transport=sctp"), "sip:bob@b.example");
  EXPECT_EQ(passed("sip:bob@b.example;user=ip;ttl=1;maddr=192.0.2.1;lr;x-name=Bob"), "sip:bob@b.example");
  EXPECT_EQ(passed("sip:bob@b.example?Subject=secret&Replaces=x"), "sip:bob@b.example");
  EXPECT_EQ(passed("sip:bob@b.example;caller_known_to=nobody"), "sip:bob@b.example");
  EXPECT_EQ(passed("sip:bob@b.example;sv=abc"), "sip:bob@b.example");
  EXPECT_EQ(passed("SIP:Bob@B.Example;TRANSPORT=TCP"), "sip:Bob@b.example;transport=tcp");
}

TEST(Party, ReadsItsOwnParameters) {
  const auto party = Party::parse("sip:bob@b.example;SV=abc;Caller_Known_To=callee");
  ASSERT_TRUE(party);
  EXPECT_EQ(party->beside, "abc");
  EXPECT_FALSE(party->beside_hidden);
  EXPECT_EQ(party->asked_class, "callee");
  EXPECT_TRUE(Party::parse("sip:bob@b.example;svh=abc")->beside_hidden);
}

TEST(Party, IsOfSipAlone) {
  for (const std::string uri : {"tel:+49301234", "mailto:bob@b.example", "urn:service:sos", "http://b.example",
                                "sip:", "sip:@b.example", "bob@b.example", "", "sip:bob@b.example;;x"})
    EXPECT_EQ(passed(uri), "none") << uri;
}

TEST(Party, IsThePersonOfUserAndHost) {
  const auto bob = *Party::parse("sip:bob@b.example");
  EXPECT_TRUE(bob.same_person(*Party::parse("sips:bob@B.EXAMPLE:5061;transport=tls")));
  EXPECT_FALSE(bob.same_person(*Party::parse("sip:Bob@b.example")));
  EXPECT_FALSE(bob.same_person(*Party::parse("sip:bob@c.example")));
}

TEST(WithUri, KeepsTheTagAlone) {
  EXPECT_EQ(with_uri("\"Bob, B\" <sip:bob@b.example;x=1>;tag=17;epid=4711", "sip:t@b.example"),
            "<sip:t@b.example>;tag=17");
  EXPECT_EQ(with_uri("sip:bob@b.example;tag=17", "sip:t@b.example"), "<sip:t@b.example>;tag=17");
  EXPECT_EQ(with_uri("Bob <sip:bob@b.example>", "sip:t@b.example"), "<sip:t@b.example>");
}

std::optional<std::string> translated(std::string_view headers) {
  return translate_refer_headers(headers, test::translated);
}

TEST(ReferTo, MapsTheIdentifiersOfReplaces) {
  EXPECT_EQ(translated("Replaces=a84b4c%40pc33%3Bto-tag%3D7743%3Bfrom-tag%3D6472"),
            "?Replaces=x-a84b4c%40pc33%3Bto-tag%3Dx-7743%3Bfrom-tag%3Dx-6472");
  EXPECT_EQ(translated("replaces=c%3bfrom-tag%3d1%3bto-tag%3d2%3bearly-only"),
            "?Replaces=x-c%3Bfrom-tag%3Dx-1%3Bto-tag%3Dx-2%3Bearly-only");
}

TEST(ReferTo, LetsNothingElsePass) {
  EXPECT_EQ(translated(""), "");
  EXPECT_EQ(translated("Subject=secret&Accept-Contact=x"), "");
  EXPECT_EQ(translated("Subject=secret&Replaces=c%3Bto-tag%3D1%3Bx-name%3Dbob&Body=y"), "?Replaces=x-c%3Bto-tag%3Dx-1");
}

TEST(ReferTo, SaysWhatItCannotRead) {
  EXPECT_EQ(translated("Replaces=c%4"), std::nullopt);
  EXPECT_EQ(translated("Replaces=c%zz"), std::nullopt);
  const auto fails = [](std::string_view) { return std::string(); };
  EXPECT_EQ(translate_refer_headers("Replaces=c", fails), std::nullopt);
  EXPECT_EQ(translate_refer_headers("Replaces=c", {}), std::nullopt);
}

TEST(RemoveEmptied, TakesOnlyWhatTheStepsEmpty) {
  auto message = test::Draft{.lines = "P-Asserted-Identity:\r\nRefer-To:\r\nAuthorization:\r\nSubject:\r\n"}.message();
  remove_emptied(message);
  EXPECT_EQ(message.header_count(), test::Draft{.lines = "Subject:\r\n"}.message().header_count());
}

} // namespace
} // namespace sipveil::identity
