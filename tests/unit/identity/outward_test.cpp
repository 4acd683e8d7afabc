// What leaves: every header that names somebody, in every method, at a phone and beside a proxy.
#include "bridge/identity/digest.h"
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string all_names = "P-Asserted-Identity: \"Alice\" <sip:alice.w@a.example>\r\n"
                              "P-Preferred-Identity: <sip:alice.w@a.example>\r\n"
                              "Remote-Party-ID: \"Alice\" <sip:alice.w@a.example>;party=calling;screen=no\r\n"
                              "Referred-By: <sip:alice.w@a.example>;cid=\"alice.w@a.example\"\r\n"
                              "Refer-To: \"Carol\" <sip:carol.c@b.example?Replaces=c%3Bto-tag%3D1&Subject=x>\r\n";

struct Way {
  std::string method;
  bool inside = false; ///< of a dialog
};

std::vector<Way> ways() {
  std::vector<Way> all{{"REGISTER"}, {"ACK", true}, {"BYE", true}, {"UPDATE", true}, {"INFO", true}, {"PRACK", true}};
  for (const std::string method : {"INVITE", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER", "OPTIONS", "PUBLISH", "FOO"})
    for (const bool inside : {false, true})
      all.push_back({method, inside});
  return all;
}

Draft draft_of(const Way& way, const std::string& lines) {
  Draft draft{.method = way.method,
              .from = "\"Alice W\" <sip:alice.w@a.example;x-name=alice.w>;tag=f1;epid=alice.w",
              .lines = lines};
  draft.to = "\"Bob B\" <sip:bob.b@b.example>";
  if (way.method == "REGISTER") {
    draft.uri = "sip:a.example";
    draft.to = "\"Alice W\" <" + alice_uri + ">";
  }
  if (way.inside) draft.uri = "sip:contact@anonymous.invalid";
  if (way.inside) draft.to += ";tag=t1";
  return draft;
}

std::string credentials_for(const Draft& draft) {
  return "Authorization: " + Signature{.method = draft.method, .uri = draft.uri}.value() +
         "\r\nProxy-Authorization: " + Signature{.method = draft.method, .uri = draft.uri}.value() + "\r\n";
}

TEST(OutwardOfAPhone, NamesNobodyInAnyMethod) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const Way& way : ways()) {
    Draft draft = draft_of(way, all_names);
    draft.lines += credentials_for(draft);
    const Result sent =
        phone.out(draft.message(), {.sealing = way.inside ? std::optional<Sealing>({Version::privasip_2, KnownTo::home})
                                                          : std::nullopt});
    ASSERT_FALSE(sent.refusal) << way.method << sent.refusal->why;
    const std::string printed = sent.message.print();
    EXPECT_THAT(printed, AllOf(Not(HasSubstr("alice.w")), Not(HasSubstr("bob.b")), Not(HasSubstr("carol.c")),
                               Not(HasSubstr("Alice")), Not(HasSubstr("Bob")), Not(HasSubstr("Carol"))))
        << way.method << way.inside;
    EXPECT_TRUE(is_token(sent.message.from_uri()));
    EXPECT_TRUE(is_token(sent.message.to_uri()));
    // The caller is one token wherever he stands.
    const std::string token = user_of(sent.message.from_uri());
    const std::string named = "<sip:" + token + "@a.example>";
    EXPECT_EQ(sent.message.from(), named + ";tag=f1");
    for (const std::string header : {"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Referred-By"})
      EXPECT_EQ(sent.message.header(header), named) << way.method << " " << header;
    for (const std::string header : {"Authorization", "Proxy-Authorization"}) {
      const auto credentials = Credentials::parse(sent.message.header(header).value_or(""));
      ASSERT_TRUE(credentials) << way.method;
      EXPECT_EQ(credentials->get("username"), token);
      EXPECT_EQ(credentials->get("uri"), sent.message.request_uri());
    }
    const std::string refers = sent.message.header("Refer-To").value_or("");
    EXPECT_THAT(refers, AllOf(HasSubstr("<sip:pv"), HasSubstr("@b.example?Replaces=x-c%3Bto-tag%3Dx-1>")));
    EXPECT_EQ(sent.originals.from_uri, "sip:alice.w@a.example;x-name=alice.w");
    EXPECT_EQ(sent.originals.to_uri, way.method == "REGISTER" ? alice_uri : bob_uri);
    (void)parsed(printed);
  }
}

