#include "bridge/keys/key_messages.h"
#include "tests/unit/keys/sample_keys.h"

#include <gmock/gmock.h>

namespace sipveil::keys {
namespace {

using privasip::KeyKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const RequestIds ids{.branch = "z9hG4bKbranch", .tag = "from-tag", .call_id = "call-id"};

sip::Message parsed(const std::string& bytes) {
  auto result = sip::Message::parse(bytes);
  if (const auto* refusal = std::get_if<sip::Refusal>(&result))
    throw std::runtime_error(std::to_string(refusal->status) + " " + refusal->reason);
  return std::move(std::get<sip::Message>(result));
}

sip::Message request_for(std::string_view name) {
  return parsed(make_key_request(name, ids).value());
}

/// An answer with any body.
std::string answer_with(std::string_view body, std::string_view type = media_type, int status = 200) {
  std::string text = sip::make_response(request_for("b.example"), status, "Reason", "to-tag");
  return replaced(std::move(text), "Content-Length: 0\r\n\r\n",
                  "Content-Type: " + std::string(type) + "\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\n\r\n" + std::string(body));
}

Errc refused_with(std::string_view answer) {
  const auto keys = read_key_answer(answer, ids);
  if (keys) ADD_FAILURE() << "accepted:\n" << answer;
  return keys ? Errc::cancelled : keys.error().code;
}

TEST(KeyRequest, NamesTheDomainAndNobodyElse) {
  const std::string text = make_key_request("b.example", ids).value();
  EXPECT_EQ(text, "OPTIONS sip:b.example SIP/2.0\r\n"
                  "Via: SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKbranch\r\n"
                  "Max-Forwards: 70\r\n"
                  "From: <sip:anonymous.invalid>;tag=from-tag\r\n"
                  "To: <sip:anonymous.invalid>\r\n"
                  "Call-ID: call-id\r\n"
                  "CSeq: 1 OPTIONS\r\n"
                  "Accept: application/vnd.sipveil.keys\r\n"
                  "Content-Length: 0\r\n\r\n");
  const sip::Message request = parsed(text);
  EXPECT_TRUE(is_key_request(request));
  EXPECT_EQ(requested_name(request), "b.example");
}

TEST(KeyRequest, NamesAUser) {
  EXPECT_EQ(request_for("bob@b.example").request_uri(), "sip:bob@b.example");
  EXPECT_EQ(requested_name(request_for("bob@b.example")), "bob@b.example");
  EXPECT_EQ(requested_name(request_for("Bob@B.example")), "bob@b.example");
}

TEST(KeyRequest, RefusesWhatIsNoName) {
  for (const std::string_view name : {"", "@", "bob@", "b.example:5060", "b.example;lr", "b.example?x=y",
                                      "bob:secret@b.example", "a b", "b.example SIP/2.0\r\nX: y", "a@b@c"})
    EXPECT_FALSE(make_key_request(name, ids)) << name;
}

TEST(KeyRequest, IdsAreFreshAndWellFormed) {
  const RequestIds one = random_ids();
  const RequestIds two = random_ids();
  EXPECT_NE(one.branch, two.branch);
  EXPECT_NE(one.tag, two.tag);
  EXPECT_NE(one.call_id, two.call_id);
  EXPECT_TRUE(one.branch.starts_with("z9hG4bK"));
  EXPECT_THAT(one.call_id, Not(HasSubstr("@")));
}

TEST(KeyRequest, IsToldFromOtherRequests) {
  const std::string text = make_key_request("b.example", ids).value();
  const auto is_one = [&](std::string_view from, std::string_view to) {
    return is_key_request(parsed(replaced(text, from, to)));
  };
  EXPECT_TRUE(
      is_one("Accept: application/vnd.sipveil.keys", "Accept: application/sdp, Application/Vnd.Sipveil.Keys;q=1"));
  EXPECT_FALSE(is_one("Accept: application/vnd.sipveil.keys", "Accept: application/vnd.sipveil.keys2"));
  EXPECT_FALSE(is_one("Accept: application/vnd.sipveil.keys", "Accept: */*"));
  EXPECT_FALSE(is_one("Accept: application/vnd.sipveil.keys\r\n", ""));
  EXPECT_FALSE(is_one("To: <sip:anonymous.invalid>", "To: <sip:anonymous.invalid>;tag=x")) << "within a dialog";
  EXPECT_FALSE(is_one("sip:b.example", "tel:+1234"));
  const std::string invite = replaced(replaced(text, "OPTIONS", "INVITE"), "1 OPTIONS", "1 INVITE");
  EXPECT_FALSE(is_key_request(parsed(invite)));
  EXPECT_FALSE(is_key_request(parsed(sip::make_response(parsed(text), 200, "OK", "tag"))));
}

TEST(KeyAnswer, CarriesTheKeys) {
  const std::vector<privasip::PublicKey> keys{made(), made(KeyKind::p256), made(KeyKind::rsa_2048)};
  const std::string answer = make_key_answer(request_for("b.example"), keys, "to-tag");
  EXPECT_THAT(answer, HasSubstr(";tag=to-tag\r\n"));
  const auto read = read_key_answer(answer, ids);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_TRUE(*read);
  EXPECT_EQ(fingerprints(**read), fingerprints(keys));
}

TEST(KeyAnswer, DrawsATagOfItsOwn) {
  EXPECT_FALSE(parsed(make_key_answer(request_for("b.example"), {made()})).to_tag().empty());
}

TEST(KeyAnswer, TheMostKeysThatAreReadFit) {
  // The largest kind, as often as a file may hold it; one is made, since making them takes long.
  const std::vector<privasip::PublicKey> keys(16, made(KeyKind::rsa_3072));
  const auto read = read_key_answer(make_key_answer(request_for("b.example"), keys), ids);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ((*read)->size(), 16U);
}

TEST(KeyAnswer, WithoutKeysIs404) {
  const std::string answer = make_key_answer(request_for("b.example"), {});
  EXPECT_TRUE(answer.starts_with("SIP/2.0 404 "));
  EXPECT_EQ(refused_with(answer), Errc::unknown_peer);
}

TEST(KeyAnswer, AProvisionalOneIsWaitedOut) {
  const auto read = read_key_answer(sip::make_response(request_for("b.example"), 100, "Trying", ""), ids);
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST(HostileAnswer, OtherStatus) {
  const auto answer = sip::make_response(request_for("b.example"), 486, "<script>", "tag");
  EXPECT_EQ(refused_with(answer), Errc::refused);
  EXPECT_THAT(read_key_answer(answer, ids).error().text(), Not(HasSubstr("script")));
}

TEST(HostileAnswer, OtherContentType) {
  const std::string pem = made().pem();
  EXPECT_EQ(refused_with(answer_with(pem, "application/sdp")), Errc::unsupported);
  EXPECT_EQ(refused_with(answer_with(pem, "application/vnd.sipveil.keys2")), Errc::unsupported);
  EXPECT_EQ(refused_with(sip::make_response(request_for("b.example"), 200, "OK", "tag")), Errc::unsupported);
  EXPECT_TRUE(read_key_answer(answer_with(pem, "Application/vnd.SIPVEIL.keys; charset=us-ascii"), ids));
}

TEST(HostileAnswer, TooLarge) {
  const std::string pem = made().pem();
  EXPECT_TRUE(read_key_answer(answer_with(pem + std::string(max_body_bytes - pem.size(), '\n')), ids));
  EXPECT_EQ(refused_with(answer_with(pem + std::string(max_body_bytes - pem.size() + 1, '\n'))), Errc::too_large);
}

TEST(HostileAnswer, NotPem) {
  EXPECT_EQ(refused_with(answer_with("")), Errc::malformed);
  EXPECT_EQ(refused_with(answer_with("hello")), Errc::malformed);
  const std::string pem = made().pem();
  EXPECT_EQ(refused_with(answer_with(pem.substr(0, pem.size() / 2))), Errc::malformed);
  EXPECT_FALSE(read_key_answer(answer_with(replaced(pem, "MCow", "MCox")), ids));
}

TEST(HostileAnswer, APrivateKeyIsNoPublicOne) {
  const auto key = privasip::PrivateKey::generate(KeyKind::x25519).value();
  EXPECT_FALSE(read_key_answer(answer_with(key.pem().reveal()), ids));
}

TEST(HostileAnswer, ToAnotherRequest) {
  const std::string answer = answer_with(made().pem());
  EXPECT_TRUE(read_key_answer(answer, ids));
  for (const auto& [from, to] :
       {std::pair("call-id", "call-ix"), std::pair("z9hG4bKbranch", "z9hG4bKbranck"), std::pair("from-tag", "from-tax"),
        std::pair("1 OPTIONS", "2 OPTIONS"), std::pair("1 OPTIONS", "1 MESSAGE")})
    EXPECT_EQ(refused_with(replaced(answer, from, to)), Errc::malformed) << to;
}

TEST(HostileAnswer, NotAnAnswer) {
  EXPECT_EQ(refused_with(""), Errc::malformed);
  EXPECT_EQ(refused_with("HTTP/1.1 200 OK\r\n\r\n"), Errc::malformed);
  EXPECT_EQ(refused_with(make_key_request("b.example", ids).value()), Errc::malformed);
}

} // namespace
} // namespace sipveil::keys
