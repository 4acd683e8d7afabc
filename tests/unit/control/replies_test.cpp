#include "control/add_onion.h"
#include "control/authchallenge.h"
#include "control/bootstrap.h"
#include "control/event.h"
#include "control/getinfo.h"
#include "control/grammar.h"
#include "control/protocolinfo.h"
#include "control/reply_parser.h"

#include <gtest/gtest.h>

namespace sipveil::control {
namespace {

Reply reply_of(std::string_view bytes) {
  ReplyParser parser;
  parser.push(bytes);
  return parser.next().value().value();
}

template <class T>
T event_of(std::string_view text) {
  return std::get<T>(parse_event(reply_of("650 " + std::string(text) + "\r\n")).value().value());
}

TEST(Grammar, QuotedStrings) {
  EXPECT_EQ(unquote(R"("plain")"), "plain");
  EXPECT_EQ(unquote(R"("")"), "");
  EXPECT_EQ(unquote(R"("a \"b\" \\ c")"), R"(a "b" \ c)");
  EXPECT_EQ(unquote(R"("\n\r\t\101\0601\x")"), "\n\r\tA01x");
  EXPECT_EQ(unquote(R"(plain)"), std::nullopt);
  EXPECT_EQ(unquote(R"("open)"), std::nullopt);
  EXPECT_EQ(unquote(R"("open\)"), std::nullopt);
  EXPECT_EQ(unquote(R"("open\")"), std::nullopt);
  EXPECT_EQ(unquote(R"("a"b")"), std::nullopt);
  EXPECT_EQ(unquote(R"("\777")"), std::nullopt);
  EXPECT_EQ(unquote(""), std::nullopt);
  for (const std::string text : {"", "a b", "quote \" and \\ back", "\\"})
    EXPECT_EQ(unquote(quote(text)), text);
}

TEST(Grammar, FieldsKeepQuotedSpacesTogether) {
  const auto fields = read_fields(Words(R"(skip $AA=old A=1 B="x y" C="\"" D=)"));
  ASSERT_TRUE(fields.has_value());
  EXPECT_EQ(fields->size(), 4U);
  EXPECT_EQ(find_field(*fields, "A"), "1");
  EXPECT_EQ(find_field(*fields, "B"), "x y");
  EXPECT_EQ(find_field(*fields, "C"), "\"");
  EXPECT_EQ(find_field(*fields, "D"), "");
  EXPECT_EQ(find_field(*fields, "E"), "");
  EXPECT_FALSE(read_fields(Words(R"(A="never closed)")).has_value());
}

TEST(Grammar, Numbers) {
  EXPECT_EQ(read_number("0", 100), 0U);
  EXPECT_EQ(read_number("100", 100), 100U);
  for (const auto* text : {"", "101", "-1", "+1", "1 ", "0x1", "99999999999999999999"})
    EXPECT_EQ(read_number(text, 100), std::nullopt) << text;
}

TEST(ProtocolInfo, OfTor) {
  const auto info = parse_protocolinfo(reply_of("250-PROTOCOLINFO 1\r\n"
                                                "250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD,NULL,LATER "
                                                "COOKIEFILE=\"/run/a \\\"b\\\"\"\r\n"
                                                "250-VERSION Tor=\"0.4.9.11\"\r\n"
                                                "250 OK\r\n"));
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->methods,
            (std::set{AuthMethod::null, AuthMethod::cookie, AuthMethod::safecookie, AuthMethod::hashed_password}));
  EXPECT_EQ(info->cookie_file, "/run/a \"b\"");
  EXPECT_EQ(info->version, "0.4.9.11");
}

TEST(ProtocolInfo, Refusals) {
  const auto code = [](std::string_view bytes) { return parse_protocolinfo(reply_of(bytes)).error().code; };
  EXPECT_EQ(code("250-PROTOCOLINFO 2\r\n250 OK\r\n"), Errc::unsupported);
  EXPECT_EQ(code("250 OK\r\n"), Errc::malformed);
  EXPECT_EQ(code("250-PROTOCOLINFO 1\r\n250 OK\r\n"), Errc::malformed);
  EXPECT_EQ(code("250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"x\r\n250 OK\r\n"), Errc::malformed);
  EXPECT_EQ(code("513 No such version\r\n"), Errc::invalid);
}

TEST(AuthChallenge, ReadsBothHashes) {
  const std::string hash(64, 'A');
  const std::string nonce(64, '0');
  const auto challenge =
      parse_authchallenge(reply_of("250 AUTHCHALLENGE SERVERHASH=" + hash + " SERVERNONCE=" + nonce + "\r\n"));
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->server_hash.front(), 0xaa);
  EXPECT_EQ(challenge->server_nonce.back(), 0x00);
  EXPECT_FALSE(parse_authchallenge(reply_of("250 AUTHCHALLENGE SERVERHASH=AA SERVERNONCE=" + nonce + "\r\n")));
  EXPECT_FALSE(parse_authchallenge(reply_of("250 OK\r\n")));
  EXPECT_EQ(parse_authchallenge(reply_of("513 no\r\n")).error().code, Errc::invalid);
}

TEST(GetInfo, LineBlockAndUnknownKey) {
  EXPECT_EQ(parse_getinfo("version", reply_of("250-version=0.4.9.11\r\n250 OK\r\n")).value(), "0.4.9.11");
  EXPECT_EQ(parse_getinfo("c", reply_of("250+c=\r\na\r\nb\r\n.\r\n250 OK\r\n")).value(), "a\nb\n");
  EXPECT_EQ(parse_getinfo("ver", reply_of("250-version=0.4.9.11\r\n250 OK\r\n")).error().code, Errc::malformed);
  EXPECT_EQ(parse_getinfo("x", reply_of("552 Unrecognized key \"x\"\r\n")).error().code, Errc::unsupported);
}

TEST(GetInfo, Listeners) {
  const auto endpoints = parse_listeners(R"("127.0.0.1:9050" "unix:/run/a b/socks" "[::1]:9150")");
  ASSERT_TRUE(endpoints.has_value());
  ASSERT_EQ(endpoints->size(), 3U);
  EXPECT_EQ((*endpoints)[0].text(), "127.0.0.1:9050");
  EXPECT_EQ((*endpoints)[1].path(), "/run/a b/socks");
  EXPECT_EQ((*endpoints)[2].text(), "[::1]:9150");
  EXPECT_TRUE(parse_listeners("").value().empty());
  EXPECT_FALSE(parse_listeners("127.0.0.1:9050").has_value());
  EXPECT_FALSE(parse_listeners(R"("localhost:9050")").has_value());
}

TEST(Bootstrap, PhaseAsAPersonReadsIt) {
  const auto phase = parse_bootstrap(
      R"(NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY="Asking for relay descriptors")");
  ASSERT_TRUE(phase.has_value());
  EXPECT_EQ(phase->text(), "Bootstrapped 45% (requesting_descriptors): Asking for relay descriptors");
  EXPECT_FALSE(phase->done());
  const auto hindered = parse_bootstrap(R"(WARN BOOTSTRAP PROGRESS=10 TAG=conn SUMMARY="Connecting" )"
                                        R"(WARNING="No route to host" REASON=NOROUTE COUNT=3)");
  EXPECT_EQ(hindered.value().text(), "Bootstrapped 10% (conn): Connecting. Hindered: No route to host");
  EXPECT_FALSE(parse_bootstrap("NOTICE BOOTSTRAP PROGRESS=101").has_value());
  EXPECT_FALSE(parse_bootstrap("NOTICE BOOTSTRAP").has_value());
  EXPECT_FALSE(parse_bootstrap("").has_value());
}

TEST(Events, Circ) {
  const auto built = event_of<CircEvent>(
      "CIRC 7 BUILT $AAAA~guard,$BBBB=old,$CCCC~exit BUILD_FLAGS=NEED_CAPACITY PURPOSE=HS_CLIENT_REND "
      "HS_STATE=HSCR_JOINED SOCKS_USERNAME=\"<torS0X>0\" SOCKS_PASSWORD=\"a b\"");
  EXPECT_EQ(built.id, "7");
  EXPECT_EQ(built.status, CircuitStatus::built);
  EXPECT_EQ(built.path, (std::vector<std::string>{"$AAAA~guard", "$BBBB=old", "$CCCC~exit"}));
  EXPECT_EQ(built.purpose, "HS_CLIENT_REND");
  EXPECT_EQ(built.hs_state, "HSCR_JOINED");
  EXPECT_EQ(built.socks_username, "<torS0X>0");
  EXPECT_EQ(built.socks_password, "a b");
  const auto launched = event_of<CircEvent>("CIRC 8 LAUNCHED PURPOSE=GENERAL");
  EXPECT_TRUE(launched.path.empty());
  EXPECT_EQ(launched.purpose, "GENERAL");
  EXPECT_EQ(event_of<CircEvent>("CIRC 8 CLOSED REASON=DESTROYED REMOTE_REASON=OR_CONN_CLOSED").remote_reason,
            "OR_CONN_CLOSED");
  EXPECT_EQ(event_of<CircEvent>("CIRC 8 TELEPORTED").status, CircuitStatus::unknown);
}

TEST(Events, Stream) {
  const auto stream = event_of<StreamEvent>(
      "STREAM 12 NEW 0 a.onion:5060 SOURCE_ADDR=127.0.0.1:40000 PURPOSE=USER SOCKS_USERNAME=\"u\"");
  EXPECT_EQ(stream.status, StreamStatus::fresh);
  EXPECT_EQ(stream.circuit, "0");
  EXPECT_EQ(stream.target, "a.onion:5060");
  EXPECT_EQ(stream.source, "127.0.0.1:40000");
  EXPECT_EQ(stream.socks_username, "u");
  EXPECT_EQ(event_of<StreamEvent>("STREAM 12 FAILED 7 a.onion:5060 REASON=END REMOTE_REASON=MISC").remote_reason,
            "MISC");
}

TEST(Events, HsDesc) {
  const auto upload = event_of<HsDescEvent>("HS_DESC UPLOAD abc UNKNOWN $AAAA~r desc HSDIR_INDEX=99");
  EXPECT_EQ(upload.action, HsDescAction::upload);
  EXPECT_EQ(upload.address, "abc");
  EXPECT_EQ(upload.directory, "$AAAA~r");
  EXPECT_EQ(upload.descriptor_id, "desc");
  const auto failed = event_of<HsDescEvent>("HS_DESC FAILED abc NO_AUTH $AAAA~r REASON=UPLOAD_REJECTED");
  EXPECT_EQ(failed.action, HsDescAction::failed);
  EXPECT_EQ(failed.descriptor_id, "");
  EXPECT_EQ(failed.reason, "UPLOAD_REJECTED");
}

TEST(Events, StatusClient) {
  const auto status = event_of<StatusClientEvent>("STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"C\"");
  EXPECT_EQ(status.bootstrap.value().percent, 5U);
  EXPECT_EQ(event_of<StatusClientEvent>("STATUS_CLIENT NOTICE CIRCUIT_ESTABLISHED").action, "CIRCUIT_ESTABLISHED");
}

TEST(Events, UnknownKindsArePassedOverAndMalformedOnesTold) {
  EXPECT_FALSE(parse_event(reply_of("650 BW 1 2\r\n")).value().has_value());
  for (const auto* text : {"650 CIRC\r\n", "650 CIRC 1\r\n", "650 STREAM 1 NEW 0\r\n", "650 HS_DESC UPLOAD a\r\n",
                           "650 STATUS_CLIENT NOTICE\r\n", "650 CIRC 1 BUILT A=\"\r\n"})
    EXPECT_EQ(parse_event(reply_of(text)).error().code, Errc::malformed) << text;
}

TEST(AddOnion, CommandAndAnswer) {
  auto generated = OnionKey::generate().value();
  const auto auth = ClientAuthKey::generate().value();
  const OnionRequest request{generated.key.clone(), 5060, Endpoint::parse("unix:/run/s").value(), {auth.public_key()}};
  const auto command = add_onion_command(request).value();
  EXPECT_EQ(command.reveal(),
            "ADD_ONION " + std::string(generated.key.text().reveal()) +
                " Flags=Detach,V3Auth Port=5060,unix:/run/s ClientAuthV3=" + auth.public_key().text());
  const OnionRequest open{generated.key.clone(), 80, Endpoint::parse("127.0.0.1:99").value(), {}};
  EXPECT_TRUE(add_onion_command(open).value().reveal().ends_with(" Flags=Detach Port=80,127.0.0.1:99"));

  const auto id = generated.name.service_id();
  EXPECT_EQ(parse_add_onion(reply_of("250-ServiceID=" + id + "\r\n250 OK\r\n")).value(), generated.name);
  EXPECT_EQ(parse_add_onion(reply_of("250 OK\r\n")).error().code, Errc::malformed);
  EXPECT_EQ(parse_add_onion(reply_of("250-ServiceID=aaaa\r\n250 OK\r\n")).error().code, Errc::malformed);
  EXPECT_EQ(parse_add_onion(reply_of("550 Onion address collision\r\n")).error().code, Errc::address_in_use);
}

TEST(AddOnion, AnyChangeGivesAnotherDigest) {
  const auto key = OnionKey::generate().value().key;
  const auto client = ClientAuthKey::generate().value().public_key();
  const auto target = Endpoint::parse("127.0.0.1:99").value();
  const auto digest = onion_digest({key.clone(), 80, target, {client}}).value();
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(onion_digest({key.clone(), 80, target, {client}}).value(), digest);
  EXPECT_NE(onion_digest({key.clone(), 81, target, {client}}).value(), digest);
  EXPECT_NE(onion_digest({key.clone(), 80, Endpoint::parse("127.0.0.1:98").value(), {client}}).value(), digest);
  EXPECT_NE(onion_digest({key.clone(), 80, target, {}}).value(), digest);
  EXPECT_NE(onion_digest({OnionKey::generate().value().key, 80, target, {client}}).value(), digest);
}

TEST(GetInfo, OnionsOnTheLineOrInABlock) {
  const auto one = OnionName::from_public_key({1});
  const auto two = OnionName::from_public_key({2});
  EXPECT_TRUE(parse_onions("").value().empty());
  EXPECT_EQ(parse_onions(one.service_id()).value(), std::vector{one});
  EXPECT_EQ(parse_onions(one.service_id() + "\n" + two.service_id() + "\n").value(), (std::vector{one, two}));
  EXPECT_EQ(parse_onions("nonsense").error().code, Errc::malformed);
}

TEST(AddOnion, RefusesAPathThatWouldBecomeAnotherArgument) {
  for (const auto* path : {"unix:/a b", "unix:/a\"b", "unix:/a\nb"}) {
    const OnionRequest request{OnionKey::generate().value().key, 1, Endpoint::parse(path).value(), {}};
    EXPECT_EQ(add_onion_command(request).error().code, Errc::invalid) << path;
  }
}

} // namespace
} // namespace sipveil::control
