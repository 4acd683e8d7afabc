#include "transports/address.h"

#include "base/encoding.h"

#include <gmock/gmock.h>

namespace sipveil {
namespace {

using testing::HasSubstr;

// Examples of rend-spec-v3 section 6.
constexpr std::string_view spec_onions[] = {"pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd",
                                            "sp3k262uwy4r2k3ycr5awluarykdpag6a7y33jxop4cs2lu5uz5sseqd",
                                            "xa4r2iadxm55fbnqgwwi5mymqdcofiu3w6rpbtqn7b2dyn7mgwj64jyd"};
const std::string onion = std::string(spec_onions[0]) + ".onion";
const std::string b32 = std::string(51, 'a') + "q.b32.i2p";

std::string with_first(std::string text, char first) {
  text[0] = first;
  return text;
}

template <class T>
void expect_invalid(const Result<T>& result, std::string_view what, std::string_view mend = "") {
  ASSERT_FALSE(result) << "expected an error: " << what;
  EXPECT_EQ(result.error().code, Errc::invalid);
  EXPECT_EQ(result.error().where, Fault::configuration);
  EXPECT_THAT(result.error().what, HasSubstr(std::string(what)));
  EXPECT_THAT(result.error().mend, HasSubstr(std::string(mend)));
}

TEST(OnionName, AcceptsTheExamplesOfTheSpecification) {
  for (const auto text : spec_onions) {
    const auto name = OnionName::parse(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->service_id(), text);
    EXPECT_EQ(name->host(), std::string(text) + ".onion");
    EXPECT_EQ(OnionName::parse(name->host())->host(), name->host());
  }
}

TEST(OnionName, IsMadeFromAPublicKey) {
  const auto bytes = base32_decode(spec_onions[1]);
  ASSERT_TRUE(bytes);
  std::array<unsigned char, 32> key{};
  std::copy_n(bytes->begin(), key.size(), key.begin());
  EXPECT_EQ(OnionName::from_public_key(key).service_id(), spec_onions[1]);
}

TEST(OnionName, IgnoresTheCaseOfLetters) {
  std::string upper = onion;
  for (char& c : upper)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  ASSERT_TRUE(OnionName::parse(upper));
  EXPECT_EQ(OnionName::parse(upper)->host(), onion);
}

TEST(OnionName, SaysWhatIsWrong) {
  expect_invalid(OnionName::parse(""), "this one has 0", ".onion");
  expect_invalid(OnionName::parse(onion.substr(1)), "this one has 55");
  expect_invalid(OnionName::parse("a" + onion), "this one has 57");
  expect_invalid(OnionName::parse("expyuzz4wqqyqhjn.onion"), "this one has 16");
  expect_invalid(OnionName::parse(with_first(onion, '1')), "character other than");
}

TEST(OnionName, RefusesAnotherVersion) {
  auto bytes = *base32_decode(spec_onions[0]);
  bytes.back() = 4;
  expect_invalid(OnionName::parse(base32_encode(bytes)), "version 4");
}

TEST(OnionName, EveryMistypedCharacterIsNoticed) {
  // The last character holds the version alone, and both are checked.
  for (std::size_t i = 0; i < spec_onions[0].size(); ++i) {
    std::string text(spec_onions[0]);
    text[i] = text[i] == 'b' ? 'c' : 'b';
    EXPECT_FALSE(OnionName::parse(text)) << i;
  }
}

TEST(B32Name, KeepsItsText) {
  ASSERT_TRUE(B32Name::parse(b32));
  EXPECT_EQ(B32Name::parse(b32)->host(), b32);
}

TEST(B32Name, SaysWhatIsWrong) {
  expect_invalid(B32Name::parse("example.i2p"), "does not end in .b32.i2p", "52 characters");
  expect_invalid(B32Name::parse(b32.substr(1)), "this one has 51");
  expect_invalid(B32Name::parse(with_first(b32, '0')), "base32");
  // 52 characters carry 260 bits; the 4 beyond a hash must be zero, or two texts would name one destination.
  expect_invalid(B32Name::parse(std::string(51, 'a') + "b.b32.i2p"), "base32");
}

TEST(HostPort, TakesNamesAndAddresses) {
  const auto name = HostPort::parse("SIP.Example.org:5060");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host(), "sip.example.org");
  EXPECT_EQ(name->port(), 5060);
  EXPECT_FALSE(name->numeric());

