#pragma once

#include "bridge/sip/message.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace sipveil::hop::test {

/// A request as a phone or a peer writes it. A test names what it cares about.
struct Request {
  std::string method = "INVITE";
  std::string uri = "sip:bob@bob.example";
  std::string via = "SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK1"; ///< the first; `extra` may hold more
  std::string max_forwards = "70";                                      ///< empty: no such header
  std::string from = "<sip:alice@alice.example>;tag=a";
  std::string to = "<sip:bob@bob.example>";
  std::string call_id = "call-1";
  unsigned cseq = 1;
  std::string extra; ///< whole lines
  std::string body;

  [[nodiscard]] std::string text() const {
    std::string text = method + " " + uri + " SIP/2.0\r\nVia: " + via + "\r\n";
    if (!max_forwards.empty()) text += "Max-Forwards: " + max_forwards + "\r\n";
    text += "From: " + from + "\r\nTo: " + to + "\r\nCall-ID: " + call_id + "\r\n";
    text += "CSeq: " + std::to_string(cseq) + " " + method + "\r\n" + extra;
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

/// A session description as phones on this host write it.
inline std::string session_of(const std::string& host) {
  return "v=0\r\no=alice 7 7 IN IP4 " + host + "\r\ns=-\r\nc=IN IP4 " + host +
         "\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
}

/// What a test that has failed goes on with.
inline sip::Message nothing() {
  auto result =
      sip::Message::parse("SIP/2.0 699 Nothing\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:x@x>;tag=x\r\n"
                          "To: <sip:x@x>;tag=x\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
  return std::get<sip::Message>(std::move(result));
}

/// A message that must parse; the test fails if it does not.
inline sip::Message parsed(std::string_view text) {
  auto result = sip::Message::parse(text);
  if (const auto* refusal = std::get_if<sip::Refusal>(&result)) {
    ADD_FAILURE() << refusal->status << " " << refusal->reason << " for:\n" << text;
    return nothing();
  }
  return std::get<sip::Message>(std::move(result));
}

/// What a user agent answers to a request that reached it: Record-Route copied, and a Contact, where a dialog needs
/// them.
inline std::string reply(const sip::Message& request, int status, std::string_view to_tag = "b",
                         std::string extra = {}) {
  if (status > 100 && status < 300)
    for (const std::string& route : request.record_routes())
      extra += "Record-Route: " + route + "\r\n";
  return make_response(request, status, sip::reason_of(status), status == 100 ? "" : to_tag, extra);
}

} // namespace sipveil::hop::test
