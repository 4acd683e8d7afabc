// What comes in: own tokens become names, foreign ones pass, bad ones get one answer.
#include "privasip/pseudonym.h"
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Alice's phone, her home, and the home of Bob.
class Inward : public ::testing::Test {
 protected:
  Folder of_phone, of_a, of_b;
  Place phone{phone_a(of_phone)};
  Place home{sidecar(of_a, "a.example"), '1'};
  Place callee_home{sidecar(of_b, "b.example"), '2'};
};

TEST_F(Inward, EveryNamedPersonIsShown) {
  const std::string lines = "P-Preferred-Identity: <sip:alice.w@a.example>\r\nReferred-By: <sip:alice.w@a.example>\r\n"
                            "Refer-To: <sip:carol.c@a.example?Replaces=c%3Bto-tag%3D1>\r\n";
  const Result sent = phone.out(Draft{.method = "REFER", .lines = lines}.message());
  ASSERT_FALSE(sent.refusal);
  const Result seen = home.in(sent.message.clone());
  ASSERT_FALSE(seen.refusal);
  EXPECT_THAT(seen.message.header("P-Preferred-Identity").value_or(""), StartsWith("<sip:alice.w@a.example;sv="));
  EXPECT_THAT(seen.message.header("Referred-By").value_or(""), StartsWith("<sip:alice.w@a.example;sv="));
  EXPECT_THAT(seen.message.header("Refer-To").value_or(""),
              AllOf(StartsWith("<sip:carol.c@a.example;sv="), HasSubstr("?Replaces=x-x-c%3Bto-tag%3Dx-x-1>")));
}

TEST_F(Inward, ANamedPersonWhoDoesNotOpenIsNotNamed) {
  Result sent = phone.out(Draft{.lines = "P-Asserted-Identity: <sip:alice.w@a.example>\r\n"}.message());
  std::string bad = "<sip:" + user_of(sent.message.from_uri()) + "@a.example>";
  bad[40] = bad[40] == 'a' ? 'b' : 'a';
  sent.message.add_header("Referred-By", bad);
  const Result seen = home.in(std::move(sent.message));
  ASSERT_FALSE(seen.refusal);
  EXPECT_NE(seen.message.header("P-Asserted-Identity"), std::nullopt);
  EXPECT_EQ(seen.message.header("Referred-By"), std::nullopt);
}

// Whatever is wrong with a token, its sender learns the same.
TEST_F(Inward, BadTokensGetOneAnswer) {
  const Result sent = phone.out(Draft{}.message());
  const std::string good = user_of(sent.message.from_uri());
  std::string changed = good;
  changed[good.size() - 3] = changed[good.size() - 3] == 'a' ? 'b' : 'a';
  Result of_other = phone.out(Draft{}.message(), {.wire_id = "wire-9@anonymous.invalid"});
  const std::string foreign = user_of(sent.message.to_uri());
  for (const std::string& bad : {changed, user_of(of_other.message.from_uri())}) {
    const Result seen = home.in(Draft{.from = "<sip:" + bad + "@a.example>;tag=1"}.message());
    ASSERT_TRUE(seen.refusal) << bad;
    EXPECT_EQ(seen.refusal->status, not_found.status);
    EXPECT_EQ(seen.refusal->why, not_found.why);
  }
  // The caller's token is none of the callee's, nor the other way round.
  EXPECT_EQ(
      home.in(Draft{.uri = "sip:a.example", .from = "<sip:x@y.example>;tag=1", .to = "<sip:" + good + "@a.example>"}
                  .message())
          .status(),
      404);
  EXPECT_EQ(
      callee_home.in(Draft{.uri = "sip:b.example", .from = "<sip:" + foreign + "@b.example>;tag=1"}.message()).status(),
      404);
  EXPECT_EQ(home.in(Draft{.uri = "sip:" + good + "@a.example"}.message()).status(), 404);
}

// It says in clear that it is sealed to another key, perhaps that of one of our users; or it is none at all.
TEST_F(Inward, WhatIsNotSealedToUsPasses) {
  const Result sent = phone.out(Draft{}.message());
  const std::string token = user_of(sent.message.from_uri());
  for (const std::string& other : {user_of(sent.message.to_uri()), token.substr(0, token.size() - 8), "pv" + token}) {
    const std::string from = "<sip:" + other + "@a.example>;tag=1";
    const Result seen = home.in(Draft{.from = from}.message());
    ASSERT_FALSE(seen.refusal) << other;
    EXPECT_EQ(seen.message.from(), from);
  }
}

