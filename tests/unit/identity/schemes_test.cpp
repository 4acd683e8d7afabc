// Every scheme with every algorithm: the home sees the caller, the callee's home the callee, nobody else anybody; the
// same bytes in a dialog, also through a restart, and others in the next one.
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

struct Scheme {
  const char* name;
  Version version;
  Algorithm algorithm;
};

const Scheme schemes[] = {
    {"one_aes", Version::privasip_1, Algorithm::aes},
    {"one_rsa", Version::privasip_1, Algorithm::rsa},
    {"one_x25519", Version::privasip_1, Algorithm::ecies_x25519},
    {"one_p256", Version::privasip_1, Algorithm::ecies_p256},
    {"two_rsa", Version::privasip_2, Algorithm::rsa},
    {"two_x25519", Version::privasip_2, Algorithm::ecies_x25519},
    {"two_p256", Version::privasip_2, Algorithm::ecies_p256},
};

class EachScheme : public ::testing::TestWithParam<Scheme> {
 protected:
  static bool two() { return GetParam().version == Version::privasip_2; }
  static Config beside_proxy(const Folder& folder, const std::string& domain) {
    Config config = sidecar(folder, domain, GetParam().algorithm);
    config.identity->scheme = GetParam().version;
    return config;
  }
  Folder of_phone, of_a, of_b;
  Place phone{phone_a(of_phone, GetParam().version, GetParam().algorithm)};
  Place home{beside_proxy(of_a, "a.example"), '1'};
  Place callee_home{beside_proxy(of_b, "b.example"), '2'};
};

TEST_P(EachScheme, ShowsEachHomeItsOwn) {
  const Result sent = phone.out(Draft{}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(is_token(sent.message.from_uri()));
  EXPECT_EQ(is_token(sent.message.to_uri()), two());
  EXPECT_EQ(is_token(sent.message.request_uri()), two());

  const Result at_home = home.in(sent.message.clone());
  ASSERT_FALSE(at_home.refusal);
  EXPECT_EQ(user_of(at_home.message.from_uri()), "alice.w");
  EXPECT_EQ(at_home.message.to_uri(), sent.message.to_uri());
  EXPECT_EQ(at_home.message.request_uri(), sent.message.request_uri());

  const Result at_callee = callee_home.in(sent.message.clone());
  ASSERT_FALSE(at_callee.refusal);
  EXPECT_EQ(at_callee.message.from_uri(), sent.message.from_uri());
  EXPECT_EQ(user_of(at_callee.message.to_uri()), "bob.b");
  EXPECT_EQ(user_of(at_callee.message.request_uri()), "bob.b");
}

TEST_P(EachScheme, WhatComesInGoesOutAgainAsItCame) {
  const Result sent = phone.out(Draft{}.message());
  for (Place* place : {&home, &callee_home}) {
    Result seen = place->in(sent.message.clone());
    place->restart();
    const Result passed = place->out(std::move(seen.message));
    ASSERT_FALSE(passed.refusal);
    EXPECT_EQ(passed.message.from(), sent.message.from());
    EXPECT_EQ(passed.message.to(), sent.message.to());
  }
}

TEST_P(EachScheme, ADialogKeepsItsBytes) {
  const Draft inside{.method = "BYE", .uri = "sip:c@anonymous.invalid", .to = "<" + bob_uri + ">;tag=t1", .cseq = 2};
  const Result first = phone.out(Draft{}.message());
  const Result second = phone.out(inside.message(), {.sealing = first.caller.sealing});
  ASSERT_FALSE(second.refusal);
  EXPECT_EQ(second.message.from_uri(), first.message.from_uri());
  EXPECT_EQ(second.message.to_uri(), first.message.to_uri());
}

TEST_P(EachScheme, ADialogKeepsItsBytesThroughARestart) {
  const Result first = phone.out(Draft{}.message());
  phone.restart();
  const Result second =
      phone.out(Draft{.method = "BYE", .uri = "sip:c@anonymous.invalid", .to = "<" + bob_uri + ">;tag=t1"}.message(),
                {.sealing = first.caller.sealing, .now = clock_now + 3600});
  ASSERT_FALSE(second.refusal);
  const bool keeps = GetParam().algorithm != Algorithm::rsa;
  EXPECT_EQ(second.message.from_uri() == first.message.from_uri(), keeps);
  EXPECT_EQ(second.message.to_uri() == first.message.to_uri(), keeps || !two());
}

TEST_P(EachScheme, AnotherDialogHasOtherBytes) {
  const Result first = phone.out(Draft{}.message());
  for (const Leg& leg : {Leg{.wire_id = "wire-2@anonymous.invalid"}, Leg{.issued = clock_now + 60}}) {
    const Result second = phone.out(Draft{}.message(), leg);
    EXPECT_NE(second.message.from_uri(), first.message.from_uri());
    EXPECT_EQ(second.message.to_uri() != first.message.to_uri(), two());
    EXPECT_EQ(second.message.request_uri() != first.message.request_uri(), two());
  }
}

// A token that is taken into another call opens nothing.
TEST_P(EachScheme, ATokenIsWorthNothingInAnotherDialog) {
  const Result sent = phone.out(Draft{}.message());
  const Leg other{.wire_id = "wire-2@anonymous.invalid"};
  EXPECT_EQ(home.in(sent.message.clone(), other).status(), 404);
  EXPECT_EQ(callee_home.in(sent.message.clone(), other).status(), two() ? 404 : 0);
}

TEST_P(EachScheme, HidesDomains) {
  Config config = phone_a(of_phone, GetParam().version, GetParam().algorithm);
  config.identity->hide_domain = true;
  Place hiding(std::move(config));
  const Result sent = hiding.out(Draft{}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(sent.message.from_uri().ends_with("@anonymous.invalid"));
  EXPECT_EQ(sent.message.to_uri().ends_with("@anonymous.invalid"), two());
  Result at_home = home.in(sent.message.clone());
  EXPECT_TRUE(std::string(at_home.message.from_uri()).starts_with(alice_uri + ";svh="));
  EXPECT_EQ(home.out(std::move(at_home.message)).message.from(), sent.message.from());
  const Result at_callee = callee_home.in(sent.message.clone());
  EXPECT_EQ(user_of(at_callee.message.to_uri()), "bob.b");
  EXPECT_EQ(at_callee.message.from_uri(), sent.message.from_uri());
}

TEST_P(EachScheme, RegistersTheCallerAsOneToken) {
  const Draft draft{.method = "REGISTER",
                    .uri = "sip:a.example",
                    .to = "<" + alice_uri + ">",
                    .lines =
                        "Authorization: " + Signature{.method = "REGISTER", .uri = "sip:a.example"}.value() + "\r\n"};
  const Result sent = phone.out(draft.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.from_uri(), sent.message.to_uri());
  EXPECT_THAT(sent.message.print(), ::testing::Not(::testing::HasSubstr("alice.w")));
  const Result seen = home.in(sent.message.clone());
  ASSERT_FALSE(seen.refusal);
  EXPECT_EQ(user_of(seen.message.from_uri()), "alice.w");
  EXPECT_EQ(user_of(seen.message.to_uri()), "alice.w");
  EXPECT_EQ(seen.message.request_uri(), "sip:a.example");
  EXPECT_EQ(seen.message.header("Authorization"), draft.message().header("Authorization"));
}

INSTANTIATE_TEST_SUITE_P(Identity, EachScheme, ::testing::ValuesIn(schemes),
                         [](const auto& param) { return param.param.name; });

} // namespace
} // namespace sipveil::identity::test
