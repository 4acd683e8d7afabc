#include "bridge/hop/route_token.h"

#include "base/encoding.h"
#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sipveil::hop {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr unsigned today = 20'000;
constexpr std::string_view call = "call-1@example.org";

SecretBytes some_key() {
  SecretBytes key(std::size_t{32});
  fill_random(key.writable());
  return key;
}

/// A hop's seal and its tokens; a key of its own unless one is given.
struct Keyed {
  explicit Keyed(const SecretBytes& key = some_key()) : seal(key) {}
  LocalSeal seal;
  RouteTokens tokens{seal};
};

RouteToken phone_token() {
  RouteToken token;
  token.origin = RouteToken::Origin::inner;
  token.carrier = Carrier::tcp;
  token.listener = 3;
  token.phone = *InnerAddress::parse("192.0.2.7", 5062);
  token.peer = "bob";
  token.issued = 0xfedcba98;
  token.sealing = 0x21;
  token.from_uri = "sip:alice@alice.example";
  token.to_uri = "sip:bob@bob.example";
  token.routes = {"<sip:192.0.2.7;lr>"};
  return token;
}

RouteToken tunnel_token() {
  RouteToken token;
  token.origin = RouteToken::Origin::tunnel;
  token.opened_inside = false;
  token.for_wire = false;
  token.phone = *InnerAddress::parse("2001:db8::7", 65535);
  token.link = 0xfedcba9876543210;
  return token;
}

TEST(RouteToken, ComesBackWhole) {
  const Keyed keyed;
  const RouteTokens& tokens = keyed.tokens;
  const auto inner = tokens.open(tokens.seal(phone_token(), call, today), call, today);
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->origin, RouteToken::Origin::inner);
  EXPECT_TRUE(inner->opened_inside);
  EXPECT_TRUE(inner->for_wire);
  EXPECT_EQ(inner->carrier, Carrier::tcp);
  EXPECT_EQ(inner->listener, 3);
  EXPECT_EQ(inner->phone.text(), "192.0.2.7:5062");
  EXPECT_EQ(inner->peer, "bob");
  EXPECT_EQ(inner->issued, 0xfedcba98U);
  EXPECT_EQ(inner->sealing, 0x21);
  EXPECT_EQ(inner->from_uri, "sip:alice@alice.example");
  EXPECT_EQ(inner->to_uri, "sip:bob@bob.example");
  EXPECT_THAT(inner->routes, ElementsAre("<sip:192.0.2.7;lr>"));
  const auto tunnel = tokens.open(tokens.seal(tunnel_token(), call, today), call, today);
  ASSERT_TRUE(tunnel);
  EXPECT_EQ(tunnel->origin, RouteToken::Origin::tunnel);
  EXPECT_FALSE(tunnel->opened_inside);
  EXPECT_FALSE(tunnel->for_wire);
  EXPECT_THAT(tunnel->routes, SizeIs(0));
  EXPECT_EQ(tunnel->carrier, Carrier::udp);
  EXPECT_EQ(tunnel->phone.text(), "[2001:db8::7]:65535");
  EXPECT_EQ(tunnel->link, 0xfedcba9876543210U);
}

TEST(RouteToken, TheLongestFitsIntoItsBound) {
  const Keyed keyed;
  RouteToken token = phone_token();
  token.phone = *InnerAddress::parse("2001:db8::7", 5062);
  token.peer = std::string(96, 'p');
  token.from_uri = std::string(255, 'f');
  token.to_uri = std::string(255, 't');
  token.routes.clear();
  while (sealed_size(token.routes) + 100 <= RouteToken::max_routes_size)
    token.routes.push_back("<sip:" + std::string(80, 'r') + ";lr>");
  const std::string text = keyed.tokens.seal(token, call, today);
  EXPECT_LE(text.size(), RouteTokens::max_text);
  const auto opened = keyed.tokens.open(text, call, today);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->peer, token.peer);
  EXPECT_EQ(opened->from_uri, token.from_uri);
  EXPECT_EQ(opened->to_uri, token.to_uri);
  EXPECT_EQ(opened->routes, token.routes);
  EXPECT_FALSE(keyed.tokens.open(std::string(RouteTokens::max_text + 1, 'a'), call, today));
}

TEST(RouteToken, OneEntryThatFillsItAloneComesBackToo) {
  const Keyed keyed;
  RouteToken token = phone_token();
  token.routes = {"<sip:" + std::string(RouteToken::max_routes_size - 12, 'r') + ";lr>"};
  ASSERT_LE(sealed_size(token.routes), RouteToken::max_routes_size);
  const auto opened = keyed.tokens.open(keyed.tokens.seal(token, call, today), call, today);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->routes, token.routes);
}

