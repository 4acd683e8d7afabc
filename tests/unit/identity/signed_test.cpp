// Digest through the step: what leaves names nobody, and the home's verifier still tells right from wrong.
#include "bridge/identity/digest.h"
#include "tests/unit/identity/places.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Signed : public ::testing::Test {
 protected:
  Result sent_with(const Signature& signature, Leg leg = {}) {
    return phone.out(
        Draft{.uri = signature.uri, .lines = "Proxy-Authorization: " + signature.value() + "\r\n"}.message(), leg);
  }
  /// As the home proxy checks what reaches it.
  bool verifies(Signature signature, const Result& sent) {
    const Result seen = home.in(sent.message.clone());
    const auto credentials = Credentials::parse(seen.message.header("Proxy-Authorization").value_or(""));
    if (seen.refusal || !credentials) return false;
    EXPECT_EQ(credentials->get("username"), "alice.w");
    EXPECT_EQ(credentials->get("uri"), sent.message.request_uri());
    signature.secret = password;
    signature.uri = credentials->get("uri");
    return credentials->get("response") == signature.response();
  }

  Folder of_phone, of_a;
  Place phone{phone_a(of_phone)};
  Place home{sidecar(of_a, "a.example"), '1'};
};

TEST_F(Signed, VerifiesAtHomeWithEveryAlgorithm) {
  unsigned call = 0;
  for (const std::string algorithm : {"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"}) {
    for (const std::string qop : {"", "auth"}) {
      const Signature signature{.algorithm = algorithm, .qop = qop};
      const Leg leg{.wire_id = "wire-" + std::to_string(call++)};
      const Result sent = sent_with(signature, leg);
      ASSERT_FALSE(sent.refusal);
      const std::string line = sent.message.header("Proxy-Authorization").value_or("");
      EXPECT_THAT(line, Not(HasSubstr("alice.w")));
      EXPECT_THAT(line, Not(HasSubstr("bob.b")));
      const Result seen = home.in(sent.message.clone(), leg);
      const auto credentials = Credentials::parse(seen.message.header("Proxy-Authorization").value_or(""));
      ASSERT_TRUE(credentials);
      Signature expected = signature;
      expected.uri = sent.message.request_uri();
      EXPECT_EQ(seen.message.header("Proxy-Authorization"), expected.value()) << algorithm << qop;
    }
  }
}

TEST_F(Signed, AWrongPasswordStaysWrong) {
  EXPECT_FALSE(verifies({}, sent_with({.secret = "incorrect horse"})));
}

TEST_F(Signed, ARightOneIsRight) {
  EXPECT_TRUE(verifies({}, sent_with({})));
}

TEST_F(Signed, WhatCannotBeSignedAnewDoesNotLeave) {
  for (const Signature& signature : {Signature{.qop = "auth-int"}, Signature{.algorithm = "SHA-512-256"}}) {
    const Result sent = sent_with(signature);
    ASSERT_FALSE(sent.refusal);
    EXPECT_EQ(sent.message.header("Proxy-Authorization"), std::nullopt);
  }
}

TEST_F(Signed, OtherSchemesDoNotLeave) {
  const Result sent = phone.out(
      Draft{.lines = "Authorization: Basic YWxpY2UudzpwYXNz\r\nProxy-Authorization: Other realm=\"alice.w\"\r\n"}
          .message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.header_count(), Draft{}.message().header_count());
}

