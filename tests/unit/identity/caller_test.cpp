// Who may know who calls: from the configuration, the account, the dialled address and the Privacy header.
#include "tests/unit/identity/places.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

struct Case {
  const char* what;
  std::string asked;   ///< ;caller_known_to=
  std::string privacy; ///< value of Privacy
  KnownTo configured;
  std::optional<KnownTo> of_account;
  Sealing expected;
};

constexpr Version two = Version::privasip_2;

const Case cases[] = {
    {"configured", "", "", KnownTo::callee_home, {}, {two, KnownTo::callee_home}},
    {"the account goes first", "", "", KnownTo::callee_home, KnownTo::callee, {two, KnownTo::callee}},
    {"the address goes before it", "callee-home", "", KnownTo::home, KnownTo::callee, {two, KnownTo::callee_home}},
    {"in any case", "NoBody", "", KnownTo::home, {}, {two, KnownTo::nobody}},
    {"a typing error hides", "everybody", "", KnownTo::home, {}, {two, KnownTo::nobody}},
    {"user is what PrivaSIP does", "", "user", KnownTo::home, {}, {two, KnownTo::home}},
    {"id likewise", "", "header;id", KnownTo::callee, {}, {two, KnownTo::callee}},
    {"none shows the caller", "", "none", KnownTo::home, {}, {two, KnownTo::home, true}},
    {"none, with blanks", "", " None ;critical", KnownTo::home, {}, {two, KnownTo::home, true}},
    {"none and id contradict", "", "none;id", KnownTo::home, {}, {two, KnownTo::home}},
    {"others ask nothing of us", "", "session;critical", KnownTo::home, {}, {two, KnownTo::home}},
};

Draft draft_of(const Case& one) {
  Draft draft;
  if (!one.asked.empty()) draft.uri += ";caller_known_to=" + one.asked;
  if (!one.privacy.empty()) draft.lines = "Privacy: " + one.privacy + "\r\n";
  return draft;
}

TEST(Caller, IsKnownToWhomTheClassSays) {
  for (const Case& one : cases) {
    const Folder folder;
    Config config = phone_a(folder);
    config.identity->caller_known_to = one.configured;
    config.accounts[0].caller_known_to = one.of_account;
    Place phone(std::move(config));
    EXPECT_EQ(phone.step().caller_of(draft_of(one).message()).sealing, one.expected) << one.what;
  }
}

// RFC 3323 section 4.2: whoever asks for no privacy gets none; the callee has not been asked.
TEST(Caller, ShowsHimselfAloneIfHeAsks) {
  const Folder folder;
  Place phone(phone_a(folder));
  const Result sent = phone.out(Draft{.lines = "Privacy: none\r\n"}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_EQ(sent.message.from(), "<" + alice_uri + ">;tag=f1");
  EXPECT_TRUE(is_token(sent.message.to_uri()));
  EXPECT_TRUE(is_token(sent.message.request_uri()));
}

TEST(Caller, ReadsEveryPrivacyHeader) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const std::string lines : {"Privacy: none\r\nPrivacy: id\r\n", "Privacy: none, id\r\n"})
    EXPECT_FALSE(phone.step().caller_of(Draft{.lines = lines}.message()).sealing.open_caller);
}

TEST(Caller, RegistersForTheRegistrar) {
  const Folder folder;
  Config config = phone_a(folder);
  config.identity->caller_known_to = KnownTo::nobody;
  config.accounts[0].caller_known_to = KnownTo::callee;
  Place phone(std::move(config));
  const Draft draft{.method = "REGISTER",
                    .uri = "sip:a.example;caller_known_to=nobody",
                    .to = "<" + alice_uri + ">",
                    .lines = "Privacy: id\r\n"};
  EXPECT_EQ(phone.step().caller_of(draft.message()).sealing, (Sealing{two, KnownTo::home}));
}