TEST(OutwardOfAPhone, SendsTheRequestWhereItWasAddressed) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const auto& [uri, seen] : {std::pair<std::string, std::string>{"sip:bob.b@b.example:5070;transport=tcp;x=1",
                                                                      "@b.example:5070;transport=tcp"},
                                  {"sips:bob.b@B.example;user=phone", "@b.example"}}) {
    const Result sent = phone.out(Draft{.uri = uri}.message());
    ASSERT_FALSE(sent.refusal);
    EXPECT_TRUE(is_token(sent.message.request_uri()));
    EXPECT_TRUE(sent.message.request_uri().ends_with(seen)) << sent.message.request_uri();
    EXPECT_EQ(sent.message.request_uri().substr(0, 5), uri.substr(0, 4) == "sips" ? "sips:" : "sip:p");
  }
  // Nobody stands in these.
  for (const std::string uri : {"sip:b.example", "sip:pvabcdef@x.onion", "sip:contact@anonymous.invalid"})
    EXPECT_EQ(phone.out(Draft{.uri = uri}.message()).message.request_uri(), uri);
}

TEST(OutwardOfAPhone, NamesOfOthersGo) {
  const Folder folder;
  Place phone(phone_a(folder));
  const std::string lines = "P-Asserted-Identity: <sip:carol.c@a.example>\r\nP-Asserted-Identity: <tel:+4930123>\r\n"
                            "P-Preferred-Identity: sip:alice.w@a.example, <tel:+4930123>\r\n"
                            "Remote-Party-ID: <sip:alice.w@b.example>;party=called\r\nReferred-By: nonsense <\r\n";
  const Result sent = phone.out(Draft{.lines = lines}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.header_count(), Draft{}.message().header_count());
}

TEST(OutwardOfAPhone, AReferWithoutALegibleTargetIsRefused) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const std::string target : {"<tel:+4930123>", "nonsense <", "<sip:carol.c@b.example?Replaces=%4>"}) {
    const Result sent = phone.out(Draft{.method = "REFER", .lines = "Refer-To: " + target + "\r\n"}.message());
    EXPECT_EQ(sent.status(), 400) << target;
  }
}

TEST(OutwardOfAPhone, OnlySipUrisAreUnderstood) {
  const Folder folder;
  Place phone(phone_a(folder));
  EXPECT_EQ(phone.out(Draft{.from = "<tel:+4930123>;tag=f1"}.message()).status(), 400);
  EXPECT_EQ(phone.out(Draft{.to = "<tel:+4930123>"}.message()).status(), 400);
  EXPECT_EQ(phone.out(Draft{.uri = "tel:+4930123"}.message()).status(), 400);
}

TEST(OutwardOfAPhone, AUserPartIsOneNameWhateverStandsInIt) {
  const Folder folder;
  const Folder of_b;
  Place phone(phone_a(folder));
  Place home(sidecar(of_b, "b.example"), '2');
  for (const std::string user :
       {"b%20ob", "+4930123;phone-context=b.example", "bob;x=1,2?z/w", "a", "%70v", "~*'()&=+$!"}) {
    const std::string uri = "sip:" + user + "@b.example";
    const Result sent = phone.out(Draft{.uri = uri, .to = "<" + uri + ">"}.message());
    ASSERT_FALSE(sent.refusal) << user;
    EXPECT_TRUE(is_token(sent.message.request_uri()));
    const Result seen = home.in(sent.message.clone());
    EXPECT_EQ(seen.message.request_uri().substr(0, uri.size()), uri);
    EXPECT_EQ(user_of(seen.message.to_uri()), user);
  }
}

TEST(OutwardOfAPhone, VeryLongNamesAreRefusedNotCut) {
  const Folder folder;
  Place phone(phone_a(folder));
  const auto to = [](std::size_t size) { return "sip:" + std::string(size, 'u') + "@b.example"; };
  EXPECT_EQ(phone.out(Draft{.uri = to(96), .to = "<" + to(96) + ">"}.message()).status(), 0);
  EXPECT_EQ(phone.out(Draft{.uri = to(97), .to = "<" + to(97) + ">"}.message()).status(), 500);
  EXPECT_EQ(phone.out(Draft{.to = "<" + to(2000) + ">"}.message()).status(), 500);
}

TEST(OutwardOfAPhone, AddressesWithoutAUserNameNobody) {
  const Folder folder;
  Place phone(phone_a(folder));
  const Result sent = phone.out(
      Draft{.uri = "sip:b.example", .from = "<sip:a.example>;tag=f1", .to = "\"B\" <sip:b.example>"}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.from(), "<sip:a.example>;tag=f1");
  EXPECT_EQ(sent.message.to(), "<sip:b.example>");
}

TEST(OutwardOfAPhone, WithoutAKeyNothingLeaves) {
  struct Missing {
    std::string name;
    KnownTo known_to;
  };
  for (const Missing& missing : {Missing{"a.example", KnownTo::home},
                                 {"b.example", KnownTo::home},
                                 {"b.example", KnownTo::callee_home},
                                 {"bob.b@b.example", KnownTo::callee}}) {
    const Folder folder;
    Config config = phone_a(folder);
    config.identity->caller_known_to = missing.known_to;
    folder.pin("bob.b@b.example", KeyKind::x25519);
    std::filesystem::remove(folder.path() / "peers" / (missing.name + ".pem"));
    // A key of another algorithm is none.
    folder.pin(missing.name, KeyKind::p256);
    Place phone(std::move(config));
    const Draft draft{.lines = all_names};
    const Result sent = phone.out(draft.message());
    EXPECT_EQ(sent.status(), 480) << missing.name;
    EXPECT_TRUE(sent.originals.from_uri.empty() && sent.originals.to_uri.empty());
    EXPECT_EQ(sent.message.from(), draft.message().from());
    EXPECT_EQ(sent.message.to(), draft.message().to());
    EXPECT_THAT(std::string(sent.refusal->why), Not(HasSubstr(".example")));
  }
}

