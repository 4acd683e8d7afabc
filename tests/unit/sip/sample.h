#pragma once

#include "bridge/sip/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

namespace sipveil::sip {

inline Message parsed(std::string_view bytes) {
  auto result = Message::parse(bytes);
  if (const auto* const refusal = std::get_if<Refusal>(&result))
    throw std::runtime_error(std::to_string(refusal->status) + " " + refusal->reason);
  return std::move(std::get<Message>(result));
}

/// The refusal of what must not parse; status 0 if it did.
inline Refusal refused(std::string_view bytes) {
  auto result = Message::parse(bytes);
  if (const auto* const refusal = std::get_if<Refusal>(&result)) return *refusal;
  return {.status = 0, .reason = "was let in", .answer = {}};
}

/// A request of the given header lines beside the mandatory ones; `lines` end in CRLF each.
inline std::string request(std::string_view lines = {}, std::string_view method = "INVITE",
                           std::string_view uri = "sip:bob@biloxi.example") {
  std::string text;
  text.append(method).append(" ").append(uri).append(" SIP/2.0\r\n"
                                                     "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKnashds8\r\n"
                                                     "From: \"Alice\" <sip:alice@atlanta.example>;tag=1928301774\r\n"
                                                     "To: <sip:bob@biloxi.example>\r\n"
                                                     "Call-ID: a84b4c76e66710@pc33\r\n"
                                                     "CSeq: 314159 ");
  text.append(method).append("\r\n").append(lines).append("\r\n");
  return text;
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("test text lacks: " + std::string(from));
  return text.replace(at, from.size(), to);
}

} // namespace sipveil::sip
