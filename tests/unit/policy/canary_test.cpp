// Every header that the RFCs know goes in with a canary in it; none may come out.
#include "bridge/policy/table.h"
#include "bridge/sip/text.h"
#include "tests/unit/policy/policy_sample.h"

#include <algorithm>
#include <set>

namespace sipveil::policy {
namespace {

struct Case {
  const char* name;
  const char* value; ///< with "canary" wherever the grammar has room for it
};

// `ours` in the table: other steps see to these.
constexpr const char* others[] = {"Via",
                                  "From",
                                  "To",
                                  "Call-ID",
                                  "CSeq",
                                  "Max-Forwards",
                                  "Route",
                                  "Record-Route",
                                  "Contact",
                                  "Refer-To",
                                  "Referred-By",
                                  "P-Asserted-Identity",
                                  "P-Preferred-Identity",
                                  "Remote-Party-ID",
                                  "Authorization",
                                  "Proxy-Authorization"};

constexpr Case cases[] = {
    // RFC 3261 section 20
    {"Accept", "application/sdp;canary=1, application/x-canary, text/plain;level=canary"},
    {"Accept-Encoding", "canary"},
    {"Accept-Language", "canary, en;q=0.8"},
    {"Alert-Info", "<http://canary.example/ring.wav>"},
    {"Allow", "INVITE, CANARY, ACK"},
    {"Authentication-Info", R"(nextnonce="1", canary="canary")"},
    {"Call-Info", "<http://canary.example/alice.jpg> ;purpose=icon"},
    {"Content-Disposition", "session;handling=optional;canary=canary"},
    {"Content-Encoding", "canary"},
    {"Content-Language", "canary"},
    {"Content-Type", "application/sdp;x=canary"},
    {"Date", "Sat, 13 Nov 2010 23:29:00 GMT canary"},
    {"Error-Info", "<sip:canary@example.com>"},
    {"Expires", "60;canary"},
    {"In-Reply-To", "70710@canary.example"},
    {"Min-Expires", "60 canary"},
    {"MIME-Version", "1.0 (canary)"},
    {"Organization", "Canary"},
    {"Priority", "canary"},
    {"Proxy-Authenticate",
     R"(Digest realm="x", nonce="1", domain="sip:canary.example", canary="canary", algorithm=MD5)"},
    {"Reply-To", "Canary <sip:canary@example.com>"},
    {"Require", "timer"},
    {"Retry-After", "18000;duration=3600;x=canary (canary is in a meeting)"},
    {"Server", "Canary/1.0"},
    {"Subject", "canary"},
    {"Supported", "timer, canary, 100rel"},
    {"Timestamp", "54.21 canary"},
    {"Unsupported", "canary"},
    {"User-Agent", "Canary/1.0"},
    {"WWW-Authenticate", R"(Digest realm="x", nonce="1", domain="http://canary.example", stale=FALSE)"},
    {"Warning", R"(307 canary.example "canary")"},
    // its extensions
    {"RAck", "776656 1 INVITE"},
    {"RSeq", "988789"},
    {"Event", "presence;x=canary;id=canary"},
    {"Allow-Events", "presence, canary"},
    {"Subscription-State", "active;expires=60;reason=canary;canary=canary"},
    {"Privacy", "id;canary"},
    {"Reason", R"(SIP;cause=486;text="canary", canary;cause=1)"},
    {"Path", "<sip:canary.example;lr>"},
    {"Service-Route", "<sip:canary.example;lr>"},
    {"Accept-Contact", "*;audio;canary"},
    {"Reject-Contact", "*;canary"},
    {"Request-Disposition", "no-fork, canary"},
    {"Replaces", "canary@canary.example;to-tag=canary;from-tag=canary;early-only;x=canary"},
    {"SIP-ETag", "canary"},
    {"SIP-If-Match", "canary"},
    {"Join", "canary;to-tag=canary;from-tag=canary"},
    {"Session-Expires", "1800;refresher=uac;canary=canary"},
    {"Min-SE", "90;canary=canary"},
    {"Target-Dialog", "canary;local-tag=canary;remote-tag=canary"},
    {"Refer-Sub", "false;canary"},
    {"Refer-Events-At", "<sip:canary@example.com>"},
    {"P-Early-Media", "supported, canary"},
    {"History-Info", "<sip:canary@example.com>;index=1"},
    {"Diversion", "<sip:canary@example.com>;reason=user-busy"},
    {"Identity", "canary;info=<https://canary.example/c.pem>;alg=ES256"},
    {"Identity-Info", "<https://canary.example/c.pem>;alg=rsa-sha1"},
    {"Recv-Info", "canary"},
    {"Geolocation", "<cid:canary@example.com>"},
    {"Geolocation-Routing", "yes;canary"},
    {"Geolocation-Error", R"(100;code="canary")"},
    {"Session-ID", "ab30317f1a784dc48ff824d0d3715d86;remote=canary"},
    {"Answer-Mode", "Auto;canary"},
    {"Priv-Answer-Mode", "Auto;canary"},
    {"Flow-Timer", "60;canary"},
    {"Feature-Caps", "*;+canary"},
    {"Max-Breadth", "60"},
    {"User-to-User", "canary;encoding=hex"},
    {"Resource-Priority", "canary.flash"},
    {"Accept-Resource-Priority", "canary.flash"},
    {"Security-Client", "canary;q=0.1"},
    {"Security-Server", "canary;q=0.1"},
    {"Security-Verify", "canary;q=0.1"},
    {"Policy-Contact", "<https://canary.example>"},
    {"Policy-ID", "canary"},
    {"Permission-Missing", "sip:canary@example.com"},
    {"Trigger-Consent", "sip:canary@example.com"},
    {"Suppress-If-Match", "canary"},
    {"Content-ID", "<1@canary.example>"},
    {"P-Access-Network-Info", "3GPP-UTRAN-TDD; utran-cell-id-3gpp=canary"},
    {"P-Answer-State", "Confirmed;canary"},
    {"P-Asserted-Service", "urn:urn-7:canary"},
    {"P-Associated-URI", "<sip:canary@example.com>"},
    {"P-Called-Party-ID", "<sip:canary@example.com>"},
    {"P-Charge-Info", "<sip:canary@example.com>"},
    {"P-Charging-Function-Addresses", "ccf=canary.example"},
    {"P-Charging-Vector", "icid-value=canary;orig-ioi=canary.example"},
    {"P-DCS-Billing-Info", "canary"},
    {"P-DCS-LAES", "canary.example;content"},
    {"P-DCS-OSPS", "canary"},
    {"P-DCS-Redirect", "<sip:canary@example.com>"},
    {"P-DCS-Trace-Party-ID", "<sip:canary@example.com>"},
    {"P-Media-Authorization", "canary"},
    {"P-Preferred-Service", "urn:urn-7:canary"},
    {"P-Private-Network-Indication", "canary.example"},
    {"P-Profile-Key", "<sip:canary@example.com>"},
    {"P-Refused-URI-List", "<sip:canary@example.com>"},
    {"P-Served-User", "<sip:canary@example.com>"},
    {"P-User-Database", "<aaa://canary.example>"},
    {"P-Visited-Network-ID", R"("canary")"},
    {"Additional-Identity", "<sip:canary@example.com>"},
    {"Attestation-Info", "canary"},
    {"Cellular-Network-Info", "canary"},
    {"DC-Info", "canary"},
    {"Origination-Id", "canary"},
    {"Priority-Share", "canary"},
    {"Priority-Verstat", "canary"},
    {"Proxy-Authentication-Info", R"(canary="canary")"},
    {"Relayed-Charge", "canary"},
    {"Resource-Share", "canary"},
    {"Response-Source", "fe=canary"},
    {"Restoration-Info", "canary"},
    {"Service-Interact-Info", "canary"},
    {"Encryption", "canary"},
    {"Hide", "canary"},
    {"Response-Key", "canary"},
    // nobody's
    {"X-Canary", "canary"},
    {"X-Asterisk-HangupCause", "canary"},
    {"P-Hint", "canary"},
    {"Rport", "canary"},
    {"z", "canary"},
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), sip::lower);
  return text;
}

void expect_no_canary(const std::string& text, const char* name) {
  EXPECT_EQ(lower(text).find("canary"), std::string::npos) << name << "\n" << text;
}

// Content-Encoding is not for every message: what is encoded does not pass at all.
bool refused_in_requests(std::string_view name) {
  return name == "Content-Encoding";
}

TEST(Canary, OfEachHeaderAloneComesOutInNoDirection) {
  for (const Direction direction : {Direction::outward, Direction::inward}) {
    for (const Case& one : cases) {
      std::string lines = std::string(one.name) + ": " + one.value + "\r\n";
      if (std::string_view(one.name) != "Content-Type") lines += "Content-Type: text/plain\r\n";
      const bool sdp = std::string_view(one.name) == "Content-Type";
      const char* const body = sdp ? "v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\n" : "hello";
      if (!refused_in_requests(one.name))
        expect_no_canary(passed(with_body(lines, body), context_of(direction)), one.name);
      expect_no_canary(passed(answer_with_body(lines, body), context_of(direction)), one.name);
    }
  }
}

TEST(Canary, OfAllHeadersTogetherComesOutInNoDirection) {
  std::string lines;
  for (const Case& one : cases)
    if (!refused_in_requests(one.name)) lines.append(one.name).append(":\r\n ").append(one.value).append("\r\n");
  const std::string body = "v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\n";
  for (const Direction direction : {Direction::outward, Direction::inward}) {
    expect_no_canary(passed(with_body(lines, body), context_of(direction)), "request");
    expect_no_canary(passed(answer_with_body(lines, body), context_of(direction)), "response");
    expect_no_canary(passed(with_body(lines, body, "ACK"), context_of(direction)), "ACK");
    expect_no_canary(passed(with_body(lines, body, "CANCEL"), context_of(direction)), "CANCEL");
  }
}

TEST(Canary, HidesInNoCompactName) {
  for (const char letter : std::string("abcdefghijklmnopqrstuvwxyz")) {
    if (std::string_view("cfilmtvr").find(letter) != std::string_view::npos) continue; // ours, and the body's
    if (letter == 'b') continue;                                                       // Referred-By: ours
    const std::string lines = std::string(1, letter) + " : canary\r\n";
    // An Event that cannot be read is refused.
    if (letter != 'o') expect_no_canary(passed(with_body(lines, "")), lines.c_str());
    expect_no_canary(passed(answer_with_body(lines, "")), lines.c_str());
  }
}

TEST(Canary, EveryRowOfTheTableHasACase) {
  std::set<std::string> known;
  for (const Case& one : cases)
    known.insert(lower(one.name));
  for (const char* const name : others)
    known.insert(lower(name));
  for (const char* const name : {"content-length", "info-package", "proxy-require"}) // tested elsewhere
    known.insert(name);
  for (const HeaderRow& row : header_table())
    EXPECT_TRUE(known.contains(lower(std::string(row.name)))) << row.name;
}

TEST(Canary, WhatOtherStepsSeeToIsLeftAlone) {
  for (const char* const name : others)
    EXPECT_EQ(find_header(name) == nullptr ? Action::drop : find_header(name)->action, Action::ours) << name;
  const std::string lines = "Max-Forwards: 70\r\nRoute: <sip:r;lr>\r\nRecord-Route: <sip:q;lr>\r\n"
                            "Contact: <sip:c@d>;expires=5\r\nRefer-To: <sip:e@f>\r\nReferred-By: <sip:g@h>\r\n"
                            "P-Asserted-Identity: <sip:i@j>\r\nAuthorization: Digest username=\"u\"\r\n";
  EXPECT_EQ(passed(with_body(lines, "")), with_body(lines, ""));
}

TEST(Canary, OfTheReasonPhraseDoesNotComeOut) {
  const std::string text = sip::replaced(answer_with_body("", ""), "200 OK", "486 Canary is on the other line");
  EXPECT_TRUE(passed(text).starts_with("SIP/2.0 486 Busy Here\r\n"));
  EXPECT_TRUE(
      passed(sip::replaced(answer_with_body("", ""), "200 OK", "299 canary")).starts_with("SIP/2.0 299 OK\r\n"));
}

} // namespace
} // namespace sipveil::policy
