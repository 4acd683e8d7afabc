// PrivaSIP-1 with AES: keys from passwords, finding the subscriber, subscriber files.
#include "privasip/password_cipher.h"
#include "tests/unit/privasip/world.h"

#include <gmock/gmock.h>

namespace sipveil::privasip {
namespace {

using ::testing::HasSubstr;
using world::alice;
using world::now;
using world::of_call;

TEST(PasswordKey, OfAPasswordAndOfItsHa1AreOne) {
  // RFC 2617 section 3.5: user, realm and password of the example, and MD5 over the three by md5sum.
  const auto by_password =
      PasswordKey::from_password("Mufasa", "testrealm@host.com", SecretBytes(std::string_view("Circle Of Life")));
  const auto by_ha1 = PasswordKey::from_ha1(SecretBytes(std::string_view("939e7578ed9e3c518a452acee763bce9")));
  ASSERT_TRUE(by_ha1);
  EXPECT_EQ(hex_encode(by_password.state().fingerprint.bytes()), hex_encode(by_ha1->state().fingerprint.bytes()));
  EXPECT_NE(hex_encode(by_password.state().fingerprint.bytes()), hex_encode(by_password.state().message.bytes()));
}

TEST(PasswordKey, Ha1IsLowerCaseHexadecimal) {
  const auto refused = [](std::string_view text) {
    const auto key = PasswordKey::from_ha1(SecretBytes(text));
    return !key && key.error().code == Errc::malformed && key.error().text().find("939e") == std::string::npos;
  };
  EXPECT_TRUE(refused("939E7578ed9e3c518a452acee763bce9"));
  EXPECT_TRUE(refused("939e7578ed9e3c518a452acee763bce"));
  EXPECT_TRUE(refused("939e7578ed9e3c518a452acee763bce9a"));
  EXPECT_TRUE(refused("939e7578ed9e3c518a452acee763bceg"));
  EXPECT_TRUE(refused(""));
}

TEST(PasswordKey, HandleIsFreshForEachSalt) {
  const PasswordKey key = world::password_key();
  std::array<unsigned char, salt_size> salt{};
  const auto first = key.state().handle(salt);
  EXPECT_EQ(key.state().handle(salt), first);
  salt[15] = 1;
  EXPECT_NE(key.state().handle(salt), first);
  EXPECT_NE(world::password_key("bob").state().handle(salt), key.state().handle(salt));
}

TEST(PasswordKey, CallsAreNotLinked) {
  Sealer sealer = world::sealer();
  const PasswordKey key = world::password_key();
  const auto body = [&](std::string_view dialog) {
    const auto token = Token::parse(*sealer.seal(alice, false, {Sender::caller, Subject::caller, dialog}, &key, now));
    return Bytes(token->body().begin(), token->body().end());
  };
  const Bytes one = body("one");
  const Bytes two = body("two");
  // Four bytes in the same place of two random strings of 72: once in 60 million.
  for (std::size_t i = 0; i + 4 <= one.size(); ++i)
    EXPECT_FALSE(std::equal(one.begin() + static_cast<std::ptrdiff_t>(i),
                            one.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                            two.begin() + static_cast<std::ptrdiff_t>(i)))
        << i;
}

TEST(PasswordKey, SubscriberIsFoundWhereverHeStands) {
  Sealer sealer = world::sealer();
  const PasswordKey key = world::password_key();
  const std::string token = *sealer.seal(alice, false, of_call, &key, now);
  const std::initializer_list<std::string_view> orders[] = {
      {"alice", "bob", "carol"}, {"bob", "alice", "carol"}, {"bob", "carol", "alice"}};
  for (const auto& order : orders) {
    Opener opener({}, world::subscribers(order));
    const auto opened = opener.open(token, of_call, now);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->key_name, "alice@a.example");
    EXPECT_EQ(opener.counters().operations, 1U);
  }
}

TEST(PasswordKey, UnknownSubscriberCostsWhatAKnownOneDoes) {
  Sealer sealer = world::sealer();
  const PasswordKey key = world::password_key();
  const std::string token = *sealer.seal(alice, false, of_call, &key, now);
  Opener opener({}, world::subscribers({"bob", "carol"}));
  EXPECT_FALSE(opener.open(token, of_call, now));
  EXPECT_EQ(opener.counters().operations, 1U) << "the decoy's";
  Opener empty({}, {});
  EXPECT_FALSE(empty.open(token, of_call, now));
}

TEST(Subscribers, AreReadLineByLine) {
  const SecretBytes text(std::string_view("# user:realm:HA1\n"
                                          "\n"
                                          "alice:a.example:939e7578ed9e3c518a452acee763bce9\r\n"
                                          "bob:realm: with colon:00000000000000000000000000000000"));
  const auto subscribers = parse_subscribers(text);
  ASSERT_TRUE(subscribers) << subscribers.error().text();
  ASSERT_EQ(subscribers->size(), 2U);
  EXPECT_EQ((*subscribers)[0].user, "alice");
  EXPECT_EQ((*subscribers)[0].realm, "a.example");
  EXPECT_EQ((*subscribers)[1].realm, "realm: with colon");
  EXPECT_TRUE(parse_subscribers(SecretBytes(std::string_view(""))));
}

TEST(Subscribers, MistakesAreNamedByLineAndNotByContent) {
  const std::string good = "alice:a.example:939e7578ed9e3c518a452acee763bce9\n";
  for (const std::string bad :
       {"bob", "bob:00000000000000000000000000000000", ":a.example:00000000000000000000000000000000",
        "bob::00000000000000000000000000000000", "bob:a.example:0000000000000000000000000000000",
        "bob:a.example:0000000000000000000000000000000G", "alice:a.example:00000000000000000000000000000000"}) {
    const auto refused = parse_subscribers(SecretBytes(good + bad + "\n"));
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Errc::malformed);
    EXPECT_THAT(refused.error().what, HasSubstr("line 2"));
    EXPECT_EQ(refused.error().text().find("000"), std::string::npos);
    EXPECT_EQ(refused.error().text().find("a.example"), std::string::npos);
  }
  const std::string ha1(32, '0');
  EXPECT_FALSE(parse_subscribers(SecretBytes(std::string(97, 'u') + ":a.example:" + ha1)));
  EXPECT_FALSE(parse_subscribers(SecretBytes("bob:" + std::string(600, 'r') + ":" + ha1)));
}

} // namespace
} // namespace sipveil::privasip
