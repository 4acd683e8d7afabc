#include "tests/unit/transports/i2p/fake_sam.h"
#include "transports/i2p/base64.h"
#include "transports/i2p/datagram_format.h"
#include "transports/i2p/destination.h"
#include "transports/i2p/line_reader.h"
#include "transports/i2p/reply.h"
#include "transports/i2p/request.h"
#include "transports/i2p/sam_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sipveil::i2p {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<Reply> parse(const std::string& line) {
  return Reply::parse(SecretBytes(std::string_view(line)));
}

void feed(LineReader& reader, std::string_view bytes) {
  const auto room = reader.room();
  ASSERT_GE(room.size(), bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  reader.received(bytes.size());
}

TEST(I2pBase64, HasI2psAlphabetAndComesBack) {
  EXPECT_EQ(base64_encode(*hex_decode("fbefbeffff")), "----~~8=");
  for (std::size_t size = 0; size < 9; ++size) {
    const std::string bytes = std::string("\x00\xff\x10\x83\xfb\xef\xbe\x7f\x01", 9).substr(0, size);
    const auto text = base64_encode(as_bytes(bytes));
    const auto back = base64_decode(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->reveal(), bytes);
    const auto unpadded = base64_decode(text.substr(0, text.find('=')));
    ASSERT_TRUE(unpadded);
    EXPECT_EQ(unpadded->reveal(), bytes);
  }
}

TEST(I2pBase64, RefusesWhatIsNone) {
  for (const char* text : {"A", "AAAAA", "AAA+", "AA/A", "AB", "AA=", "A===", "AA==A", "AAA=AAAA", "AA A", "AAB="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

// The b32 name of this destination was computed by Python's hashlib and base64.
TEST(I2pDestination, HasTheNameOfItsHash) {
  const std::string bytes = std::string(384, 'k') + std::string("\x05\x00\x04\x00\x07\x00\x00", 7);
  const auto destination = Destination::parse(base64_encode(as_bytes(bytes)));
  ASSERT_TRUE(destination);
  EXPECT_EQ(destination->name().host(), "6fuyukc6mtcu3rauqokczaivvodfbjes6jfvpc565acxla3qhtbq.b32.i2p");
  EXPECT_TRUE(destination->ed25519());
  EXPECT_EQ(Destination::parse(destination->base64()).value(), *destination);
}

TEST(I2pDestination, IsAsLongAsItsCertificateSays) {
  const auto fake = test::fresh_destination();
  const auto whole = base64_decode(fake.public_part);
  for (std::size_t size = 0; size < whole->size(); ++size)
    EXPECT_FALSE(Destination::parse(base64_encode(whole->bytes().first(size)))) << size;
  EXPECT_FALSE(Destination::parse(fake.private_key)) << "a private key is no public destination";
  EXPECT_FALSE(Destination::of_private_key(fake.public_part)) << "a public destination is no private key";
  const auto of_key = Destination::of_private_key(fake.private_key);
  ASSERT_TRUE(of_key);
  EXPECT_EQ(of_key->name(), fake.name);
  std::string null_certificate(384, 'n');
  null_certificate += std::string(3, '\0');
  EXPECT_TRUE(Destination::parse(base64_encode(as_bytes(null_certificate))));
  EXPECT_FALSE(Destination::parse(base64_encode(as_bytes(null_certificate)))->ed25519());
  std::string no_types(384, 'n');
  no_types += std::string("\x05\x00\x03...", 6);
  EXPECT_FALSE(Destination::parse(base64_encode(as_bytes(no_types))));
  std::string endless(384, 'n');
  endless += std::string("\x05\xff\xff", 3) + std::string(0xffff, 'x');
  EXPECT_FALSE(Destination::parse(base64_encode(as_bytes(endless))));
}

TEST(SamLines, ComeWholeHoweverTheyAreCut) {
  const std::string input = "HELLO REPLY RESULT=OK VERSION=3.1\nSTREAM STATUS RESULT=OK\r\nrest\n\x01";
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    LineReader reader;
    std::vector<std::string> lines;
    for (const auto& piece : {input.substr(0, cut), input.substr(cut)}) {
      feed(reader, piece);
      while (lines.size() < 2) {
        auto line = reader.line();
        ASSERT_TRUE(line) << cut;
        if (!*line) break;
        lines.emplace_back((*line)->reveal());
      }
    }
    EXPECT_THAT(lines, testing::ElementsAre("HELLO REPLY RESULT=OK VERSION=3.1", "STREAM STATUS RESULT=OK")) << cut;
    EXPECT_EQ(reader.rest(), "rest\n\x01") << cut;
  }
}

TEST(SamLines, TruncatedMalformedAndTooLongAreToldApart) {
  LineReader reader;
  feed(reader, "SESSION STA");
  auto line = reader.line();
  ASSERT_TRUE(line);
  EXPECT_FALSE(*line);
  feed(reader, std::string("TUS\x00", 4));
  EXPECT_EQ(reader.line().error().code, Errc::malformed);

  LineReader longest;
  feed(longest, std::string(LineReader::max_line, 'x') + '\n');
  ASSERT_TRUE(longest.line());
  LineReader too_long;
  feed(too_long, std::string(LineReader::max_line + 1, 'x'));
  EXPECT_EQ(too_long.line().error().code, Errc::too_large);
}

TEST(SamReplies, AreRead) {
  const auto hello = parse("HELLO REPLY RESULT=OK VERSION=3.1");
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->kind(), Reply::Kind::hello);
  EXPECT_TRUE(hello->ok());
  EXPECT_EQ(hello->value("VERSION"), "3.1");
  EXPECT_FALSE(hello->value("ID"));
  const auto quoted = parse(R"(SESSION STATUS RESULT=I2P_ERROR MESSAGE="a \"b\" \\ c=d"  X= Y="")");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->value("MESSAGE"), R"(a "b" \ c=d)");
  EXPECT_EQ(quoted->value("X"), "");
  EXPECT_EQ(quoted->value("Y"), "");
  EXPECT_EQ(parse("PING some text")->text(), "some text");
  EXPECT_EQ(parse("PONG")->text(), "");
  EXPECT_EQ(parse("NAMING REPLY RESULT=OK NAME=ME VALUE=a==")->value("VALUE"), "a==");
}

TEST(SamReplies, ThatAreNoneAreRefused) {
  for (const char* line :
       {"", "HELLO", "HELLO REPLYX RESULT=OK", "STREAM STATUS RESULT", "STREAM STATUS =OK",
        "STREAM STATUS RESULT=OK RESULT=OK", "STREAM STATUS MESSAGE=\"open", "STREAM STATUS A=\"b\"c",
        "STREAM STATUS A=\"b\\", "HTTP/1.1 400 Bad Request", "stream status RESULT=OK"})
    EXPECT_EQ(parse(line).error().code, Errc::malformed) << line;
  std::string many = "STREAM STATUS";
  for (int i = 0; i < 33; ++i)
    many += " K" + std::to_string(i) + "=v";
  EXPECT_FALSE(parse(many));
}

TEST(SamReplies, AWholeOneIsTheOnlyOneThatParsesTheSame) {
  const std::string whole = R"(SESSION STATUS RESULT=I2P_ERROR MESSAGE="x y")";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto reply = parse(whole.substr(0, size));
    EXPECT_TRUE(!reply || reply->value("MESSAGE") != "x y") << size;
  }
}

TEST(SamErrors, EveryResultIsASentenceWithAMend) {
  const std::string secret(100, 'S');
  for (const char* result :
       {"CANT_REACH_PEER", "PEER_NOT_FOUND", "KEY_NOT_FOUND", "INVALID_KEY", "TIMEOUT", "INVALID_ID", "DUPLICATED_DEST",
        "DUPLICATED_ID", "ALREADY_ACCEPTING", "NOVERSION", "I2P_ERROR", "WHAT"})
    for (const char* kind : {"SESSION", "STREAM"}) {
      const auto error = sam_error(*parse(std::string(kind) + " STATUS RESULT=" + result + " MESSAGE=" + secret));
      EXPECT_GT(error.what.size(), 10U) << result;
      EXPECT_THAT(error.text(), Not(HasSubstr("SSS"))) << "an error quotes the reply";
      EXPECT_THAT(error.what, Not(testing::EndsWith(".")));
      EXPECT_NE(error.mend.empty(), error.code != Errc::timed_out) << result;
    }
  EXPECT_EQ(sam_error(*parse("STREAM STATUS RESULT=CANT_REACH_PEER")).code, Errc::offline);
  EXPECT_EQ(sam_error(*parse("STREAM STATUS RESULT=CANT_REACH_PEER")).where, Fault::overlay);
  EXPECT_EQ(sam_error(*parse("STREAM STATUS RESULT=INVALID_ID")).code, Errc::not_ready);
  EXPECT_EQ(sam_error(*parse("SESSION STATUS RESULT=INVALID_KEY")).where, Fault::configuration);
  EXPECT_EQ(sam_error(*parse("STREAM STATUS RESULT=INVALID_KEY")).where, Fault::overlay);
  EXPECT_EQ(sam_error(*parse("STREAM STATUS RESULT=WHAT")).code, Errc::malformed);
  EXPECT_EQ(sam_error(*parse("STREAM STATUS")).code, Errc::malformed);
}

TEST(SamRequests, AreAsTheRouterReadsThem) {
  EXPECT_EQ(request::hello(), "HELLO VERSION MIN=3.0 MAX=3.1\n");
  EXPECT_EQ(request::dest_generate(), "DEST GENERATE SIGNATURE_TYPE=7\n");
  SessionSpec spec;
  spec.id = "id";
  spec.tunnels = {2, 4};
  EXPECT_EQ(
      request::session_create(spec).reveal(),
      "SESSION CREATE STYLE=STREAM ID=id DESTINATION=TRANSIENT SIGNATURE_TYPE=7 inbound.length=2 outbound.length=2 "
      "inbound.quantity=4 outbound.quantity=4 i2cp.leaseSetEncType=4\n");
  spec.style = Style::raw;
  spec.key = SecretBytes(std::string_view("KEY"));
  spec.forward = HostPort::parse("127.0.0.1:99").value();
  EXPECT_EQ(request::session_create(spec).reveal(),
            "SESSION CREATE STYLE=RAW ID=id DESTINATION=KEY inbound.length=2 outbound.length=2 inbound.quantity=4 "
            "outbound.quantity=4 i2cp.leaseSetEncType=4 HOST=127.0.0.1 PORT=99\n");
  const auto name = test::fresh_destination().name;
  EXPECT_EQ(request::stream_connect("id", name), "STREAM CONNECT ID=id DESTINATION=" + name.host() + " SILENT=false\n");
  EXPECT_EQ(request::session_probe("id"), "SESSION CREATE STYLE=STREAM ID=id DESTINATION=none\n");
  EXPECT_EQ(request::stream_accept("id"), "STREAM ACCEPT ID=id SILENT=false\n");
  EXPECT_EQ(request::naming_lookup(name), "NAMING LOOKUP NAME=" + name.host() + "\n");
  EXPECT_EQ(request::pong(""), "PONG\n");
  EXPECT_EQ(request::pong("a b"), "PONG a b\n");
  EXPECT_NE(fresh_session_id(), fresh_session_id());
  EXPECT_EQ(session_id_of(name), session_id_of(name));
  EXPECT_NE(session_id_of(name), session_id_of(test::fresh_destination().name));
}

TEST(I2pDatagrams, HaveTheHeaderOfTheirDirection) {
  const auto fake = test::fresh_destination();
  const auto destination = Destination::parse(fake.public_part).value();
  EXPECT_EQ(write_datagram("id", destination, "pay\nload"), "3.0 id " + fake.public_part + "\npay\nload");
  const auto received = read_datagram(Style::datagram, fake.public_part + "\npay\nload");
  ASSERT_TRUE(received);
  EXPECT_EQ(received->from, destination);
  EXPECT_EQ(received->payload, "pay\nload");
  EXPECT_EQ(read_datagram(Style::datagram, fake.public_part + " FROM_PORT=1 TO_PORT=2\nx")->payload, "x");
  EXPECT_EQ(read_datagram(Style::raw, "pay\nload")->payload, "pay\nload");
  EXPECT_FALSE(read_datagram(Style::raw, "x")->from);
  const std::string whole = fake.public_part + "\n";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_datagram(Style::datagram, whole.substr(0, size))) << size;
}

} // namespace
} // namespace sipveil::i2p