  const auto v4 = HostPort::parse("192.0.2.7:1");
  ASSERT_TRUE(v4);
  EXPECT_TRUE(v4->numeric());
  EXPECT_EQ(v4->text(), "192.0.2.7:1");

  const auto v6 = HostPort::parse("[2001:DB8:0::7]:65535");
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->numeric());
  EXPECT_EQ(v6->host(), "2001:db8::7");
  EXPECT_EQ(v6->text(), "[2001:db8::7]:65535");

  EXPECT_TRUE(HostPort::parse("localhost:5060"));
  EXPECT_TRUE(HostPort::parse("3com.example:5060")); // RFC 1123 section 2.1: a label may begin with a digit
  EXPECT_TRUE(HostPort::parse(std::string(63, 'a') + ".example:5060"));
}

TEST(HostPort, SaysWhatIsWrong) {
  expect_invalid(HostPort::parse(""), "host is missing", "for example");
  expect_invalid(HostPort::parse(":5060"), "host is missing");
  expect_invalid(HostPort::parse("example.org"), "port is missing");
  expect_invalid(HostPort::parse("example.org:"), "port is missing");
  for (const char* port : {"0", "65536", "-1", "+5", " 5", "5060x", "99999999999999999999", "5060:1"})
    expect_invalid(HostPort::parse(std::string("example.org:") + port), "not a number from 1 to 65535");
  expect_invalid(HostPort::parse("2001:db8::7:5060"), "brackets");
  expect_invalid(HostPort::parse("[2001:db8::7]"), "closing bracket or the port");
  expect_invalid(HostPort::parse("[2001:db8::7:5060"), "closing bracket");
  expect_invalid(HostPort::parse("[sip.example.org]:5060"), "not an IPv6 address");
  expect_invalid(HostPort::parse("[fe80::1%eth0]:5060"), "not an IPv6 address");
  expect_invalid(HostPort::parse("a..b:5060"), "empty label");
  expect_invalid(HostPort::parse("example.org.:5060"), "empty label");
  expect_invalid(HostPort::parse("-a.example:5060"), "hyphen");
  expect_invalid(HostPort::parse("a-.example:5060"), "hyphen");
  expect_invalid(HostPort::parse("a_b.example:5060"), "character other than");
  expect_invalid(HostPort::parse("user@example.org:5060"), "character other than");
  expect_invalid(HostPort::parse(std::string("127.0.0.1\0x:5060", 16)), "NUL");
  expect_invalid(HostPort::parse(std::string(64, 'a') + ".example:5060"), "label of the host name is longer");
  std::string longest;
  for (int i = 0; i < 127; ++i)
    longest += "a.";
  expect_invalid(HostPort::parse(longest + "bc:5060"), "longer than 253");
}

TEST(HostPort, RefusesWhatAResolverWouldTakeForAnAddress) {
  for (const char* text : {"127.1:5060", "1:5060", "192.0.2.256:5060", "192.0.2:5060", "192.0.2.07:5060"})
    expect_invalid(HostPort::parse(text), "neither a name nor a complete IPv4 address");
}

TEST(HostPort, NeverHoldsANameOfAnOverlay) {
  expect_invalid(HostPort::parse(onion + ":5070"), "through tor only", "tor:" + onion + ":5070");
  expect_invalid(HostPort::parse("example.ONION:5060"), "through tor only", "tor:<56 characters>.onion:5060");
  expect_invalid(HostPort::parse("example.onion.:5060"), "through tor only");
  expect_invalid(HostPort::parse("onion:5060"), "through tor only");
  expect_invalid(HostPort::parse("www." + onion + ":5060"), "through tor only");
  expect_invalid(HostPort::parse("example.i2p:5060"), "through I2P only", "i2p:");
  EXPECT_TRUE(HostPort::parse("myonion:5060"));
}

