#include "privasip/plaintext.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace sipveil::privasip {
namespace {

std::string hex_of(const Plaintext& plaintext, bool padded) {
  return hex_encode(encode(plaintext, padded).bytes());
}

TEST(Plaintext, IsLaidOutAsDocumented) {
  const Plaintext bob{{"bob", ""}, false, 0x01020304};
  EXPECT_EQ(hex_of(bob, false), "100102030403626f62");
  EXPECT_EQ(hex_of(bob, true), "100102030403626f62" + std::string(46, '0'));
  EXPECT_EQ(hex_of({{"bob", "b.eu"}, true, 0xfffffffe}, false), "11fffffffe03626f6204622e6575");
}

TEST(Plaintext, ComesBack) {
  for (const bool padded : {false, true}) {
    for (std::size_t user = 1; user <= max_user; ++user) {
      for (const std::size_t host : {std::size_t{0}, std::size_t{1}, max_host}) {
        const Plaintext sent{{std::string(user, 'u'), std::string(host, 'h')}, host > 0, 0xffffffff};
        const SecretBytes bytes = encode(sent, padded);
        const auto received = decode(bytes.bytes(), padded);
        ASSERT_TRUE(received);
        EXPECT_EQ(received->identity, sent.identity);
        EXPECT_EQ(received->host_hidden, sent.host_hidden);
        EXPECT_EQ(received->issued, sent.issued);
        EXPECT_TRUE(!padded || bytes.size() % 32 == 0);
      }
    }
  }
}

TEST(Plaintext, NamesOfUpTo26BytesLookAlike) {
  EXPECT_EQ(encode({{std::string(26, 'x'), ""}, false, 0}, true).size(), 32U);
  EXPECT_EQ(encode({{std::string(27, 'x'), ""}, false, 0}, true).size(), 64U);
}

TEST(Plaintext, HasOneSpelling) {
  const auto refused = [](std::string_view hex, bool padded = false) { return !decode(*hex_decode(hex), padded); };
  EXPECT_FALSE(refused("100102030403626f62"));
  EXPECT_TRUE(refused("")) << "empty";
  EXPECT_TRUE(refused("1001020304")) << "cut before the user";
  EXPECT_TRUE(refused("100102030403626f")) << "cut in the user";
  EXPECT_TRUE(refused("200102030403626f62")) << "another version";
  EXPECT_TRUE(refused("120102030403626f62")) << "an unknown flag";
  EXPECT_TRUE(refused("110102030403626f62")) << "the host is missing";
  EXPECT_TRUE(refused("110102030403626f6200")) << "the host is empty";
  EXPECT_TRUE(refused("110102030403626f620141")) << "the host is in upper case";
  EXPECT_TRUE(refused("110102030403626f620562")) << "cut in the host";
  EXPECT_TRUE(refused("100102030403626f6200")) << "padding where there is none";
  EXPECT_FALSE(refused("100102030403626f62" + std::string(46, '0'), true));
  EXPECT_TRUE(refused("100102030403626f62" + std::string(45, '0') + "1", true)) << "something in the padding";
  EXPECT_TRUE(refused("100102030403626f62" + std::string(46 + 64, '0'), true)) << "a block too many";
}

TEST(Plaintext, UserHasTheCharactersOfRfc3261) {
  for (const char* good : {"alice", "Alice.O'Neil", "+49-30-(123)", "a&b=c+d$e,f;g?h/i", "%41lice", "100%25", "*69!~_"})
    EXPECT_TRUE(is_user(good, Subject::caller)) << good;
  for (const char* bad :
       {"", "a@b", "a:b", "a b", "a\r\nVia: x", "<a>", "a\"b", "a%4", "a%", "a%4g", "a#", "\x80", "a\\b"})
    EXPECT_FALSE(is_user(bad, Subject::callee)) << bad;
  EXPECT_FALSE(is_user(std::string_view("a\0b", 3), Subject::caller));
  EXPECT_TRUE(is_user(std::string(96, 'a'), Subject::caller));
  EXPECT_FALSE(is_user(std::string(97, 'a'), Subject::caller));
}

TEST(Plaintext, LoginHasTheCharactersOfAQuotedString) {
  for (const char* good : {"alice", "alice@a.example", "Alice Liddell", "a%"})
    EXPECT_TRUE(is_user(good, Subject::login)) << good;
  for (const char* bad : {"", "a\"b", "a\\b", "a\nb", "\x7f", "\xc3\xa4"})
    EXPECT_FALSE(is_user(bad, Subject::login)) << bad;
}

TEST(Plaintext, HostIsLowerCase) {
  for (const char* good : {"a.example", "192.0.2.1", "[2001:db8::1]", "x_y-z"})
    EXPECT_TRUE(is_host(good)) << good;
  for (const char* bad : {"", "A.example", "a b", "a;b", "a>"})
    EXPECT_FALSE(is_host(bad)) << bad;
  EXPECT_TRUE(is_host(std::string(64, 'a')));
  EXPECT_FALSE(is_host(std::string(65, 'a')));
}

} // namespace
} // namespace sipveil::privasip
