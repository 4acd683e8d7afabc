// What passes of a session description: every line type and attribute with a canary in it.
#include "bridge/policy/sdp_rules.h"
#include "bridge/policy/sdp_table.h"
#include "bridge/policy/sdp_values.h"
#include "bridge/sip/sdp.h"
#include "tests/unit/policy/policy_sample.h"

#include <set>

namespace sipveil::policy {
namespace {

const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";

/// The lines that leave after `head`'s own two.
std::optional<std::string> tail_of(std::string_view lines) {
  const auto made = made_by(session_description, head + std::string(lines));
  if (!made) return std::nullopt;
  return made->substr(made->find("0.0.0.0\r\n") + 9);
}

struct Origin {
  std::uint64_t id = 0;
  std::uint64_t version = 0;
};
Origin origin(const std::string& id, const std::string& version, std::uint64_t seed = 1) {
  const std::string value = "alice " + id + " " + version + " IN IP6 2001:db8::1";
  const std::string made =
      made_by(sdp_origin, value, {.direction = Direction::outward, .dialog_seed = seed, .translate = {}})
          .value_or("- 0 0 none");
  Origin found;
  EXPECT_TRUE(made.starts_with("- ") && made.ends_with(" IN IP4 0.0.0.0")) << made;
  found.id = std::stoull(made.substr(2));
  found.version = std::stoull(made.substr(made.find(' ', 2) + 1));
  EXPECT_LT(found.version, 1ULL << 31);
  return found;
}

TEST(SdpPolicy, LinesOfAPhone) {
  const std::string offer = "v=0\n"
                            "o=alice 3890844526 3890844526 IN IP4 192.168.1.20\n"
                            "s=Alice's phone\n"
                            "i=canary\n"
                            "c=IN IP6 2001:db8::1\n"
                            "b=AS:64\n"
                            "b=X-canary:1\n"
                            "t=3034423619 3042462419\n"
                            "t=1 2\n"
                            "a=tool:canary\n"
                            "a=sendrecv\n"
                            "m=audio 49170/2 RTP/AVP 0 101\n"
                            "c=IN IP4 192.168.1.20/127\n"
                            "c=IN IP4 192.168.1.21/127\n"
                            "a=rtpmap:101 telephone-event/8000\n"
                            "a=fmtp:101 0-15\n"
                            "a=candidate:1 1 UDP 2130706431 192.168.1.20 49170 typ host\n"
                            "m=video 0 RTP/AVP 31\n";
  const std::string made = made_by(session_description, offer).value_or("");
  const std::size_t behind_origin = made.find("s=-");
  EXPECT_TRUE(made.starts_with("v=0\r\no=- ")) << made;
  ASSERT_NE(behind_origin, std::string::npos);
  EXPECT_EQ(made.substr(behind_origin), "s=-\r\n"
                                        "c=IN IP4 0.0.0.0\r\n"
                                        "b=AS:64\r\n"
                                        "t=0 0\r\n"
                                        "a=sendrecv\r\n"
                                        "m=audio 9 RTP/AVP 0 101\r\n"
                                        "c=IN IP4 0.0.0.0\r\n"
                                        "a=rtpmap:101 telephone-event/8000\r\n"
                                        "a=fmtp:101 0-15\r\n"
                                        "m=video 0 RTP/AVP 31\r\n");
}

TEST(SdpPolicy, NoLineTypeLetsACanaryThrough) {
  for (char type = 'a'; type <= 'z'; ++type) {
    if (type == 'm' || type == 'v' || type == 'o') continue; // essential: see below
    const auto left =
        tail_of(std::string(1, type) + "=canary 192.0.2.7\r\nm=audio 7 RTP/AVP 0\r\n" + type + "=canary 192.0.2.7\r\n");
    ASSERT_TRUE(left) << type;
    EXPECT_EQ(left->find("canary"), std::string::npos) << *left;
    EXPECT_EQ(left->find("192"), std::string::npos) << *left;
  }
}

TEST(SdpPolicy, NoAttributeLetsACanaryThrough) {
  std::set<std::string> names{"x-canary", "canary", "foo"};
  for (const SdpRow& row : sdp_attribute_table())
    names.emplace(row.name);
  for (const std::string& name : names) {
    // Media identifiers and parameters of formats are text of the phone's choice within narrow bounds: these are
    // beyond.
    for (const char* const value :
         {":canary@192.0.2.7", ":0 canary@192.0.2.7", ":0 canary\xc3\xa4", ":canary canary canary", R"(:0 "canary")",
          ":*canary", ": canary", ":BUNDLE canary@x", ":qos canary e2e send"}) {
      std::string line = "a=";
      line.append(name).append(value);
      const auto left = tail_of(std::string(line).append("\r\nm=audio 7 RTP/AVP 0\r\n").append(line).append("\r\n"));
      ASSERT_TRUE(left) << line;
      EXPECT_EQ(left->find("canary"), std::string::npos) << line;
    }
  }
}

TEST(SdpPolicy, AttributesThatPass) {
  for (const char* const line : {"rtpmap:96 opus/48000/2",
                                 "rtpmap:0 PCMU/8000",
                                 "rtpmap:97 G726-32/8000",
                                 "fmtp:96 useinbandfec=1; stereo=0",
                                 "fmtp:97 profile-level-id=42e01f;packetization-mode=1",
                                 "fmtp:101 0-15,66",
                                 "ptime:20",
                                 "maxptime:60",
                                 "sendrecv",
                                 "sendonly",
                                 "recvonly",
                                 "inactive",
                                 "rtcp-mux",
                                 "rtcp-rsize",
                                 "rtcp-fb:96 nack pli",
                                 "rtcp-fb:* ccm fir",
                                 "rtcp-fb:96 goog-remb",
                                 "mid:audio-0",
                                 "group:BUNDLE audio-0 1",
                                 "group:BUNDLE",
                                 "framerate:29.97",
                                 "curr:qos local none",
                                 "des:qos mandatory local sendrecv",
                                 "conf:qos remote sendrecv"}) {
    EXPECT_EQ(tail_of("m=audio 9 RTP/AVP 0\r\na=" + std::string(line) + "\r\n"),
              "m=audio 9 RTP/AVP 0\r\na=" + std::string(line) + "\r\n");
  }
}

TEST(SdpPolicy, AttributesThatAreNotFitGo) {
  for (const char* const line : {"rtpmap:128 opus/48000",
                                 "rtpmap:96",
                                 "rtpmap:96 opus",
                                 "rtpmap:96 op us/8000",
                                 "rtpmap:96 opus/8k",
                                 "rtpmap:x opus/1",
                                 "rtpmap:96 opus/",
                                 "rtpmap:96 opus//8000",
                                 "fmtp:96",
                                 "fmtp:96 ",
                                 "fmtp:96 a@b",
                                 "fmtp:200 a",
                                 "ptime",
                                 "ptime:",
                                 "ptime:a",
                                 "ptime:.5",
                                 "ptime:5.",
                                 "ptime:123456789",
                                 "sendrecv:",
                                 "sendrecv:x",
                                 "rtcp-mux:1",
                                 "rtcp-fb:96",
                                 "rtcp-fb:96 foo",
                                 "rtcp-fb:x nack",
                                 "rtcp-fb:96 nack (x)",
                                 "mid",
                                 "mid:",
                                 "mid:a b",
                                 "mid:12345678901234567",
                                 "group",
                                 "group:",
                                 "group:X a",
                                 "group:BUNDLE a  b",
                                 "curr",
                                 "curr:",
                                 "curr:qos local  none",
                                 "curr:qos me none",
                                 "",
                                 ":",
                                 ":x",
                                 "=",
                                 " sendrecv",
                                 "sendrecv "}) {
    EXPECT_EQ(tail_of("a=" + std::string(line) + "\r\n"), "") << line;
  }
  EXPECT_EQ(tail_of("a=fmtp:96 " + std::string(255, 'x') + "\r\n"), "a=fmtp:96 " + std::string(255, 'x') + "\r\n");
  EXPECT_EQ(tail_of("a=fmtp:96 " + std::string(256, 'x') + "\r\n"), "");
}

TEST(SdpPolicy, BandwidthIsOfAKnownKind) {
  EXPECT_EQ(tail_of("b=AS:64\r\nb=TIAS:64000\r\nb=CT:1\r\n"), "b=AS:64\r\nb=TIAS:64000\r\nb=CT:1\r\n");
  EXPECT_EQ(tail_of("b=AS\r\nb=AS:\r\nb=AS:x\r\nb=as:1\r\nb=X:1\r\nb=AS:12345678901\r\n"), "");
}

TEST(SdpPolicy, StreamsPointNowhere) {
  const auto media = [](std::string_view value) { return made_by(sdp_media, value); };
  EXPECT_EQ(media("audio 49170 RTP/AVP 0 8"), "audio 9 RTP/AVP 0 8");
  EXPECT_EQ(media("audio 49170/2 RTP/AVP 0"), "audio 9 RTP/AVP 0");
  EXPECT_EQ(media("audio 0 RTP/AVP 0"), "audio 0 RTP/AVP 0");
  EXPECT_EQ(media("audio 00 RTP/AVP 0"), "audio 0 RTP/AVP 0");
  EXPECT_EQ(media("video 1 UDP/TLS/RTP/SAVPF 127"), "video 9 UDP/TLS/RTP/SAVPF 127");
  EXPECT_EQ(media("message 1 TCP/MSRP *"), "message 9 TCP/MSRP *");
  EXPECT_EQ(media("image 1 udptl t38"), "image 9 udptl t38");
  EXPECT_EQ(media("application 1 UDP/DTLS/SCTP webrtc-datachannel"), "application 9 UDP/DTLS/SCTP webrtc-datachannel");
}

TEST(SdpPolicy, AStreamThatIsNotFitMakesTheDescriptionUnfit) {
  for (const char* const value :
       {"", "audio", "audio 1", "audio 1 RTP/AVP", "audio 1 RTP/AVP ", "audio x RTP/AVP 0", "audio 65536 RTP/AVP 0",
        "audio -1 RTP/AVP 0", "canary 1 RTP/AVP 0", "audio 1 CANARY 0", "audio 1 RTP/AVP canary", "audio 1 RTP/AVP 128",
        "audio 1 RTP/AVP 0  8", "audio  1 RTP/AVP 0", "video 3227 FOO @", "message 1 TCP/MSRP canary"}) {
    EXPECT_EQ(made_by(sdp_media, value), std::nullopt) << value;
    EXPECT_EQ(tail_of("m=" + std::string(value) + "\r\n"), std::nullopt) << value;
  }
}

TEST(SdpPolicy, SessionNumbersAreOfTheDialog) {
  const Origin first = origin("3890844526", "3890844526");
  EXPECT_EQ(origin("3890844526", "3890844526").id, first.id) << "the same in every message";
  EXPECT_NE(origin("3890844526", "3890844526", 2).id, first.id) << "another in every dialog";
  EXPECT_NE(origin("3890844527", "3890844527").id, first.id);
  EXPECT_NE(first.version, first.id) << "no difference of the phone's numbers shows";
  EXPECT_GE(first.id, 1'000'000'000U);
}

TEST(SdpPolicy, TheVersionGrowsAsThePhonesDoes) {
  struct Case {
    const char* id;
    std::uint64_t version;
  };
  for (const Case& one : {Case{"3890844526", 3890844526}, Case{"3890844526", 3890844527}, Case{"1", 0}, Case{"0", 0},
                          Case{"77", 3890844526}, Case{"3890844526", 1}, Case{"18446744073709551615", 7},
                          Case{"7", 9223372036854775807}}) {
    const Origin before = origin(one.id, std::to_string(one.version));
    const Origin after = origin(one.id, std::to_string(one.version + 1));
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.version, before.version + 1) << one.id << " " << one.version;
    EXPECT_EQ(origin(one.id, std::to_string(one.version)).version, before.version) << "a repeated offer is the same";
  }
}

TEST(SdpPolicy, NoClockCanBeReadFromSessionNumbers) {
  // Two phones that begin a known span apart: in no dialog does the span show.
  std::set<std::uint64_t> spans;
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    spans.insert(origin("1", "3890844526", seed).version - origin("1", "3890840926", seed * 1000 + 7).version);
  EXPECT_GT(spans.size(), 190U);
  // Ids spread over their whole range.
  std::set<std::uint64_t> heads;
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    heads.insert(origin("3890844526", "3890844526", seed).id / 100'000'000);
  EXPECT_EQ(heads.size(), 10U);
}

TEST(SdpPolicy, AnOriginThatIsNotFitMakesTheDescriptionUnfit) {
  for (const char* const value :
       {"", "-", "- 1 1 IN IP4", "- 1 1 IN IP4 ", "- x 1 IN IP4 h", "- 1 x IN IP4 h", "- 1 -1 IN IP4 h",
        " 1 1 IN IP4 h", "- 1 1 ATM IP4 h", "- 1 1 IN IP5 h", "-  1 1 IN IP4 h"})
    EXPECT_EQ(made_by(session_description, "v=0\r\no=" + std::string(value) + "\r\n"), std::nullopt) << value;
}

TEST(SdpPolicy, TwiceIsOnceButForTheNumbersOfTheOrigin) {
  const std::string offer = head + "s=x\r\nb=AS:1\r\nt=1 2\r\na=group:BUNDLE 0\r\nm=audio 7 RTP/AVP 0\r\na=mid:0\r\n";
  const std::string once = made_by(session_description, offer).value_or("");
  const std::string twice = made_by(session_description, once).value_or("");
  const auto behind_origin = [](const std::string& text) { return text.substr(text.find("s=-")); };
  EXPECT_EQ(behind_origin(twice), behind_origin(once));
}

} // namespace
} // namespace sipveil::policy
