#include "base/encoding.h"
#include "control/authenticator.h"
#include "control/reply_parser.h"

#include <gtest/gtest.h>

#include <numeric>

namespace sipveil::control {
namespace {

Reply reply_of(std::string_view bytes) {
  ReplyParser parser;
  parser.push(bytes);
  return parser.next().value().value();
}

Reply protocolinfo(std::string_view methods) {
  return reply_of("250-PROTOCOLINFO 1\r\n250-AUTH METHODS=" + std::string(methods) +
                  " COOKIEFILE=\"/tor/cookie\"\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n");
}

/// `size` bytes that count up from `first`.
SecretBytes counting(unsigned char first, std::size_t size) {
  SecretBytes bytes(size);
  std::iota(bytes.writable().begin(), bytes.writable().end(), first);
  return bytes;
}

void predictable(std::span<unsigned char> bytes) {
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(32));
}

const std::string server_nonce = hex_encode(counting(64, 32).bytes());
// Computed by Python's hmac over the cookie 00..1f, the client nonce 20..3f and the server nonce 40..5f.
constexpr std::string_view server_hash = "3c8780ab52365c0d080750447e5f64dabc00428c6c434579c2043e18c1f85389";
constexpr std::string_view client_hash = "b47642df2d5abb84f69e6d02d41bed6b44aee33e69562528a82166fc98bc0b1e";

class AuthenticatorTest : public ::testing::Test {
 protected:
  Authenticator make(bool password = false) {
    Credentials credentials;
    if (password) credentials.password = SecretBytes(std::string_view("pass word"));
    return Authenticator("127.0.0.1:9051", std::move(credentials), predictable);
  }
  static std::string sent(const Authenticator::Step& step) {
    const auto* send = std::get_if<Authenticator::Send>(&step);
    return send == nullptr ? "(nothing)" : std::string(send->line.reveal());
  }
  static std::string file(const Authenticator::Step& step) {
    const auto* read = std::get_if<Authenticator::ReadCookie>(&step);
    return read == nullptr ? "(none)" : read->file.string();
  }
  static Error error(const Authenticator::Step& step) {
    const auto* failed = std::get_if<Error>(&step);
    return failed == nullptr ? Error{Errc::cancelled, Fault::system, "(no error)", "", false} : *failed;
  }
  static std::string challenge_reply(std::string_view hash) {
    return "250 AUTHCHALLENGE SERVERHASH=" + std::string(hash) + " SERVERNONCE=" + server_nonce + "\r\n";
  }
};

TEST_F(AuthenticatorTest, SafecookieByTheSpecificationsFormula) {
  auto machine = make(true);
  EXPECT_EQ(sent(machine.start()), "PROTOCOLINFO 1");
  EXPECT_EQ(file(machine.on_reply(protocolinfo("NULL,COOKIE,SAFECOOKIE,HASHEDPASSWORD"))), "/tor/cookie");
  EXPECT_EQ(sent(machine.on_cookie(counting(0, 32))),
            "AUTHCHALLENGE SAFECOOKIE " + hex_encode(counting(32, 32).bytes()));
  EXPECT_EQ(sent(machine.on_reply(reply_of(challenge_reply(server_hash)))), "AUTHENTICATE " + std::string(client_hash));
  const auto step = machine.on_reply(reply_of("250 OK\r\n"));
  const auto* done = std::get_if<Authenticator::Done>(&step);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->method, AuthMethod::safecookie);
  EXPECT_EQ(done->tor_version, "0.4.9.11");
}

TEST_F(AuthenticatorTest, AWrongServerHashEndsItEvenWithOtherMethodsOnOffer) {
  auto machine = make(true);
  (void)machine.start();
  (void)machine.on_reply(protocolinfo("NULL,COOKIE,SAFECOOKIE,HASHEDPASSWORD"));
  (void)machine.on_cookie(counting(0, 32));
  const auto failed = error(machine.on_reply(reply_of(challenge_reply(client_hash))));
  EXPECT_EQ(failed.code, Errc::auth_failed);
  EXPECT_EQ(failed.what, "the server at 127.0.0.1:9051 does not know the cookie in /tor/cookie");
  EXPECT_FALSE(failed.mend.empty());
}

TEST_F(AuthenticatorTest, CookieAlone) {
  auto machine = make();
  (void)machine.start();
  (void)machine.on_reply(protocolinfo("COOKIE"));
  EXPECT_EQ(sent(machine.on_cookie(counting(0, 32))), "AUTHENTICATE " + hex_encode(counting(0, 32).bytes()));
  const auto failed = error(machine.on_reply(reply_of("515 Authentication failed: Wrong cookie\r\n")));
  EXPECT_EQ(failed.code, Errc::auth_failed);
  EXPECT_NE(failed.what.find("/tor/cookie"), std::string::npos);
}

TEST_F(AuthenticatorTest, ConfiguredCookieFileWins) {
  Credentials credentials;
  credentials.cookie_file = "/mine";
  Authenticator machine("x", std::move(credentials));
  (void)machine.start();
  EXPECT_EQ(file(machine.on_reply(protocolinfo("SAFECOOKIE"))), "/mine");
}