TEST(OutwardOfAPhone, AddressesOfMachinesAreNoNames) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const std::string host : {"192.0.2.1", "[2001:db8::1]"}) {
    const Result sent = phone.out(Draft{.from = "<sip:alice.w@" + host + ">;tag=f1"}.message());
    ASSERT_FALSE(sent.refusal);
    EXPECT_EQ(sent.message.from(), "<sip:anonymous@anonymous.invalid>;tag=f1");
  }
}

TEST(OutwardOfAPhone, WithoutPrivasipOnlyNamesPass) {
  Place phone{Config{}};
  const Result sent = phone.out(draft_of({"INVITE"}, all_names).message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.from(), "<sip:alice.w@a.example>;tag=f1");
  EXPECT_EQ(sent.message.to(), "<sip:bob.b@b.example>");
  EXPECT_EQ(sent.message.header("P-Asserted-Identity"), "<sip:alice.w@a.example>");
  EXPECT_EQ(sent.message.header("Referred-By"), "<sip:alice.w@a.example>");
  EXPECT_EQ(sent.message.header("Refer-To"), "<sip:carol.c@b.example?Replaces=x-c%3Bto-tag%3Dx-1>");
  EXPECT_THAT(sent.message.print(), AllOf(Not(HasSubstr("Alice")), Not(HasSubstr("Bob")), Not(HasSubstr("x-name"))));
}

TEST(OutwardOfAPhone, PrivasipOneSealsTheCallerAlone) {
  const Folder folder;
  Place phone(phone_a(folder, Version::privasip_1));
  const Result sent = phone.out(draft_of({"INVITE"}, all_names).message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(is_token(sent.message.from_uri()));
  EXPECT_EQ(sent.message.to(), "<sip:bob.b@b.example>");
  EXPECT_EQ(sent.message.request_uri(), bob_uri);
  EXPECT_THAT(sent.message.header("Refer-To").value_or(""), HasSubstr("<sip:carol.c@b.example?Replaces"));
  EXPECT_THAT(sent.message.print(), Not(HasSubstr("alice.w")));
}

TEST(OutwardOfAPhone, HiddenDomainsDoNotShow) {
  const Folder folder;
  Config config = phone_a(folder);
  config.identity->hide_domain = true;
  Place phone(std::move(config));
  Draft draft = draft_of({"INVITE"}, all_names);
  draft.lines += credentials_for(draft);
  const Result sent = phone.out(draft.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_TRUE(sent.message.from_uri().ends_with("@anonymous.invalid"));
  EXPECT_TRUE(sent.message.to_uri().ends_with("@anonymous.invalid"));
  EXPECT_TRUE(sent.message.request_uri().ends_with("@b.example")); // how the request finds its way
  EXPECT_EQ(Credentials::parse(sent.message.header("Authorization").value_or(""))->get("username"),
            user_of(sent.message.from_uri()));
  EXPECT_THAT(sent.message.header("P-Asserted-Identity").value_or(""), HasSubstr("@anonymous.invalid"));
}

TEST(OutwardOfAProxy, SealsItsOwnUsersAndLeavesThoseOfOthers) {
  const Folder folder;
  Config config = sidecar(folder, "a.example");
  folder.pin("b.example", KeyKind::x25519);
  Place proxy(std::move(config));
  const Result own = proxy.out(Draft{}.message());
  ASSERT_FALSE(own.refusal);
  EXPECT_TRUE(is_token(own.message.from_uri()));
  EXPECT_TRUE(is_token(own.message.to_uri()));
  const Result others = proxy.out(Draft{.from = "<sip:carol.c@c.example>;tag=f1"}.message());
  ASSERT_FALSE(others.refusal);
  EXPECT_EQ(others.message.from_uri(), "sip:carol.c@c.example");
}

TEST(OutwardOfAProxy, PasswordsForItStayThere) {
  const Folder folder;
  Config config = sidecar(folder, "a.example");
  folder.pin("b.example", KeyKind::x25519);
  Place proxy(std::move(config));
  const Result sent = proxy.out(Draft{.lines = "Proxy-Authorization: " + Signature{}.value() + "\r\n"}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.header("Proxy-Authorization"), std::nullopt);
}

} // namespace
} // namespace sipveil::identity::test
