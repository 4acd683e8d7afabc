// What the sealer promises: sizes, the same bytes for the same dialog, other bytes for another, and its errors.
#include "privasip/key_state.h"
#include "tests/unit/privasip/world.h"

#include <gmock/gmock.h>

#include <set>

namespace sipveil::privasip {
namespace {

using world::alice;
using world::now;
using world::of_call;

std::string sealed(Sealer& sealer, const Recipient& recipient, const Context& context = of_call,
                   const Identity& identity = alice, bool hide_host = false, UnixSeconds issued = now) {
  const auto token = sealer.seal(identity, hide_host, context, recipient, issued);
  EXPECT_TRUE(token) << token.error().text();
  return token ? *token : "";
}

TEST(Seal, TokensHaveTheDocumentedSizes) {
  Sealer sealer = world::sealer();
  const auto characters = [&](const Recipient& recipient, std::size_t user, std::size_t host) {
    return sealed(sealer, recipient, of_call, {std::string(user, 'u'), std::string(host, 'h')}, host > 0).size();
  };
  const PublicKey x25519 = world::public_key(KeyKind::x25519);
  const PublicKey p256 = world::public_key(KeyKind::p256);
  const PublicKey rsa_2048 = world::public_key(KeyKind::rsa_2048);
  const PublicKey rsa_3072 = world::public_key(KeyKind::rsa_3072);
  const PasswordKey password = world::password_key();
  const std::vector<std::pair<Recipient, std::array<std::size_t, 3>>> rows{{&password, {125, 176, 381}},
                                                                           {&x25519, {138, 189, 394}},
                                                                           {&p256, {140, 191, 396}},
                                                                           {&rsa_2048, {420, 420, 420}},
                                                                           {&rsa_3072, {624, 624, 624}}};
  for (const auto& [recipient, expected] : rows) {
    EXPECT_EQ(characters(recipient, 1, 0), expected[0]);
    EXPECT_EQ(characters(recipient, 26, 0), expected[0]);
    EXPECT_EQ(characters(recipient, 27, 0), expected[1]);
    EXPECT_EQ(characters(recipient, max_user, max_host), expected[2]) << "the largest there is";
  }
  EXPECT_LE(624U, max_token_text);
}

TEST(Seal, SameDialogSameBytesForEverWithoutRsa) {
  const PasswordKey password = world::password_key();
  const PublicKey x25519 = world::public_key(KeyKind::x25519);
  const PublicKey p256 = world::public_key(KeyKind::p256);
  for (const Recipient& recipient : {Recipient(&password), Recipient(&x25519), Recipient(&p256)}) {
    Sealer before = world::sealer();
    Sealer after = world::sealer(); // the same program after a restart
    EXPECT_EQ(sealed(before, recipient), sealed(after, recipient));
    Sealer elsewhere = world::sealer(8);
    EXPECT_NE(sealed(before, recipient), sealed(elsewhere, recipient)) << "another master key";
  }
}

TEST(Seal, RsaGivesTheSameBytesWhileItRemembers) {
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::rsa_2048);
  const auto first = sealed(sealer, &key);
  EXPECT_EQ(sealed(sealer, &key), first);
  EXPECT_EQ(sealer.counters().sealed, 1U);
  EXPECT_EQ(sealer.counters().cached, 1U);
  Sealer restarted = world::sealer();
  EXPECT_NE(sealed(restarted, &key), first);
}

// The ephemeral key, or the salt, must differ whenever anything differs: never two plaintexts under one key.
TEST(Seal, AnythingElseGivesAnotherEphemeralKey) {
  const PasswordKey password = world::password_key();
  const PasswordKey other_password = world::password_key("bob");
  const PublicKey x25519 = world::public_key(KeyKind::x25519);
  const PublicKey other_x25519 = world::public_key(KeyKind::x25519, 1);
  const PublicKey p256 = world::public_key(KeyKind::p256);
  const PublicKey other_p256 = world::public_key(KeyKind::p256, 1);
  const std::vector<std::pair<Recipient, Recipient>> recipients{
      {&password, &other_password}, {&x25519, &other_x25519}, {&p256, &other_p256}};
  for (const auto& [recipient, other] : recipients) {
    Sealer sealer = world::sealer();
    const std::string dialog(of_call.dialog);
    const std::vector<std::string> tokens{sealed(sealer, recipient),
                                          sealed(sealer, other),
                                          sealed(sealer, recipient, {Sender::callee, of_call.subject, dialog}),
                                          sealed(sealer, recipient, {of_call.sender, Subject::login, dialog}),
                                          sealed(sealer, recipient, {of_call.sender, of_call.subject, "another"}),
                                          sealed(sealer, recipient, {of_call.sender, of_call.subject, ""}),
                                          sealed(sealer, recipient, of_call, {"bob", "a.example"}),
                                          sealed(sealer, recipient, of_call, alice, true),
                                          sealed(sealer, recipient, of_call, {"alice", "b.example"}, true),
                                          sealed(sealer, recipient, of_call, alice, false, now + 1)};
    std::set<std::string> starts; // 14 bytes of the ephemeral key or salt, behind the head
    for (const std::string& token : tokens)
      starts.insert(token.substr(10, 22));
    EXPECT_EQ(starts.size(), tokens.size());
  }
}

TEST(Seal, HiddenHostHidesTheKeyToo) {
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::x25519);
  EXPECT_EQ(Token::parse(sealed(sealer, &key))->key_id, key.id());
  EXPECT_EQ(Token::parse(sealed(sealer, &key, of_call, alice, true))->key_id, KeyId{});
  const PasswordKey password = world::password_key();
  EXPECT_EQ(Token::parse(sealed(sealer, &password))->key_id, KeyId{});
}

