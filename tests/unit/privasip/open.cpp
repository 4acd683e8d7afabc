// What the opener promises: round trips, no other context and no changed bit opens, one answer for everything wrong.
#include "privasip/binding.h"
#include "privasip/key_state.h"
#include "privasip/plaintext.h"
#include "privasip/rsa_oaep.h"
#include "tests/unit/privasip/world.h"

#include <gmock/gmock.h>

namespace sipveil::privasip {
namespace {

using world::alice;
using world::now;
using world::of_call;

/// One of each algorithm that an opener can hold.
struct Case {
  const char* name;
  std::optional<KeyKind> kind; ///< nullopt: AES
};

const Case cases[] = {{"aes", {}},
                      {"x25519", KeyKind::x25519},
                      {"p256", KeyKind::p256},
                      {"rsa2048", KeyKind::rsa_2048},
                      {"rsa3072", KeyKind::rsa_3072}};

class OpenEach : public ::testing::TestWithParam<Case> {
 protected:
  OpenEach() {
    if (GetParam().kind) public_key_ = world::public_key(*GetParam().kind);
  }
  Recipient recipient() const { return public_key_ ? Recipient(&*public_key_) : Recipient(&password_); }
  std::string sealed(const Identity& identity = alice, bool hide_host = false, const Context& context = of_call) {
    return *sealer_.seal(identity, hide_host, context, recipient(), now);
  }
  Opener opener(std::size_t cache = Opener::default_cache) const {
    if (!GetParam().kind) return {{}, world::subscribers({"bob", "alice", "carol"}), cache};
    return {world::keys(world::own_key(*GetParam().kind, "a.example")), {}, cache};
  }

  std::optional<PublicKey> public_key_;
  PasswordKey password_ = world::password_key();
  Sealer sealer_ = world::sealer();
};

TEST_P(OpenEach, OpensWhatWasSealedForIt) {
  Opener opener = this->opener();
  for (const bool hide_host : {false, true}) {
    const auto opened = opener.open(sealed(alice, hide_host), of_call, now);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->identity.user, "alice");
    EXPECT_EQ(opened->identity.host, hide_host ? "a.example" : "");
    EXPECT_EQ(opened->host_hidden, hide_host);
    EXPECT_EQ(opened->issued, now);
    EXPECT_EQ(opened->key_name, GetParam().kind ? "a.example" : "alice@a.example");
  }
}

TEST_P(OpenEach, OpensTheSmallestAndTheLargest) {
  Opener opener = this->opener();
  for (const std::size_t user : {std::size_t{1}, max_user}) {
    for (const std::size_t host : {std::size_t{1}, max_host}) {
      const Identity identity{std::string(user, 'u'), std::string(host, 'h')};
      const auto opened = opener.open(sealed(identity, true), of_call, now);
      ASSERT_TRUE(opened);
      EXPECT_EQ(opened->identity, identity);
    }
  }
}

TEST_P(OpenEach, OpensInNoOtherContext) {
  Opener opener = this->opener();
  const std::string token = sealed();
  const std::string dialog(of_call.dialog);
  for (const auto sender : {Sender::caller, Sender::callee}) {
    for (const auto subject : {Subject::caller, Subject::callee, Subject::referred, Subject::login}) {
      for (const std::string& call : {dialog, dialog + "x", dialog.substr(1), std::string()}) {
        const bool right = sender == of_call.sender && subject == of_call.subject && call == dialog;
        EXPECT_EQ(opener.open(token, {sender, subject, call}, now).has_value(), right);
      }
    }
  }
}

TEST_P(OpenEach, OpensWithNoBitChanged) {
  Opener opener = this->opener(0);
  const std::string token = sealed();
  const Bytes bytes = *base32_decode(token);
  // RSA-3072 takes long under a sanitizer: its head whole, of the rest each seventh bit, which meets every place in a
  // byte.
  const std::size_t step = GetParam().kind == KeyKind::rsa_3072 ? 7 : 1;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bit < Token::head_size * 8 ? 1 : step) {
    Bytes bad = bytes;
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(opener.open(base32_encode(bad), of_call, now)) << bit;
  }
  EXPECT_TRUE(opener.open(token, of_call, now)) << "a refusal leaves no trace";
}

TEST_P(OpenEach, OpensNothingThatIsCut) {
  Opener opener = this->opener();
  const std::string token = sealed({std::string(max_user, 'u'), std::string(max_host, 'h')}, true);
  for (std::size_t size = 0; size < token.size(); ++size)
    EXPECT_FALSE(opener.open(std::string_view(token).substr(0, size), of_call, now)) << size;
}