TEST(Caller, StaysInTheDialogAsItBegan) {
  const Folder folder;
  Place phone(phone_a(folder));
  const Sealing began{Version::privasip_1, KnownTo::callee_home};
  const Draft draft{
      .uri = bob_uri + ";caller_known_to=nobody", .to = "<" + bob_uri + ">;tag=t1", .lines = "Privacy: none\r\n"};
  EXPECT_EQ(phone.step().caller_of(draft.message(), began).sealing, began);
}

// RFC 3323 holds without PrivaSIP as well: From says anonymous.
TEST(Caller, IsHiddenWithoutPrivasipIfHeAsks) {
  Config config;
  Place phone(std::move(config));
  const Sealing open{Version::none, KnownTo::home};
  EXPECT_EQ(phone.step().caller_of(Draft{}.message()).sealing, open);
  for (const std::string value : {"id", "user", "user;critical", "header;user;none"}) {
    Result sent = phone.out(Draft{.lines = "Privacy: " + value + "\r\n"}.message());
    EXPECT_FALSE(sent.refusal);
    EXPECT_EQ(sent.message.from(), "<sip:anonymous@anonymous.invalid>;tag=f1") << value;
    EXPECT_EQ(sent.originals.from_uri, alice_uri);
  }
}

TEST(Caller, IsTheAccountOfItsFrom) {
  const Folder folder;
  Config config = phone_a(folder);
  Place phone(std::move(config));
  const auto account_of = [&](const std::string& from) {
    return phone.step().caller_of(Draft{.from = from}.message()).account;
  };
  EXPECT_NE(account_of("\"A\" <sips:alice.w@A.Example:5061;x=1>;tag=1"), nullptr);
  EXPECT_EQ(account_of("<sip:Alice.w@a.example>;tag=1"), nullptr);
  EXPECT_EQ(account_of("<sip:alice.w@b.example>;tag=1"), nullptr);
  EXPECT_EQ(account_of("<tel:+4930>;tag=1"), nullptr);
}

TEST(Sealing, IsOneByte) {
  for (const Version scheme : {Version::none, Version::privasip_1, Version::privasip_2})
    for (const KnownTo known_to : {KnownTo::nobody, KnownTo::callee, KnownTo::home, KnownTo::callee_home})
      for (const bool open_caller : {false, true})
        EXPECT_EQ(Sealing::decode(Sealing{scheme, known_to, open_caller}.encode()),
                  (Sealing{scheme, known_to, open_caller}));
  for (unsigned byte = 0; byte < 256; ++byte)
    EXPECT_LE(Sealing::decode(static_cast<std::uint8_t>(byte)).encode() & 0x7f, 0x23);
}

// What the wire says of the caller in each class, and who can open it.
TEST(Class, DecidesWhoseKeyFromIsSealedTo) {
  const Folder folder;
  const Folder of_a;
  const Folder of_b;
  const Folder of_bob;
  Config config = phone_a(folder);
  folder.pin("bob.b@b.example", KeyKind::x25519);
  Place phone(std::move(config));
  Place home(sidecar(of_a, "a.example"), '1');
  Place callee_home(sidecar(of_b, "b.example"), '2');
  of_bob.own("bob.b@b.example", KeyKind::x25519);
  Place callee(phone_b(of_bob), '3');

  for (const auto& [asked, reader] : {std::pair<std::string, Place*>{"nobody", nullptr},
                                      {"callee", &callee},
                                      {"home", &home},
                                      {"callee-home", &callee_home}}) {
    const Result sent = phone.out(Draft{.uri = fmt::format("{};caller_known_to={}", bob_uri, asked)}.message());
    ASSERT_FALSE(sent.refusal) << asked;
    if (reader == nullptr) {
      EXPECT_EQ(sent.message.from(), "<sip:anonymous@anonymous.invalid>;tag=f1");
    }
    for (Place* place : {&home, &callee_home, &callee}) {
      const Result seen = place->in(sent.message.clone());
      EXPECT_EQ(user_of(seen.message.from_uri()) == "alice.w", place == reader) << asked;
    }
  }
}

} // namespace
} // namespace sipveil::identity::test
