// Digest credentials alone: the RFCs' own examples, signing anew, and what is not read.
#include "bridge/identity/digest.h"
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity {
namespace {

using test::Signature;

SecretBytes secret(std::string_view text) {
  return SecretBytes(text);
}

/// RFC 2617 section 3.5.
const std::string rfc2617 = R"(Digest username="Mufasa", realm="testrealm@host.com", )"
                            R"(nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, )"
                            R"(nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", )"
                            R"(opaque="5ccc069c403ebaf9f0171e9517f40e41")";

/// RFC 7616 section 3.9.1.
std::string rfc7616(const std::string& algorithm, const std::string& response) {
  return R"(Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=)" + algorithm +
         R"(, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, )"
         R"(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response=")" +
         response + R"(", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
}

struct Example {
  std::string value;
  std::string secret;
};
const Example examples[] = {
    {rfc2617, "Circle Of Life"},
    {rfc7616("MD5", "8ca523f5e9506fed4657c9700eebdbec"), "Circle of Life"},
    {rfc7616("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"), "Circle of Life"},
};

// A response that is right is made anew over another URI; over the same one it is what the RFC says.
TEST(Digest, KnowsTheExamplesOfTheRfcs) {
  for (const Example& example : examples) {
    auto credentials = Credentials::parse(example.value);
    ASSERT_TRUE(credentials);
    const std::string response(credentials->get("response"));
    ASSERT_TRUE(credentials->sign_anew("Mufasa", secret(example.secret), "GET", "/other"));
    EXPECT_NE(credentials->get("response"), response);
    EXPECT_EQ(credentials->get("uri"), "/other");
    ASSERT_TRUE(credentials->sign_anew("Mufasa", secret(example.secret), "GET", "/dir/index.html"));
    EXPECT_EQ(credentials->text(), example.value);
  }
}

TEST(Digest, AWrongResponseStaysWrong) {
  for (const Example& example : examples) {
    for (const auto& [login, method, word] : {std::tuple{"Mufasa", "GET", std::string("hakuna matata")},
                                              {"Mufasa", "POST", example.secret},
                                              {"Scar", "GET", example.secret}}) {
      auto credentials = Credentials::parse(example.value);
      const std::string response(credentials->get("response"));
      ASSERT_TRUE(credentials->sign_anew(login, secret(word), method, "/other"));
      EXPECT_EQ(credentials->get("response"), response);
      EXPECT_EQ(credentials->get("uri"), "/other");
    }
  }
}

TEST(Digest, SignsAsAVerifierExpects) {
  for (const std::string algorithm : {"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"}) {
    for (const std::string qop : {"", "auth"}) {
      Signature signature{.algorithm = algorithm, .qop = qop};
      auto credentials = Credentials::parse(signature.value());
      ASSERT_TRUE(credentials);
      signature.uri = "sip:other@c.example";
      ASSERT_TRUE(credentials->sign_anew("alice.w", secret(test::password), "INVITE", signature.uri));
      EXPECT_EQ(credentials->get("response"), signature.response()) << algorithm << " " << qop;
      EXPECT_EQ(credentials->text(), signature.value());
    }
  }
}

TEST(Digest, NamesAreReadInAnyCase) {
  auto credentials = Credentials::parse(R"(dIGEST USERNAME="a", Realm="r" ,nonce = "n")");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->get("username"), "a");
  EXPECT_EQ(credentials->get("nonce"), "n");
  EXPECT_EQ(credentials->text(), R"(Digest USERNAME="a", Realm="r", nonce="n")");
}

// The hash of auth-int covers the body, which is not at hand; of the others nothing is known.
TEST(Digest, DoesNotSignWhatItDoesNotKnow) {
  for (const Signature& signature : {Signature{.qop = "auth-int"}, Signature{.algorithm = "SHA-512-256"},
                                     Signature{.algorithm = "AKAv1-MD5"}, Signature{.algorithm = "-sess"}}) {
    auto credentials = Credentials::parse(signature.value());
    ASSERT_TRUE(credentials);
    EXPECT_FALSE(credentials->sign_anew("alice.w", secret(test::password), "INVITE", "sip:other@c.example"));
    EXPECT_EQ(credentials->text(), signature.value());
  }
}

TEST(Digest, SetsOnlyWhatIsThere) {
  auto credentials = Credentials::parse(R"(Digest username="a", realm="r")");
  credentials->set_quoted("username", "b");
  credentials->set_quoted("uri", "sip:c");
  EXPECT_EQ(credentials->text(), R"(Digest username="b", realm="r")");
}

TEST(Digest, CommasAndQuotesInsideOfValues) {
  const std::string text = R"(Digest username="al\"ice, b", realm="r=1,2")";
  const auto credentials = Credentials::parse(text);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->get("username"), R"(al\"ice, b)");
  EXPECT_EQ(credentials->text(), text);
}

TEST(Digest, RefusesWhatIsNotWellFormed) {
  for (const std::string text :
       {"", "Digest", "Digest ", "Basic dXNlcjpwYXNz", R"(Digestusername="a")", "Digest username",
        "Digest username=", R"(Digest username="a)", "Digest username=a b", R"(Digest user name="a")",
        R"(Digest username="a""b")", R"(Digest username="a",)", R"(Digest ,username="a")",
        R"(Digest username="a", username="b")", R"(Digest username="", USERNAME="b")", R"(Digest ="a")"})
    EXPECT_FALSE(Credentials::parse(text)) << text;
}

// RFC 7616 section 3.4 and what devices add: it is not theirs alone who reads it, and may say a name in another form.
TEST(Digest, LeavesOutWhatItDoesNotKnow) {
  const auto credentials = Credentials::parse(R"(Digest username="a", username*=UTF-8''b, x-name="c", realm="r")");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->text(), R"(Digest username="a", realm="r")");
  EXPECT_FALSE(Credentials::parse(R"(Digest x-name="c")"));
}

} // namespace
} // namespace sipveil::identity