TEST_F(Inward, ForeignTokensPass) {
  const Result sent = phone.out(Draft{}.message());
  const Result seen = callee_home.in(Draft{.uri = "sip:c@c.example",
                                           .from = std::string(sent.message.from()),
                                           .to = "<sip:" + user_of(sent.message.to_uri()) + "@c.example>"}
                                         .message());
  // Its head says that we could open it, its host that it is not ours: it opens and names another domain's user.
  ASSERT_FALSE(seen.refusal);
  EXPECT_EQ(seen.message.from_uri(), sent.message.from_uri());
  EXPECT_TRUE(is_token(seen.message.to_uri()));
}

TEST_F(Inward, WhatTravelsBesideANameDoesNotComeIn) {
  const Draft draft{
      .uri = "sip:bob.b@b.example;sv=abc",
      .from = "<sip:x@y.example;sv=abc;z=1>;tag=1",
      .to = "<sip:bob.b@b.example;svh=abc>",
      .lines = "P-Asserted-Identity: <sip:x@y.example;sv=abc>\r\nRefer-To: <sip:x@y.example;sv=abc?Subject=z>\r\n"};
  const Result seen = callee_home.in(draft.message());
  ASSERT_FALSE(seen.refusal);
  EXPECT_THAT(seen.message.print(),
              AllOf(Not(HasSubstr("sv=")), Not(HasSubstr("svh=")), Not(HasSubstr("z=1")), Not(HasSubstr("Subject"))));
}

TEST_F(Inward, DisplayNamesDoNotComeIn) {
  const Result seen = callee_home.in(Draft{.from = "\"Your Bank\" <sip:x@y.example>;tag=1",
                                           .to = "\"Bob\" <sip:bob.b@b.example>",
                                           .lines = "P-Asserted-Identity: \"Your Bank\" <sip:x@y.example>\r\n"}
                                         .message());
  ASSERT_FALSE(seen.refusal);
  EXPECT_THAT(seen.message.print(), AllOf(Not(HasSubstr("Your Bank")), Not(HasSubstr("\"Bob\""))));
}

TEST_F(Inward, PseudonymsAreStableAndNoNames) {
  Config config = sidecar(of_a, "a.example");
  config.identity->pseudonyms = true;
  Place hiding(std::move(config), '1');
  const std::string expected = privasip::pseudonym(hiding.step().keys().pseudonym_key(), {"alice.w", "a.example"});
  for (const std::string call : {"wire-1@anonymous.invalid", "wire-2@anonymous.invalid"}) {
    const Leg leg{.wire_id = call};
    const Draft draft{.lines = "P-Preferred-Identity: <sip:alice.w@a.example>\r\nProxy-Authorization: " +
                               Signature{}.value() + "\r\n"};
    const Result sent = phone.out(draft.message(), leg);
    Result seen = hiding.in(sent.message.clone(), leg);
    ASSERT_FALSE(seen.refusal);
    EXPECT_EQ(user_of(seen.message.from_uri()), expected);
    EXPECT_THAT(seen.message.header("Proxy-Authorization").value_or(""), HasSubstr("username=\"" + expected + "\""));
    EXPECT_THAT(seen.message.print(), Not(HasSubstr("alice.w")));
    hiding.restart();
    EXPECT_EQ(hiding.out(std::move(seen.message), leg).message.from_uri(), sent.message.from_uri());
  }
}

// PrivaSIP-1 says the callee in clear; a proxy that wants pseudonyms has no use for that.
TEST_F(Inward, PseudonymsOfPlainNames) {
  Config config = sidecar(of_b, "b.example");
  config.identity->pseudonyms = true;
  Place hiding(std::move(config), '2');
  Result seen = hiding.in(Draft{.from = "<sip:x@y.example>;tag=1"}.message());
  ASSERT_FALSE(seen.refusal);
  const std::string expected = privasip::pseudonym(hiding.step().keys().pseudonym_key(), {"bob.b", "b.example"});
  EXPECT_EQ(user_of(seen.message.request_uri()), expected);
  EXPECT_THAT(seen.message.print(), Not(HasSubstr("bob.b")));
  EXPECT_EQ(hiding.out(std::move(seen.message)).message.to(), "<" + bob_uri + ">");
}