TEST(RouteToken, HoldsRoutesOfEveryKindToTheByte) {
  const Keyed keyed;
  const std::string foreign_token = keyed.tokens.seal(phone_token(), "another", today);
  RouteToken token;
  token.routes = {"<sip:proxy.example;lr>",
                  "<sip:anonymous.invalid;lr;sv=" + foreign_token + ">",
                  "<sip:127.0.0.1:5060;transport=tcp;lr;sv=" + foreign_token + ">",
                  "<sip:anonymous.invalid;lr;sv=NOT-BASE32>",
                  "<sip:anonymous.invalid;lr;sv=>",
                  "<sip:anonymous.invalid;lr;sv=ABCDEFGH>",
                  "<sip:proxy.example;sv=abcdefgh;lr>",
                  "\"Proxy, of \\\"b\\\"\" <sip:proxy.example;lr;sv=abcdefgh>;x=y",
                  ";sv=>",
                  ""};
  const auto opened = keyed.tokens.open(keyed.tokens.seal(token, call, today), call, today);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->routes, token.routes);
}

TEST(RouteToken, ATokenInARouteTakesItsBytesAndNotItsText) { // else they would double at every bridge on the way
  const Keyed keyed;
  const std::string entry = "<sip:anonymous.invalid;lr;sv=" + keyed.tokens.seal(phone_token(), call, today) + ">";
  EXPECT_LT(sealed_size({entry}), entry.size() * 5 / 8);
  EXPECT_GT(sealed_size({"<sip:proxy.example;lr>"}), std::string("<sip:proxy.example;lr>").size());
  EXPECT_EQ(sealed_size({entry, entry}), 2 * sealed_size({entry}));
}

TEST(RouteToken, KeepsNoMoreThan32RoutesAndCutsNoOtherField) {
  const Keyed keyed;
  RouteToken token = phone_token();
  token.routes.assign(40, "<sip:r>");
  const auto opened = keyed.tokens.open(keyed.tokens.seal(token, call, today), call, today);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->routes, std::vector<std::string>(32, "<sip:r>"));
}

TEST(RouteToken, IsOfOneCall) {
  const Keyed keyed;
  const RouteTokens& tokens = keyed.tokens;
  const std::string text = tokens.seal(phone_token(), call, today);
  EXPECT_FALSE(tokens.open(text, "call-2@example.org", today));
  EXPECT_FALSE(tokens.open(text, "", today));
}

TEST(RouteToken, IsOfOneKeyWhichInstancesMayShare) {
  const SecretBytes key = some_key();
  const std::string text = Keyed(key).tokens.seal(phone_token(), call, today);
  EXPECT_TRUE(Keyed(key).tokens.open(text, call, today)) << "after a restart";
  EXPECT_FALSE(Keyed().tokens.open(text, call, today));
}

TEST(RouteToken, IsRefusedWithAnyBitChanged) {
  const Keyed keyed;
  const RouteTokens& tokens = keyed.tokens;
  const Bytes bytes = *base32_decode(tokens.seal(tunnel_token(), call, today));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes bad = bytes;
    bad[bit / 8] = static_cast<unsigned char>(bad[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(tokens.open(base32_encode(bad), call, today)) << bit;
  }
}

TEST(RouteToken, IsRefusedCutLengthenedOrForeign) {
  const Keyed keyed;
  const RouteTokens& tokens = keyed.tokens;
  const std::string text = tokens.seal(phone_token(), call, today);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(tokens.open(text.substr(0, size), call, today));
  EXPECT_FALSE(tokens.open(text + "aa", call, today));
  EXPECT_FALSE(tokens.open("1" + text.substr(1), call, today)) << "no base32 digit";
  EXPECT_FALSE(tokens.open(std::string(150, 'a'), call, today));
}

TEST(RouteToken, LivesForThirtyDays) {
  const Keyed keyed;
  const RouteTokens& tokens = keyed.tokens;
  const std::string text = tokens.seal(phone_token(), call, today);
  EXPECT_TRUE(tokens.open(text, call, today + RouteTokens::life_days));
  EXPECT_FALSE(tokens.open(text, call, today + RouteTokens::life_days + 1));
  EXPECT_TRUE(tokens.open(text, call, today - 1)) << "a clock that was set back over midnight";
  EXPECT_FALSE(tokens.open(text, call, today - 2));
}

TEST(RouteToken, TwoOfTwoCallsShareNothing) { // no version, key or instance number tells that one bridge made both
  const Keyed keyed;
  std::vector<std::set<unsigned char>> seen;
  for (int i = 0; i < 64; ++i) {
    const Bytes bytes = *base32_decode(keyed.tokens.seal(phone_token(), "call-" + std::to_string(i), today));
    seen.resize(bytes.size());
    for (std::size_t at = 0; at < bytes.size(); ++at)
      seen[at].insert(bytes[at]);
  }
  for (std::size_t at = 0; at < seen.size(); ++at)
    EXPECT_GT(seen[at].size(), 32U) << at; // of 64 draws of 256
}

TEST(RouteToken, ItsLengthTellsNeitherPeerNorPhoneNorDirection) {
  const Keyed keyed;
  RouteToken plain;
  plain.phone = *InnerAddress::parse("192.0.2.7", 5062);
  plain.peer = "bob";
  RouteToken other = plain;
  other.peer = "a-longer-name.net";
  const auto size = keyed.tokens.seal(plain, call, today).size();
  EXPECT_EQ(keyed.tokens.seal(other, call, today).size(), size);
  EXPECT_EQ(keyed.tokens.seal(tunnel_token(), call, today).size(), size);
}

} // namespace
} // namespace sipveil::hop
