#include "transports/socks5.h"

#include "transports/socks5_error.h"

#include <gmock/gmock.h>

#include <map>

namespace sipveil {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

const std::string onion_host = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
const std::string method_reply = "\x05\x02"s;
const std::string auth_reply = "\x01\x00"s;
const std::string ipv4_reply = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;

TorPeer tor_peer() {
  return {*OnionName::parse(onion_host), 5060};
}

Socks5Client client(std::string early_data = "", bool extended = true) {
  return Socks5Client::create(SocksTarget(tor_peer()), Isolation{"user", "secret"}, std::move(early_data), extended)
      .value();
}

Socks5Client open_client(const std::string& target) {
  return Socks5Client::create(SocksTarget(*HostPort::parse(target)), std::nullopt, "", true).value();
}

/// Feeds bytes that must ask for exactly one write.
std::string sent(Socks5Client& machine, std::string_view bytes) {
  auto step = machine.feed(bytes);
  if (!step || !std::holds_alternative<Socks5Client::Send>(*step)) {
    ADD_FAILURE() << "expected bytes to send" << (step ? "" : ": " + step.error().text());
    return {};
  }
  return std::get<Socks5Client::Send>(*step).bytes;
}

bool needs_more(const Result<Socks5Client::Step>& step) {
  return step && std::holds_alternative<Socks5Client::NeedMore>(*step);
}

/// A machine that awaits the reply to its request.
Socks5Client requested(std::string early_data = "", bool extended = true) {
  auto machine = client(std::move(early_data), extended);
  sent(machine, method_reply);
  sent(machine, auth_reply);
  return machine;
}

TEST(Socks5, SpeaksTheWholeDialogue) {
  auto machine = client();
  EXPECT_EQ(machine.start(), "\x05\x01\x02"s);
  EXPECT_EQ(sent(machine, method_reply), "\x01\x04user\x06secret");
  EXPECT_FALSE(machine.requested());
  EXPECT_EQ(sent(machine, auth_reply), "\x05\x01\x00\x03\x3e"s + onion_host + "\x13\xc4");
  EXPECT_TRUE(machine.requested());
  auto step = machine.feed(ipv4_reply);
  ASSERT_TRUE(step);
  ASSERT_TRUE(std::holds_alternative<Socks5Client::Connected>(*step));
  EXPECT_EQ(std::get<Socks5Client::Connected>(*step).rest, "");
}

TEST(Socks5, WithoutIsolationOffersNoAuthenticationOnly) {
  auto machine = open_client("sip.example.org:5060");
  EXPECT_EQ(machine.start(), "\x05\x01\x00"s);
  EXPECT_EQ(sent(machine, "\x05\x00"s), "\x05\x01\x00\x03\x0fsip.example.org\x13\xc4"s);
}

TEST(Socks5, SendsNumericTargetsAsAddresses) {
  auto v4 = open_client("192.0.2.7:80");
  EXPECT_EQ(sent(v4, "\x05\x00"s), "\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50"s);
  auto v6 = open_client("[2001:db8::7]:80");
  EXPECT_EQ(sent(v6, "\x05\x00"s),
            "\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x50"s);
}

TEST(Socks5, EarlyDataGoesWithTheRequestAndNotBefore) {
  auto machine = client("INVITE");
  EXPECT_THAT(machine.start(), testing::Not(HasSubstr("INVITE")));
  EXPECT_THAT(sent(machine, method_reply), testing::Not(HasSubstr("INVITE")));
  const auto request = sent(machine, auth_reply);
  EXPECT_TRUE(request.ends_with("\x13\xc4INVITE")) << request;
}

TEST(Socks5, NeverGoesOnWithoutTheIsolationAskedFor) {
  for (const auto& reply : {"\x05\x00"s, "\x05\xff"s, "\x05\x01"s}) {
    auto machine = client("INVITE");
    const auto step = machine.feed(reply);
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().where, Fault::local_service);
  }
  EXPECT_EQ(client().feed("\x05\xff"s).error().code, Errc::unsupported);
  EXPECT_EQ(open_client("a.example:1").feed("\x05\xff"s).error().code, Errc::auth_failed);
  EXPECT_EQ(open_client("a.example:1").feed("\x05\x02"s).error().code, Errc::malformed);
}

