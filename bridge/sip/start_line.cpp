#include "bridge/sip/start_line.h"

#include "bridge/sip/text.h"

namespace sipveil::sip {

namespace {

constexpr auto npos = std::string_view::npos;

// SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT
bool is_version(std::string_view text) {
  if (!iequals(text.substr(0, 4), "SIP/")) return false;
  const std::size_t dot = text.find('.');
  return dot != npos && all(text.substr(4, dot - 4), digit_char) && all(text.substr(dot + 1), digit_char);
}

std::optional<StartLine> parse_status_line(std::string_view line) {
  StartLine parsed;
  const std::size_t space = line.find(' ');
  if (space == npos || !is_version(line.substr(0, space))) return std::nullopt;
  parsed.version = line.substr(0, space);
  const std::string_view code = line.substr(space + 1, 3);
  const auto status = to_number<int>(code);
  if (code.size() != 3 || !status || *status < 100 || *status > 699) return std::nullopt;
  parsed.status = *status;
  // The space before an empty reason is often forgotten; nothing else can be meant.
  if (line.size() > space + 4) {
    if (line[space + 4] != ' ') return std::nullopt;
    parsed.reason = line.substr(space + 5);
  }
  return parsed;
}

struct MethodName {
  std::string_view text;
  Method method;
};
constexpr MethodName methods[] = {
    {"INVITE", Method::invite},   {"ACK", Method::ack},
    {"BYE", Method::bye},         {"CANCEL", Method::cancel},
    {"OPTIONS", Method::options}, {"REGISTER", Method::register_},
    {"MESSAGE", Method::message}, {"SUBSCRIBE", Method::subscribe},
    {"NOTIFY", Method::notify},   {"REFER", Method::refer},
    {"UPDATE", Method::update},   {"PRACK", Method::prack},
    {"INFO", Method::info},       {"PUBLISH", Method::publish},
};

} // namespace

bool is_status_line(std::string_view line) {
  return iequals(line.substr(0, 4), "SIP/");
}

std::optional<StartLine> parse_start_line(std::string_view line) {
  if (line.ends_with("\r\n")) line.remove_suffix(2);
  if (is_status_line(line)) return parse_status_line(line);
  StartLine parsed;
  const std::size_t first = line.find(' ');
  const std::size_t second = first == npos ? npos : line.find(' ', first + 1);
  if (second == npos) return std::nullopt;
  parsed.method = line.substr(0, first);
  parsed.uri = line.substr(first + 1, second - first - 1);
  parsed.version = line.substr(second + 1);
  if (!all(parsed.method, token_char) || parsed.uri.empty() || !is_version(parsed.version)) return std::nullopt;
  return parsed;
}

Method method_of(std::string_view name) {
  for (const MethodName& entry : methods) {
    if (entry.text == name) return entry.method;
  }
  return Method::other;
}

} // namespace sipveil::sip