TEST_P(OpenEach, ADialogCostsOneOperation) {
  Opener opener = this->opener();
  const std::string token = sealed();
  for (int message = 0; message < 6; ++message)
    EXPECT_TRUE(opener.open(token, of_call, now));
  const Context other{Sender::callee, of_call.subject, of_call.dialog};
  for (int message = 0; message < 3; ++message)
    EXPECT_FALSE(opener.open(token, other, now));
  EXPECT_EQ(opener.counters().opened, 6U);
  EXPECT_EQ(opener.counters().refused, 3U);
  EXPECT_EQ(opener.counters().cached, 7U);
  EXPECT_EQ(opener.counters().operations, 2U);
}

TEST_P(OpenEach, ForgedTokensDoNotPushOutGoodOnes) {
  Opener opener = this->opener(2);
  const std::string token = sealed();
  ASSERT_TRUE(opener.open(token, of_call, now));
  for (int i = 0; i < 8; ++i)
    EXPECT_FALSE(opener.open(token, {Sender::caller, Subject::caller, std::to_string(i)}, now));
  const auto before = opener.counters().operations;
  EXPECT_TRUE(opener.open(token, of_call, now));
  EXPECT_EQ(opener.counters().operations, before);
}

TEST_P(OpenEach, LeavesNoErrorsBehindForTls) {
  Opener opener = this->opener(0);
  const std::string token = sealed();
  for (const auto& text : {token, token.substr(0, 20) + token.substr(21) + "a"}) {
    (void)opener.open(text, {Sender::callee, Subject::callee, ""}, now);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

TEST_P(OpenEach, OpensALoginThatIsNoUserPart) {
  const Context login{Sender::caller, Subject::login, of_call.dialog};
  Opener opener = this->opener();
  EXPECT_EQ(opener.open(sealed({"alice@a.example", ""}, false, login), login, now)->identity.user, "alice@a.example");
}

INSTANTIATE_TEST_SUITE_P(Algorithms, OpenEach, ::testing::ValuesIn(cases),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Whoever has the public key can seal anything: these are made of the sealer's parts, without its check.
TEST(Open, GivesNoNameThatWouldEndItsHeader) {
  const PublicKey key = world::public_key(KeyKind::rsa_2048);
  Opener opener(world::keys(world::own_key(KeyKind::rsa_2048, "a.example")), {});
  const auto open_made = [&](std::string_view user) {
    const Head head = token_head(Algorithm::rsa, key.id());
    const SecretBytes plaintext = encode({{std::string(user), ""}, false, now}, false);
    const auto body = rsa_seal(key.state().key.get(), binding(head, of_call), plaintext.bytes());
    Bytes token(head.begin(), head.end());
    token.insert(token.end(), body->begin(), body->end());
    return opener.open(base32_encode(token), of_call, now).has_value();
  };
  EXPECT_TRUE(open_made("bob"));
  EXPECT_FALSE(open_made("bob>\r\nX: y"));
  EXPECT_FALSE(open_made("bob@evil.example"));
  EXPECT_FALSE(open_made("bob%zz"));
}

TEST(Open, RetiredKeyOpensUntilItsTime) {
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::x25519);
  const std::string token = *sealer.seal(alice, false, of_call, &key, now);
  Opener opener(world::keys(world::own_key(KeyKind::x25519, "a.example", now + 10)), {});
  EXPECT_TRUE(opener.open(token, of_call, now + 10));
  EXPECT_FALSE(opener.open(token, of_call, now + 11)) << "remembered or not";
  EXPECT_EQ(opener.counters().operations, 2U) << "the second as a decoy";
  EXPECT_TRUE(opener.serves("a.example"));
}

TEST(Open, UnknownKeyCostsWhatAKnownOneDoes) {
  Sealer sealer = world::sealer();
  for (const KeyKind kind : world::all_kinds) {
    const PublicKey stranger = world::public_key(kind, 1);
    const std::string token = *sealer.seal(alice, false, of_call, &stranger, now);
    Opener opener(world::keys(world::own_key(kind, "a.example")), {});
    EXPECT_FALSE(opener.open(token, of_call, now));
    EXPECT_EQ(opener.counters().operations, 1U);
    Opener without({}, {});
    EXPECT_FALSE(without.open(token, of_call, now));
    EXPECT_EQ(without.counters().operations, 0U) << "no key of this kind: nothing to hide";
  }
}

TEST(Open, ADecoyNeverOpens) {
  // The decoy is a key of our own. A token sealed for it under another key id: what would open is thrown away.
  Sealer sealer = world::sealer();
  const PublicKey key = world::public_key(KeyKind::x25519);
  const std::string hidden = *sealer.seal(alice, true, of_call, &key, now);
  Opener opener(world::keys(world::own_key(KeyKind::x25519, "a.example", now - 1)), {});
  EXPECT_FALSE(opener.open(hidden, of_call, now)) << "the only key is retired, and served as decoy";
  EXPECT_EQ(opener.counters().operations, 1U);
}

TEST(Open, UnnamedKeyIsFoundAmongOurs) {
  Sealer sealer = world::sealer();
  std::vector<OwnKey> keys;
  for (unsigned which = 0; which < 4; ++which)
    keys.push_back(world::own_key(KeyKind::x25519, "d" + std::to_string(which) + ".example", std::nullopt, which));
  keys.push_back(world::own_key(KeyKind::p256, "a.example"));
  Opener opener(std::move(keys), {});
  for (unsigned which = 0; which < 4; ++which) {
    const PublicKey key = world::public_key(KeyKind::x25519, which);
    const auto before = opener.counters().operations;
    const auto opened = opener.open(*sealer.seal(alice, true, of_call, &key, now), of_call, now);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->key_name, "d" + std::to_string(which) + ".example");
    EXPECT_EQ(opener.counters().operations - before, 4U) << "all of them, wherever the right one stands";
  }
}

TEST(Open, TriesEightKeysAtMost) {
  Sealer sealer = world::sealer();
  std::vector<OwnKey> keys;
  for (unsigned which = 0; which < 12; ++which) // the later ones retire earlier
    keys.push_back(world::own_key(KeyKind::x25519, "a.example", now + 100 - UnixSeconds{which}, which));
  Opener opener(std::move(keys), {});
  const PublicKey eighth = world::public_key(KeyKind::x25519, 7);
  const PublicKey ninth = world::public_key(KeyKind::x25519, 8);
  EXPECT_TRUE(opener.open(*sealer.seal(alice, true, of_call, &eighth, now), of_call, now));
  EXPECT_EQ(opener.counters().operations, 8U);
  EXPECT_FALSE(opener.open(*sealer.seal(alice, true, of_call, &ninth, now), of_call, now));
  EXPECT_EQ(opener.counters().operations, 16U);
  EXPECT_TRUE(opener.open(*sealer.seal(alice, false, of_call, &ninth, now), of_call, now)) << "by its id";
}

// Tokens made once, by the version that first wrote this format: what is on the wire must open for ever, or get another
// version number.
TEST(Open, TokensOfTheFirstVersion) {
  const SecretBytes x25519(std::string_view("-----BEGIN PRIVATE KEY-----\n"
                                            "MC4CAQAwBQYDK2VuBCIEIEjt77sxaN15XPARB6FV/39Pndwt3smYI+wPaJzkMBZE\n"
                                            "-----END PRIVATE KEY-----\n"));
  const SecretBytes p256(std::string_view("-----BEGIN PRIVATE KEY-----\n"
                                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2sMo45NoN5cuWq0W\n"
                                          "q5SLLCHIc7ay5XEFOWDaOcAVsX6hRANCAATT4abPdNLX9w+kbbMgKD0DP2Le2y+I\n"
                                          "v7CrlM9tnPnSuJNaFPRcrZzFAxZ3bONx0hAucx9QtHQqPslMdw+rdXFp\n"
                                          "-----END PRIVATE KEY-----\n"));
  const std::string_view tokens[] = {
      "pvaqaaaaaby7hxyguinozrimmactct5l3npty7aa24lwt2t2mo7h7zpa2k25khe5rv2craqqoyxzo7i5q4xit3vkjgi65nzezss6"
      "wpt5cb56uw6n7wed4khqdgric",
      "pvbxyoyltzz2jbja7tx4c4nvkdxmmwsiiptkc2pg4yb4nzuch3p4fvztvuprouqrx3vkmvktlgddu7pbrfewzrqcvut4b6zsiemd"
      "gigc4bkpx2yptgs3t7ylf2lti62xzeahskgona",
      "pvck3l3fyybvucj6wgcpm5ypcr474g4xs73orik7ys46l64ocyv455i2dw54akapzvox6syo2dpjy6opbhm4n445am34p5qwzykc"
      "i5e7iiufg3lrkle4tutyqxqrjcifnep47tr5vizq"};
  std::vector<OwnKey> keys;
  for (const SecretBytes* pem : {&x25519, &p256})
    keys.push_back({"a.example", *PrivateKey::from_pem(*pem), std::nullopt});
  Opener opener(std::move(keys), world::subscribers({"bob", "alice"}));
  for (const auto token : tokens) {
    const auto opened = opener.open(token, {Sender::caller, Subject::caller, "call"}, now);
    ASSERT_TRUE(opened) << token;
    EXPECT_EQ(opened->identity.user, "alice");
    EXPECT_EQ(opened->issued, now);
  }
}

TEST(Open, Serves) {
  std::vector<OwnKey> keys;
  keys.push_back(world::own_key(KeyKind::x25519, "a.example"));
  keys.push_back(world::own_key(KeyKind::x25519, "bob@b.example", std::nullopt, 1));
  const Opener opener(std::move(keys), world::subscribers({"carol"}));
  EXPECT_TRUE(opener.serves("a.example"));
  EXPECT_TRUE(opener.serves("bob@b.example"));
  EXPECT_TRUE(opener.serves("carol@a.example"));
  EXPECT_FALSE(opener.serves("b.example"));
  EXPECT_FALSE(opener.serves("bob"));
}

} // namespace
} // namespace sipveil::privasip
