#include "bridge/hop/route_token.h"

#include "base/encoding.h"
#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace sipveil::hop {
namespace {

constexpr unsigned today = 20'000;
constexpr std::string_view call = "call-1@example.org";

SecretBytes some_key() {
  SecretBytes key(std::size_t{32});
  fill_random(key.writable());
  return key;
}

RouteToken phone_token() {
  RouteToken token;
  token.origin = RouteToken::Origin::inner;
  token.carrier = Carrier::tcp;
  token.listener = 3;
  token.phone = *InnerAddress::parse("192.0.2.7", 5062);
  token.peer = "bob";
  return token;
}

RouteToken tunnel_token() {
  RouteToken token;
  token.origin = RouteToken::Origin::tunnel;
  token.phone = *InnerAddress::parse("2001:db8::7", 65535);
  token.link = 0xfedcba9876543210;
  return token;
}

TEST(RouteToken, ComesBackWhole) {
  const RouteTokens tokens(some_key());
  const auto inner = tokens.open(tokens.seal(phone_token(), call, today), call, today);
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->origin, RouteToken::Origin::inner);
  EXPECT_EQ(inner->carrier, Carrier::tcp);
  EXPECT_EQ(inner->listener, 3);
  EXPECT_EQ(inner->phone.text(), "192.0.2.7:5062");
  EXPECT_EQ(inner->peer, "bob");
  const auto tunnel = tokens.open(tokens.seal(tunnel_token(), call, today), call, today);
  ASSERT_TRUE(tunnel);
  EXPECT_EQ(tunnel->origin, RouteToken::Origin::tunnel);
  EXPECT_EQ(tunnel->carrier, Carrier::udp);
  EXPECT_EQ(tunnel->phone.text(), "[2001:db8::7]:65535");
  EXPECT_EQ(tunnel->link, 0xfedcba9876543210U);
}

TEST(RouteToken, TheLongestFitsIntoItsBound) {
  const RouteTokens tokens(some_key());
  RouteToken token = phone_token();
  token.phone = *InnerAddress::parse("2001:db8::7", 5062);
  token.peer = std::string(64, 'p');
  const std::string text = tokens.seal(token, call, today);
  EXPECT_LE(text.size(), RouteTokens::max_text);
  EXPECT_EQ(tokens.open(text, call, today)->peer, token.peer);
  EXPECT_FALSE(tokens.open(std::string(RouteTokens::max_text + 1, 'a'), call, today));
}

TEST(RouteToken, IsOfOneCall) {
  const RouteTokens tokens(some_key());
  const std::string text = tokens.seal(phone_token(), call, today);
  EXPECT_FALSE(tokens.open(text, "call-2@example.org", today));
  EXPECT_FALSE(tokens.open(text, "", today));
}

TEST(RouteToken, IsOfOneKeyWhichInstancesMayShare) {
  const SecretBytes key = some_key();
  const std::string text = RouteTokens(key).seal(phone_token(), call, today);
  EXPECT_TRUE(RouteTokens(key).open(text, call, today)) << "after a restart";
  EXPECT_FALSE(RouteTokens(some_key()).open(text, call, today));
}

TEST(RouteToken, IsRefusedWithAnyBitChanged) {
  const RouteTokens tokens(some_key());
  const Bytes bytes = *base32_decode(tokens.seal(tunnel_token(), call, today));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes bad = bytes;
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(tokens.open(base32_encode(bad), call, today)) << bit;
  }
}

TEST(RouteToken, IsRefusedCutLengthenedOrForeign) {
  const RouteTokens tokens(some_key());
  const std::string text = tokens.seal(phone_token(), call, today);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(tokens.open(text.substr(0, size), call, today));
  EXPECT_FALSE(tokens.open(text + "aa", call, today));
  EXPECT_FALSE(tokens.open("1" + text.substr(1), call, today)) << "no base32 digit";
  EXPECT_FALSE(tokens.open(std::string(150, 'a'), call, today));
}

TEST(RouteToken, LivesForThirtyDays) {
  const RouteTokens tokens(some_key());
  const std::string text = tokens.seal(phone_token(), call, today);
  EXPECT_TRUE(tokens.open(text, call, today + RouteTokens::life_days));
  EXPECT_FALSE(tokens.open(text, call, today + RouteTokens::life_days + 1));
  EXPECT_TRUE(tokens.open(text, call, today - 1)) << "a clock that was set back over midnight";
  EXPECT_FALSE(tokens.open(text, call, today - 2));
}

TEST(RouteToken, TwoOfOneCallShareNothingButTheVersion) {
  const RouteTokens tokens(some_key());
  std::vector<std::set<unsigned char>> seen;
  for (int i = 0; i < 64; ++i) {
    const Bytes bytes = *base32_decode(tokens.seal(phone_token(), call, today));
    seen.resize(bytes.size());
    for (std::size_t at = 0; at < bytes.size(); ++at)
      seen[at].insert(bytes[at]);
  }
  EXPECT_EQ(seen[0], std::set<unsigned char>{1});
  for (std::size_t at = 1; at < seen.size(); ++at)
    EXPECT_GT(seen[at].size(), 32U) << at; // of 64 draws of 256
}

TEST(RouteToken, ItsLengthTellsNeitherPeerNorPhoneNorDirection) {
  const RouteTokens tokens(some_key());
  RouteToken other = phone_token();
  other.peer = "a-longer-name.net";
  const auto size = tokens.seal(phone_token(), call, today).size();
  EXPECT_EQ(tokens.seal(other, call, today).size(), size);
  EXPECT_EQ(tokens.seal(tunnel_token(), call, today).size(), size);
}

TEST(RouteTokenDeathTest, NeedsAWholeKey) {
  EXPECT_DEATH(RouteTokens(SecretBytes(std::size_t{16})), "");
}

} // namespace
} // namespace sipveil::hop