TEST(Socks5, CredentialsMustFitTheirLengthOctets) {
  for (const Isolation& bad : {Isolation{"", "p"}, Isolation{"u", ""}, Isolation{std::string(256, 'u'), "p"},
                               Isolation{"u", std::string(256, 'p')}}) {
    const auto machine = Socks5Client::create(SocksTarget(tor_peer()), bad, "", true);
    ASSERT_FALSE(machine);
    EXPECT_EQ(machine.error().code, Errc::invalid);
  }
  auto longest =
      Socks5Client::create(SocksTarget(tor_peer()), Isolation{std::string(255, 'u'), std::string(255, 'p')}, "", true);
  ASSERT_TRUE(longest);
  EXPECT_EQ(sent(*longest, method_reply).size(), 3U + 255U + 255U);
}

TEST(Socks5, RefusedCredentials) {
  auto machine = client();
  sent(machine, method_reply);
  const auto step = machine.feed("\x01\x01");
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Errc::auth_failed);
  EXPECT_THAT(step.error().text(), testing::Not(HasSubstr("secret")));
}

const std::map<std::string, std::string> good_replies = {
    {"ipv4", ipv4_reply},
    {"ipv6", "\x05\x00\x00\x04"s + std::string(18, '\x01')},
    {"name", "\x05\x00\x00\x03\x04host\x00\x50"s},
    {"empty name", "\x05\x00\x00\x03\x00\x00\x50"s},
    {"longest name", "\x05\x00\x00\x03\xff"s + std::string(257, 'n')},
};

TEST(Socks5, EveryFormOfReplyLeavesTheStreamsOwnBytes) {
  for (const auto& [name, reply] : good_replies) {
    auto machine = requested();
    auto step = machine.feed(reply + "SIP/2.0");
    ASSERT_TRUE(step) << name;
    ASSERT_TRUE(std::holds_alternative<Socks5Client::Connected>(*step)) << name;
    EXPECT_EQ(std::get<Socks5Client::Connected>(*step).rest, "SIP/2.0") << name;
  }
}

TEST(Socks5, EveryTruncationNeedsMoreAndGoesOnByteByByte) {
  for (const auto& [name, reply] : good_replies) {
    auto machine = client("early");
    const std::string replies[] = {method_reply, auth_reply, reply};
    for (const auto& part : replies) {
      for (std::size_t i = 0; i + 1 < part.size(); ++i)
        ASSERT_TRUE(needs_more(machine.feed(part.substr(i, 1)))) << name << " byte " << i;
      EXPECT_TRUE(needs_more(machine.feed(""))) << name;
      ASSERT_FALSE(needs_more(machine.feed(part.substr(part.size() - 1)))) << name;
    }
  }
}

/// Every value of every octet that has only one right value, at each step; each wrong one is an error, never
/// a success.
TEST(Socks5, EveryCorruptedOctetIsAnError) {
  for (int value = 0; value < 256; ++value) {
    const char octet = static_cast<char>(value);
    if (octet != '\x05') {
      EXPECT_EQ(client().feed(std::string(1, octet)).error().code, Errc::malformed);
      EXPECT_EQ(requested().feed(std::string(1, octet)).error().code, Errc::malformed);
    }
    if (octet != '\x02') {
      EXPECT_FALSE(client().feed("\x05"s + octet));
    }
    if (octet != '\x00') {
      auto machine = client();
      sent(machine, method_reply);
      EXPECT_FALSE(machine.feed("\x01"s + octet));
      EXPECT_FALSE(requested().feed("\x05"s + octet)); // a refusal is known by its code alone
      EXPECT_EQ(requested().feed("\x05\x00"s + octet).error().code, Errc::malformed);
    }
    if (octet != '\x01') {
      auto machine = client();
      sent(machine, method_reply);
      EXPECT_EQ(machine.feed(std::string(1, octet)).error().code, Errc::malformed);
    }
    if (octet != '\x01' && octet != '\x03' && octet != '\x04') {
      EXPECT_EQ(requested().feed("\x05\x00\x00"s + octet).error().code, Errc::malformed);
    }
  }
}