TEST_F(AuthenticatorTest, UnreadableCookie) {
  const Error unreadable{Errc::io, Fault::system, "cannot open /tor/cookie: Permission denied", "", false};
  auto alone = make();
  (void)alone.start();
  (void)alone.on_reply(protocolinfo("COOKIE,SAFECOOKIE,HASHEDPASSWORD"));
  const auto failed = error(alone.on_cookie(unreadable));
  EXPECT_NE(failed.what.find("/tor/cookie: Permission denied"), std::string::npos);
  EXPECT_NE(failed.mend.find("debian-tor"), std::string::npos);
  EXPECT_NE(failed.mend.find("[tor] cookie_file"), std::string::npos);

  auto with_password = make(true);
  (void)with_password.start();
  (void)with_password.on_reply(protocolinfo("COOKIE,SAFECOOKIE,HASHEDPASSWORD"));
  EXPECT_EQ(sent(with_password.on_cookie(unreadable)), "AUTHENTICATE " + hex_encode(as_bytes("pass word")));

  auto open_port = make();
  (void)open_port.start();
  (void)open_port.on_reply(protocolinfo("COOKIE,SAFECOOKIE,NULL"));
  EXPECT_EQ(sent(open_port.on_cookie(unreadable)), "AUTHENTICATE");
}

TEST_F(AuthenticatorTest, CookieOfWrongLength) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    auto machine = make();
    (void)machine.start();
    (void)machine.on_reply(protocolinfo("COOKIE,SAFECOOKIE"));
    const auto failed = error(machine.on_cookie(counting(0, size)));
    EXPECT_EQ(failed.what, "the cookie file /tor/cookie is not 32 bytes long");
  }
  auto machine = make();
  (void)machine.start();
  (void)machine.on_reply(protocolinfo("COOKIE,SAFECOOKIE"));
  const Error longer{Errc::too_large, Fault::configuration, "/tor/cookie is larger than 32 bytes", "", false};
  EXPECT_EQ(error(machine.on_cookie(longer)).what, "the cookie file /tor/cookie is not 32 bytes long");
}

TEST_F(AuthenticatorTest, Password) {
  auto machine = make(true);
  (void)machine.start();
  EXPECT_EQ(sent(machine.on_reply(protocolinfo("HASHEDPASSWORD,NULL"))),
            "AUTHENTICATE " + hex_encode(as_bytes("pass word")));
  const auto failed = error(machine.on_reply(reply_of("515 Authentication failed: Password did not match\r\n")));
  EXPECT_EQ(failed.what, "the tor at 127.0.0.1:9051 refused our password");
  EXPECT_NE(failed.mend.find("[tor] password_file"), std::string::npos);
  EXPECT_EQ(failed.text().find("pass word"), std::string::npos);
}

TEST_F(AuthenticatorTest, PasswordMissing) {
  auto machine = make();
  (void)machine.start();
  const auto failed = error(machine.on_reply(protocolinfo("HASHEDPASSWORD")));
  EXPECT_EQ(failed.code, Errc::auth_failed);
  EXPECT_NE(failed.what.find("asks for a password"), std::string::npos);
}

TEST_F(AuthenticatorTest, NoCommonMethodAndNoCookiePath) {
  auto machine = make(true);
  (void)machine.start();
  EXPECT_NE(error(machine.on_reply(protocolinfo("RETINASCAN"))).what.find("no method"), std::string::npos);
  auto pathless = make();
  (void)pathless.start();
  const auto step =
      pathless.on_reply(reply_of("250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE\r\n250 OK\r\n"));
  EXPECT_EQ(error(step).mend, "Set [tor] cookie_file.");
}

TEST_F(AuthenticatorTest, NullIsLast) {
  auto machine = make();
  (void)machine.start();
  EXPECT_EQ(sent(machine.on_reply(protocolinfo("NULL"))), "AUTHENTICATE");
  const auto step = machine.on_reply(reply_of("250 OK\r\n"));
  EXPECT_TRUE(std::holds_alternative<Authenticator::Done>(step));
  auto refused = make();
  (void)refused.start();
  (void)refused.on_reply(protocolinfo("NULL"));
  EXPECT_EQ(error(refused.on_reply(reply_of("515 no\r\n"))).code, Errc::auth_failed);
}

TEST_F(AuthenticatorTest, WhatIsNoControlPort) {
  auto machine = make();
  (void)machine.start();
  for (const auto code : {Errc::malformed, Errc::closed, Errc::too_large}) {
    const auto failed = machine.on_connection_error({code, Fault::local_service, "x", "", false});
    EXPECT_EQ(failed.what, "the socket 127.0.0.1:9051 is not a tor control port");
    EXPECT_EQ(failed.where, Fault::configuration);
  }
  EXPECT_EQ(error(machine.on_reply(reply_of("500 what?\r\n"))).what,
            "the socket 127.0.0.1:9051 is not a tor control port");
  auto silent = make();
  (void)silent.start();
  const auto late = silent.on_connection_error({Errc::timed_out, Fault::local_service, "late", "", true});
  EXPECT_EQ(late.code, Errc::timed_out);
  EXPECT_FALSE(late.mend.empty());
}

TEST_F(AuthenticatorTest, ChallengeFailures) {
  for (const auto* bytes : {"513 no\r\n", "250 AUTHCHALLENGE\r\n", "250 OK\r\n"}) {
    auto machine = make();
    (void)machine.start();
    (void)machine.on_reply(protocolinfo("COOKIE,SAFECOOKIE"));
    (void)machine.on_cookie(counting(0, 32));
    const auto step = machine.on_reply(reply_of(bytes));
    EXPECT_TRUE(std::holds_alternative<Error>(step)) << "never falls back to showing the cookie: " << bytes;
  }
}

} // namespace
} // namespace sipveil::control