TEST(Endpoint, TakesNumericAddressesAndPaths) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1:9050")->text(), "127.0.0.1:9050");
  EXPECT_EQ(Endpoint::parse("[::1]:9050")->text(), "[::1]:9050");
  const auto path = Endpoint::parse("unix:/run/tor/socks");
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->is_unix());
  EXPECT_EQ(path->path(), "/run/tor/socks");
  EXPECT_EQ(path->text(), "unix:/run/tor/socks");
  EXPECT_EQ(Endpoint::parse_listen("127.0.0.1:0")->host_port().port(), 0);
}

TEST(Endpoint, SaysWhatIsWrong) {
  expect_invalid(Endpoint::parse("localhost:9050"), "numeric address", "127.0.0.1:9050");
  expect_invalid(Endpoint::parse("127.0.0.1"), "port is missing", "127.0.0.1:9050");
  expect_invalid(Endpoint::parse("127.0.0.1:0"), "not a number from 1");
  expect_invalid(Endpoint::parse_listen("127.0.0.1:65536"), "not a number from 0");
  expect_invalid(Endpoint::parse("unix:run/tor"), "absolute");
  expect_invalid(Endpoint::parse("unix:"), "absolute");
  expect_invalid(Endpoint::parse("unix:/" + std::string(107, 'a')), "108 bytes", "shorter");
  EXPECT_TRUE(Endpoint::parse("unix:/" + std::string(106, 'a')));
}

TEST(PeerAddress, KeepsItsText) {
  for (const std::string& text : {"tor:" + onion + ":5060", "i2p:" + b32, std::string("socks5:sip.example.org:5060"),
                                  std::string("tcp:[2001:db8::7]:5060"), std::string("tls:sip.example.org:5061")}) {
    const auto peer = PeerAddress::parse(text);
    ASSERT_TRUE(peer) << text;
    EXPECT_EQ(peer->text(), text);
    EXPECT_TRUE(PeerAddress::parse(peer->text()).value() == *peer);
  }
  EXPECT_EQ(PeerAddress::parse("tor:" + std::string(spec_onions[0]) + ":5060")->text(), "tor:" + onion + ":5060");
}

TEST(PeerAddress, SaysWhatIsWrong) {
  expect_invalid(PeerAddress::parse(""), "does not begin with its kind", "tor:<56 characters>.onion:5060");
  expect_invalid(PeerAddress::parse("sip:example.org:5060"), "no kind that is known", "tls:host:5061");
  expect_invalid(PeerAddress::parse("TOR:" + onion + ":5060"), "no kind that is known");
  expect_invalid(PeerAddress::parse("tor:" + onion), "port of the onion service is missing", "onion:5060");
  expect_invalid(PeerAddress::parse("tor:" + onion + ":0"), "not a number");
  expect_invalid(PeerAddress::parse("tor:" + onion + ":5060:1"), "not a number");
  expect_invalid(PeerAddress::parse("tor:example.org:5060"), "56 characters");
  expect_invalid(PeerAddress::parse("i2p:example.i2p"), ".b32.i2p");
  expect_invalid(PeerAddress::parse("tcp:example.org"), "port is missing", "host:port");
  for (const char* kind : {"tcp:", "tls:", "socks5:"}) {
    expect_invalid(PeerAddress::parse(kind + onion + ":5070"), "through tor only", "tor:" + onion + ":5070");
    expect_invalid(PeerAddress::parse(std::string(kind) + "x.onion:5070"), "through tor only");
    expect_invalid(PeerAddress::parse(std::string(kind) + "x.i2p:5070"), "through I2P only");
  }
}

} // namespace
} // namespace sipveil