TEST_F(Signed, ForAnotherUriThanTheDialledOneItIsSignedAllTheSame) {
  // Some phones sign without the parameters that they dial with.
  const Result sent = phone.out(
      Draft{.uri = bob_uri + ";transport=udp", .lines = "Proxy-Authorization: " + Signature{}.value() + "\r\n"}
          .message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(verifies({}, sent));
}

TEST_F(Signed, WithoutThePasswordNothingIsSigned) {
  Config config = phone_a(of_phone);
  config.accounts[0].password_file.reset();
  Place poor(std::move(config));
  const Draft draft{.lines = "Proxy-Authorization: " + Signature{}.value() + "\r\n"};
  const Result refused = poor.out(draft.message());
  EXPECT_EQ(refused.status(), 480);
  EXPECT_EQ(refused.message.from(), draft.message().from());
  // A registration covers no callee: it is not in need of it.
  const Draft registers{.method = "REGISTER",
                        .uri = "sip:a.example",
                        .to = "<" + alice_uri + ">",
                        .lines = "Authorization: " + Signature{.method = "REGISTER", .uri = "sip:a.example"}.value() +
                                 "\r\n"};
  EXPECT_EQ(poor.out(registers.message()).status(), 0);
}

TEST_F(Signed, CredentialsGoToTheHomeAlone) {
  of_phone.pin("bob.b@b.example", KeyKind::x25519);
  for (const std::string asked : {"nobody", "callee", "callee-home"}) {
    const Result sent = sent_with({.uri = fmt::format("{};caller_known_to={}", bob_uri, asked)});
    ASSERT_FALSE(sent.refusal) << asked;
    EXPECT_EQ(sent.message.header("Proxy-Authorization"), std::nullopt) << asked;
  }
  // Unless the callee's home is the caller's.
  const std::string colleague = "sip:carol.c@a.example";
  const Result sent = phone.out(Draft{.uri = colleague + ";caller_known_to=callee-home",
                                      .to = "<" + colleague + ">",
                                      .lines = "Proxy-Authorization: " + Signature{.uri = colleague}.value() + "\r\n"}
                                    .message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(verifies({}, sent));
}

TEST_F(Signed, ALoginOfItsOwnIsSealedAsOne) {
  Config config = phone_a(of_phone);
  config.accounts[0].login = "4711 alice";
  Place other(std::move(config));
  Signature signature{.user = "4711 alice"};
  const Result sent = other.out(Draft{.lines = "Proxy-Authorization: " + signature.value() + "\r\n"}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_THAT(sent.message.print(), Not(HasSubstr("4711")));
  const Result seen = home.in(sent.message.clone());
  signature.uri = sent.message.request_uri();
  EXPECT_EQ(seen.message.header("Proxy-Authorization"), signature.value());
}

// RFC 7616 section 3.4: names beside the name. They say the same in another form.
TEST_F(Signed, NamesInOtherFormsDoNotLeave) {
  for (const std::string more : {"username*=UTF-8''alice.w", "x-user=\"alice.w\""}) {
    const Result sent =
        phone.out(Draft{.lines = "Authorization: " + Signature{}.value() + ", " + more + "\r\n"}.message());
    ASSERT_FALSE(sent.refusal);
    EXPECT_THAT(sent.message.print(), Not(HasSubstr("alice.w"))) << more;
  }
}

TEST_F(Signed, AnEmptyLoginIsNobody) {
  const Result sent = sent_with({.user = ""});
  ASSERT_FALSE(sent.refusal) << sent.refusal->why;
  EXPECT_EQ(sent.message.header("Proxy-Authorization"), std::nullopt);
}

// Over its own sealed Contact, which says nothing, a signature needs nothing done.
TEST_F(Signed, InTheDialogASignatureOverTheContactStays) {
  const Signature signature{.method = "BYE", .uri = "sip:contact@127.0.0.1:5060"};
  const Draft draft{.method = "BYE",
                    .uri = signature.uri,
                    .to = "<" + bob_uri + ">;tag=t1",
                    .lines = "Proxy-Authorization: " + signature.value() + "\r\n",
                    .cseq = 3};
  const Result sent = phone.out(draft.message(), {.sealing = Sealing{Version::privasip_2, KnownTo::home}});
  ASSERT_FALSE(sent.refusal);
  const Result seen = home.in(sent.message.clone(), {.opened_inside = false});
  EXPECT_EQ(seen.message.header("Proxy-Authorization"), signature.value());
}

// The callee signs in a dialog that the caller began: his home knows him by his token in From, sealed by another.
TEST_F(Signed, InADialogOfTheOtherSideTheLoginIsSealedToo) {
  const Folder of_bob;
  const Folder of_b;
  Place bob(phone_b(of_bob), 'b');
  Place proxy(sidecar(of_b, "b.example"), '2');
  const Result invite = phone.out(Draft{.uri = bob_uri}.message());
  const Result at_proxy = proxy.in(invite.message.clone());
  const Result to_bob = proxy.out(Draft{.uri = "sip:contact@anonymous.invalid",
                                        .from = std::string(at_proxy.message.from()),
                                        .to = std::string(at_proxy.message.to())}
                                      .message());
  const Result at_bob = bob.in(to_bob.message.clone());
  ASSERT_THAT(std::string(at_bob.message.to_uri()), ::testing::StartsWith(bob_uri + ";sv="));

  const Signature signature{
      .user = "bob.b", .realm = "b.example", .method = "BYE", .uri = "sip:contact@127.0.0.1:5060"};
  const Draft bye{.method = "BYE",
                  .uri = signature.uri,
                  .from = std::string(at_bob.message.to()) + ";tag=t1",
                  .to = std::string(at_bob.message.from()),
                  .lines = "Proxy-Authorization: " + signature.value() + "\r\n"};
  // Whatever his class for calls of his own: it is his home that asks.
  for (const KnownTo known_to : {KnownTo::home, KnownTo::nobody, KnownTo::callee, KnownTo::callee_home}) {
    const Result sent =
        bob.out(bye.message(), {.opened_inside = false, .sealing = Sealing{Version::privasip_2, known_to}});
    ASSERT_FALSE(sent.refusal) << sent.refusal->why;
    EXPECT_THAT(sent.message.print(), Not(HasSubstr("bob.b")));
    const Result seen = proxy.in(sent.message.clone(), {.opened_inside = true});
    ASSERT_FALSE(seen.refusal);
    EXPECT_EQ(user_of(seen.message.from_uri()), "bob.b");
    EXPECT_EQ(seen.message.header("Proxy-Authorization"), signature.value());
  }
}

} // namespace
} // namespace sipveil::identity::test