TEST(Socks5, AProxyThatSpeaksOutOfTurnIsNone) {
  EXPECT_EQ(client().feed(method_reply + auth_reply).error().code, Errc::malformed);
  EXPECT_EQ(open_client("a.example:1").feed("\x05\x00"s + ipv4_reply).error().code, Errc::malformed);
  auto machine = client();
  sent(machine, method_reply);
  EXPECT_EQ(machine.feed(auth_reply + "\x05").error().code, Errc::malformed);
}

struct Meaning {
  Errc kind;
  Fault where;
  std::uint8_t code;
  bool retry;
};

TEST(Socks5, EveryReplyCodeHasItsOwnMeaning) {
  const Meaning meanings[] = {
      {Errc::offline, Fault::overlay, 0x01, true},
      {Errc::refused, Fault::overlay, 0x02, false},
      {Errc::offline, Fault::overlay, 0x03, true},
      {Errc::offline, Fault::overlay, 0x04, true},
      {Errc::refused, Fault::peer, 0x05, true},
      {Errc::timed_out, Fault::overlay, 0x06, true},
      {Errc::unsupported, Fault::local_service, 0x07, false},
      {Errc::unsupported, Fault::local_service, 0x08, false},
      {Errc::unknown_peer, Fault::overlay, 0xf0, true},
      {Errc::unknown_peer, Fault::overlay, 0xf1, false},
      {Errc::offline, Fault::overlay, 0xf2, true},
      {Errc::offline, Fault::overlay, 0xf3, true},
      {Errc::forbidden, Fault::overlay, 0xf4, false},
      {Errc::forbidden, Fault::overlay, 0xf5, false},
      {Errc::unknown_peer, Fault::overlay, 0xf6, false},
      {Errc::offline, Fault::overlay, 0xf7, true},
  };
  std::map<std::string, std::uint8_t> texts;
  for (const auto& meaning : meanings) {
    const auto step = requested().feed("\x05"s + static_cast<char>(meaning.code) + "\x00\x01"s);
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().code, meaning.kind) << int{meaning.code};
    EXPECT_EQ(step.error().where, meaning.where) << int{meaning.code};
    EXPECT_EQ(step.error().retry, meaning.retry) << int{meaning.code};
    EXPECT_TRUE(texts.emplace(step.error().what, meaning.code).second) << "two codes, one text: " << step.error().what;
  }
}

TEST(Socks5, UnassignedCodesAreNamed) {
  for (const int code : {0x09, 0x42, 0xef, 0xf8, 0xff}) {
    const auto error = socks5_error(static_cast<std::uint8_t>(code), true);
    EXPECT_EQ(error.code, Errc::malformed);
    EXPECT_EQ(error.where, Fault::local_service);
  }
  EXPECT_THAT(socks5_error(0x42, true).what, HasSubstr("0x42"));
}

TEST(Socks5, ExtendedCodesMeanNothingFromAProxyThatIsNotTor) {
  const auto step = requested("", false).feed("\x05\xf0"s);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Errc::malformed);
  EXPECT_THAT(step.error().what, HasSubstr("0xf0"));
}

TEST(Isolation, IsFreshEachTime) {
  const auto one = fresh_isolation();
  const auto two = fresh_isolation();
  EXPECT_EQ(one.user, "<torS0X>0");
  EXPECT_EQ(one.password.size(), 32U);
  EXPECT_NE(one.password, two.password);
}

TEST(Isolation, IsTheSameWithinAScopeAndSaysNothingAboutIt) {
  const IsolationScopes scopes;
  EXPECT_EQ(scopes.of("alice").password, scopes.of("alice").password);
  EXPECT_NE(scopes.of("alice").password, scopes.of("bob").password);
  EXPECT_EQ(scopes.of("alice").user, "<torS0X>0");
  EXPECT_NE(scopes.of("alice").password, IsolationScopes().of("alice").password);
}

} // namespace
} // namespace sipveil
