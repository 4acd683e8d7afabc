#pragma once

#include "bridge/policy/policy.h"
#include "bridge/policy/rule.h"
#include "tests/unit/sip/sample.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::policy {

/// A context that makes aliases one can see: "abc" becomes "alias(3)".
inline Context context_of(Direction direction = Direction::outward) {
  return {.direction = direction, .dialog_seed = 0x1234567890abcdef, .translate = [](std::string_view text) {
            return "alias" + std::to_string(text.size());
          }};
}

/// What a rule makes of a value; nullopt if it is not fit.
inline std::optional<std::string> made_by(Rule rule, std::string_view value, const Context& context = context_of()) {
  std::string out;
  if (!rule(value, context, out)) return std::nullopt;
  return out;
}

/// A request with these header lines and this body.
inline std::string with_body(std::string_view lines, std::string_view body, std::string_view method = "INVITE") {
  return sip::request(std::string(lines) + "Content-Length: " + std::to_string(body.size()) + "\r\n", method) +
         std::string(body);
}

/// The answer to such a request.
inline std::string answer_with_body(std::string_view lines, std::string_view body, std::string_view method = "INVITE") {
  std::string text = with_body(lines, body, method);
  text.replace(0, text.find('\r'), "SIP/2.0 200 OK");
  return text;
}

/// What leaves when this comes in; throws if it is refused.
inline std::string passed(std::string_view text, const Context& context = context_of()) {
  sip::Message message = sip::parsed(text);
  if (const auto refusal = apply(message, context))
    throw std::runtime_error("refused: " + std::to_string(refusal->status));
  std::string printed = message.print();
  EXPECT_EQ(sip::parsed(printed).print(), printed);
  return printed;
}

/// Status that it is refused with, 0 if it passes.
inline int refusal_of(std::string_view text, const Context& context = context_of()) {
  sip::Message message = sip::parsed(text);
  const auto refusal = apply(message, context);
  return refusal ? refusal->status : 0;
}

} // namespace sipveil::policy