TEST(Seal, P256PointGoesCompressed) {
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::p256);
  std::set<unsigned> first_bytes;
  for (int i = 0; i < 32; ++i) {
    const auto token = Token::parse(sealed(sealer, &key, {Sender::caller, Subject::caller, std::to_string(i)}));
    EXPECT_EQ(token->body().size(), 33U + 32U + 16U);
    first_bytes.insert(token->body()[0]);
  }
  EXPECT_EQ(first_bytes, (std::set<unsigned>{2, 3}));
}

TEST(Seal, RemembersAsManyDialogsAsItWasTold) {
  Sealer sealer = world::sealer(7, 2);
  const PublicKey key = world::public_key(KeyKind::x25519);
  const auto dialog = [&](std::string_view name) {
    return sealed(sealer, &key, {Sender::caller, Subject::caller, name});
  };
  dialog("a");
  dialog("b");
  dialog("a");
  dialog("c"); // b goes
  dialog("a");
  EXPECT_EQ(sealer.counters().sealed, 3U);
  EXPECT_EQ(sealer.counters().cached, 2U);
  dialog("b");
  EXPECT_EQ(sealer.counters().sealed, 4U);
}

TEST(Seal, RefusesWhatATokenCannotHold) {
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::x25519);
  const auto error = [&](const Identity& identity, bool hide_host = false, UnixSeconds issued = now) {
    const auto token = sealer.seal(identity, hide_host, of_call, &key, issued);
    return token ? std::string() : std::string(name(token.error().code));
  };
  const std::string too_large(name(Errc::too_large));
  const std::string invalid(name(Errc::invalid));
  EXPECT_EQ(error({std::string(97, 'u'), ""}), too_large);
  EXPECT_EQ(error({"alice", std::string(65, 'h')}, true), too_large);
  EXPECT_EQ(error({"alice", std::string(65, 'h')}), "") << "a host that is not hidden is not in the token";
  EXPECT_EQ(error({"", "a.example"}), invalid);
  EXPECT_EQ(error({"alice", ""}, true), invalid);
  EXPECT_EQ(error({"a@b", ""}), invalid);
  EXPECT_EQ(error({"alice", "A.example"}, true), invalid);
  EXPECT_EQ(error(alice, false, -1), invalid);
  EXPECT_EQ(error(alice, false, UnixSeconds{1} << 32U), invalid);
  EXPECT_EQ(error(alice, false, (UnixSeconds{1} << 32U) - 1), "");
  EXPECT_EQ(sealer.seal({"secret name", ""}, false, of_call, &key, now).error().text().find("secret"),
            std::string::npos);
}

TEST(Seal, ARecipientOfSmallOrderIsAnErrorNotAToken) {
  const auto zero = PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\n"
                                        "MCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                                        "-----END PUBLIC KEY-----\n");
  ASSERT_TRUE(zero) << zero.error().text();
  Sealer sealer = world::sealer();
  const auto token = sealer.seal(alice, false, of_call, &*zero, now);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Errc::crypto);
}

} // namespace
} // namespace sipveil::privasip
