#include "bridge/policy/body_values.h"

#include "bridge/sip/message.h"
#include "bridge/sip/text.h"

#include <algorithm>

namespace sipveil::policy {

namespace {

constexpr auto npos = std::string_view::npos;

/// Takes the next line off `text`, without its line break and the blanks around it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = sip::trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// A line cut at a character, blanks around both parts gone.
struct Pair {
  std::string_view name;
  std::string_view value;
};
Pair cut(std::string_view line, char separator) {
  const std::size_t at = std::min(line.find(separator), line.size());
  return {sip::trim(line.substr(0, at)), sip::trim(line.substr(std::min(at + 1, line.size())))};
}

bool is_key(std::string_view text) {
  return text.size() == 1 && std::string_view("0123456789*#ABCD").find(text[0]) != npos;
}

} // namespace

bool dtmf(std::string_view body, const Context& /*context*/, std::string& out) {
  const std::string_view key = sip::trim(body);
  out += key;
  return is_key(key);
}

bool dtmf_relay(std::string_view body, const Context& /*context*/, std::string& out) {
  std::string_view signal;
  std::string_view duration;
  while (!body.empty()) {
    const Pair pair = cut(take_line(body), '=');
    if (sip::iequals(pair.name, "Signal")) signal = pair.value;
    if (sip::iequals(pair.name, "Duration")) duration = pair.value;
  }
  if (!is_key(signal)) return false;
  out.append("Signal=").append(signal).append("\r\n");
  if (duration.empty()) return true;
  constexpr std::size_t longest = 5; // a minute and a half in milliseconds
  out.append("Duration=").append(duration).append("\r\n");
  return duration.size() <= longest && sip::all(duration, sip::digit_char);
}

bool message_summary(std::string_view body, const Context& /*context*/, std::string& out) {
  const Pair first = cut(take_line(body), ':');
  const bool waiting = sip::iequals(first.value, "yes");
  if (!sip::iequals(first.name, "Messages-Waiting") || (!waiting && !sip::iequals(first.value, "no"))) return false;
  out.append("Messages-Waiting: ").append(waiting ? "yes" : "no").append("\r\n");
  while (!body.empty()) {
    const Pair pair = cut(take_line(body), ':');
    if (pair.name.empty()) break; // what follows the empty line are headers of single messages
    // RFC 3458 section 6.2: the message classes. The counts: new/old, and urgent ones in brackets.
    for (const std::string_view kind : {"Voice-Message", "Video-Message", "Fax-Message", "Pager-Message",
                                        "Multimedia-Message", "Text-Message", "None"}) {
      constexpr std::size_t longest = 40;
      if (sip::iequals(pair.name, kind) && pair.value.size() <= longest &&
          pair.value.find_first_not_of("0123456789/() ") == npos)
        out.append(kind).append(": ").append(pair.value).append("\r\n");
    }
  }
  return true;
}

bool status_line(std::string_view body, const Context& /*context*/, std::string& out) {
  constexpr std::string_view version = "SIP/2.0 ";
  const std::string_view line = take_line(body);
  if (line.size() < version.size() + 3 || !sip::iequals(line.substr(0, version.size()), version)) return false;
  const std::string_view rest = line.substr(version.size());
  const int status = sip::to_number<int>(rest.substr(0, 3)).value_or(0);
  if (status < 100 || status > 699 || (rest.size() > 3 && rest[3] != ' ')) return false;
  out.append(version).append(rest.substr(0, 3)).append(" ").append(sip::reason_of(status)).append("\r\n");
  return true;
}

bool public_keys(std::string_view body, const Context& /*context*/, std::string& out) {
  out += body;
  return body.starts_with("-----BEGIN ") && std::all_of(body.begin(), body.end(), [](char c) {
           return sip::is(c, sip::lws_char) || c == '+' || c == '/' || c == '=' || c == '-' ||
                  (sip::is(c, sip::unreserved_char) && sip::is(c, sip::host_char));
         });
}

bool as_it_is(std::string_view body, const Context& /*context*/, std::string& out) {
  out += body;
  return true;
}

} // namespace sipveil::policy