TEST_F(Inward, ARegisteredPhoneIsShownItsOwnName) {
  const Folder of_bob;
  Config config = phone_b(of_bob);
  Place bob(std::move(config), 'b');
  for (const std::string& host : {std::string("b.example"), std::string(anonymous_host)}) {
    const Result sent = phone.out(Draft{}.message());
    const std::string to = "<sip:" + user_of(sent.message.to_uri()) + "@" + host + ">";
    const Result seen = bob.in(
        Draft{.uri = "sip:contact@anonymous.invalid", .from = std::string(sent.message.from()), .to = to}.message());
    ASSERT_FALSE(seen.refusal);
    EXPECT_THAT(std::string(seen.message.to_uri()), StartsWith(bob_uri + (host == anonymous_host ? ";svh=" : ";sv=")));
    EXPECT_EQ(seen.message.from_uri(), sent.message.from_uri());
  }
}

TEST_F(Inward, OfTwoAccountsOfOneDomainNeitherIsGuessed) {
  const Folder of_bob;
  Config config = phone_b(of_bob);
  config.accounts.push_back(
      {.user = "ben.b", .host = "b.example", .home = {}, .password_file = {}, .login = "ben.b", .caller_known_to = {}});
  Place bob(std::move(config), 'b');
  const Result sent = phone.out(Draft{}.message());
  const Result seen =
      bob.in(Draft{.uri = "sip:contact@anonymous.invalid", .to = std::string(sent.message.to())}.message());
  EXPECT_EQ(seen.message.to_uri(), sent.message.to_uri());
}

TEST_F(Inward, InTheDialogThePhoneReadsWhatItWrote) {
  const Leg leg{.opened_inside = true,
                .restore = {.from_uri = "sip:alice.w@A.Example;x-name=Alice", .to_uri = "sip:bob.b@b.example;user=ip"}};
  const Draft draft{.method = "BYE",
                    .uri = "sip:contact@anonymous.invalid",
                    .from = "<sip:pvb@b.example>;tag=t1",
                    .to = "<sip:pva@a.example>;tag=f1"};
  const Result seen = phone.in(draft.message(), leg);
  ASSERT_FALSE(seen.refusal);
  EXPECT_EQ(seen.message.from(), "<sip:bob.b@b.example;user=ip>;tag=t1");
  EXPECT_EQ(seen.message.to(), "<sip:alice.w@A.Example;x-name=Alice>;tag=f1");
}

TEST_F(Inward, OnlySipUrisAreUnderstood) {
  EXPECT_EQ(home.in(Draft{.from = "<tel:+4930123>;tag=f1"}.message()).status(), 400);
  EXPECT_EQ(home.in(Draft{.to = "<urn:service:sos>"}.message()).status(), 400);
  EXPECT_EQ(home.in(Draft{.uri = "tel:+4930123"}.message()).status(), 400);
}

TEST_F(Inward, EmptyUsersAndLongOnesPassAsTheyAre) {
  const std::string lengthy = "sip:" + std::string(500, 'u') + "@b.example";
  const Result seen =
      callee_home.in(Draft{.uri = lengthy, .from = "<sip:y.example>;tag=1", .to = "<" + lengthy + ">"}.message());
  ASSERT_FALSE(seen.refusal);
  EXPECT_EQ(seen.message.request_uri(), lengthy);
  EXPECT_EQ(seen.message.from(), "<sip:y.example>;tag=1");
}

TEST_F(Inward, BadCredentialsAreRefusedOnlyIfTheyAreForUs) {
  const Result sent = phone.out(Draft{}.message());
  const std::string token = user_of(sent.message.to_uri());
  const auto with = [&](const std::string& value) {
    return home.in(Draft{.from = "<sip:x@y.example>;tag=1", .lines = "Authorization: " + value + "\r\n"}.message());
  };
  EXPECT_EQ(with(Signature{.user = token, .realm = "a.example"}.value()).status(), 404);
  EXPECT_EQ(with(Signature{.user = token, .realm = "c.example"}.value()).status(), 0);
  const Result other = with("Basic YWxpY2U6eA==");
  ASSERT_FALSE(other.refusal);
  EXPECT_EQ(other.message.header("Authorization"), std::nullopt);
}

} // namespace
} // namespace sipveil::identity::test
