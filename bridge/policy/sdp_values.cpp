#include "bridge/policy/sdp_values.h"

#include "bridge/sip/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace sipveil::policy {

namespace {

constexpr std::string_view nowhere = "IN IP4 0.0.0.0";

/// Takes the next word off `text`; the grammar has single spaces between them.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool only(std::string_view text, std::size_t longest, std::string_view more) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [more](char c) {
    return (sip::is(c, sip::unreserved_char) && sip::is(c, sip::host_char)) || more.find(c) != std::string_view::npos;
  });
}

/// Payload type of RTP: 0 to 127.
bool is_payload_type(std::string_view text) {
  return text.size() <= 3 && sip::to_number<unsigned>(text).value_or(128) < 128;
}

// A bijection that scatters: the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014). The seed is a keyed hash, unknown outside; so what comes out of seed + x is as unknown,
// whatever x is.
std::uint64_t scatter(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Digits of any length, modulo 2^64; nullopt if there are others.
std::optional<std::uint64_t> modular_number(std::string_view digits) {
  if (!sip::all(digits, sip::digit_char)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits)
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

bool append_if(bool fits, std::string_view value, std::string& out) {
  if (fits) out += value;
  return fits;
}

} // namespace

bool sdp_version(std::string_view value, const Context& /*context*/, std::string& out) {
  return append_if(value == "0", value, out);
}

bool sdp_origin(std::string_view value, const Context& context, std::string& out) {
  const std::string_view user = take_word(value);
  const auto id = modular_number(take_word(value));
  const auto version = modular_number(take_word(value));
  const std::string_view net = take_word(value);
  const std::string_view family = take_word(value);
  if (user.empty() || !id || !version || net != "IN" || !is_one_of(family, {"IP4", "IP6"}) || value.empty())
    return false;

  // Ten digits always, and 2^31 is not reached. A secret is added to the version, whatever it was (many phones take a
  // clock), modulo 10^9, so that the sum tells nothing. It wraps in one of 10^9 dialogs for each step that it grows.
  constexpr std::uint64_t billion = 1'000'000'000;
  const std::uint64_t own_id = scatter(context.dialog_seed + *id) % billion;
  const std::uint64_t own_version = (scatter(~context.dialog_seed + *id) % billion + *version) % billion;
  out += "- ";
  out += std::to_string(billion + own_id);
  out += ' ';
  out += std::to_string(billion + own_version);
  out += ' ';
  out += nowhere;
  return true;
}

bool sdp_name(std::string_view /*value*/, const Context& /*context*/, std::string& out) {
  out += '-'; // RFC 3264 section 5
  return true;
}

bool sdp_nowhere(std::string_view /*value*/, const Context& /*context*/, std::string& out) {
  out += nowhere;
  return true;
}

bool sdp_bandwidth(std::string_view value, const Context& /*context*/, std::string& out) {
  const std::size_t colon = std::min(value.find(':'), value.size());
  const std::string_view digits = value.substr(std::min(colon + 1, value.size()));
  return append_if(is_one_of(value.substr(0, colon), {"AS", "TIAS", "CT"}) && digits.size() <= 10 &&
                       sip::all(digits, sip::digit_char),
                   value, out);
}

bool sdp_time(std::string_view /*value*/, const Context& /*context*/, std::string& out) {
  out += "0 0";
  return true;
}

bool sdp_media(std::string_view value, const Context& /*context*/, std::string& out) {
  const std::string_view media = take_word(value);
  const std::string_view ports = take_word(value);
  const std::string_view transport = take_word(value);
  const auto port = sip::to_number<std::uint16_t>(ports.substr(0, ports.find('/')));
  const bool rtp = is_one_of(transport, {"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP",
                                         "UDP/TLS/RTP/SAVPF", "TCP/RTP/AVP"});
  if (!is_one_of(media, {"audio", "video", "text", "message", "image", "application"}) || !port || value.empty() ||
      (!rtp && !is_one_of(transport, {"TCP/MSRP", "TCP/TLS/MSRP", "udptl", "UDPTL", "UDP/TLS/UDPTL", "UDP/BFCP",
                                      "TCP/BFCP", "TCP/TLS/BFCP", "DTLS/SCTP", "UDP/DTLS/SCTP", "TCP/DTLS/SCTP"})))
    return false;
  out += media;
  out += *port == 0 ? " 0 " : " 9 ";
  out += transport;
  while (!value.empty()) {
    const std::string_view format = take_word(value);
    if (rtp ? !is_payload_type(format) : !is_one_of(format, {"*", "t38", "webrtc-datachannel"})) return false;
    out += ' ';
    out += format;
  }
  return true;
}

bool sdp_flag(std::string_view value, const Context& /*context*/, std::string& /*out*/) {
  return value.empty();
}

bool sdp_decimal(std::string_view value, const Context& /*context*/, std::string& out) {
  const std::size_t point = std::min(value.find('.'), value.size());
  const std::string_view rest = value.substr(std::min(point + 1, value.size()));
  return append_if(value.size() <= 8 && sip::all(value.substr(0, point), sip::digit_char) &&
                       (point == value.size() || sip::all(rest, sip::digit_char)),
                   value, out);
}

bool sdp_format(std::string_view value, const Context& /*context*/, std::string& out) {
  std::string_view rest = value;
  const bool format = is_payload_type(take_word(rest));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view clock = rest.substr(std::min(slash + 1, rest.size())); // and channels
  return append_if(format && only(rest.substr(0, slash), 32, "+") && clock.size() <= 16 &&
                       sip::is(clock.empty() ? ' ' : clock.front(), sip::digit_char) &&
                       clock.find_first_not_of("0123456789/") == std::string_view::npos,
                   value, out);
}

bool sdp_format_parameters(std::string_view value, const Context& /*context*/, std::string& out) {
  std::string_view rest = value;
  return append_if(is_payload_type(take_word(rest)) && only(rest, 255, "=;,/ :+"), value, out);
}

bool sdp_feedback(std::string_view value, const Context& /*context*/, std::string& out) {
  std::string_view rest = value;
  const std::string_view format = take_word(rest);
  const std::string_view kind = rest.substr(0, rest.find(' '));
  return append_if((format == "*" || is_payload_type(format)) &&
                       is_one_of(kind, {"ack", "nack", "trr-int", "ccm", "goog-remb", "transport-cc"}) &&
                       only(rest, 64, " "),
                   value, out);
}

bool sdp_media_id(std::string_view value, const Context& /*context*/, std::string& out) {
  constexpr std::size_t longest = 16;
  return append_if(only(value, longest, ""), value, out);
}

bool sdp_group(std::string_view value, const Context& context, std::string& out) {
  const std::string_view semantics = take_word(value);
  if (!is_one_of(semantics, {"BUNDLE", "LS", "FID"})) return false;
  out += semantics;
  while (!value.empty()) {
    out += ' ';
    if (!sdp_media_id(take_word(value), context, out)) return false;
  }
  return true;
}

bool sdp_precondition(std::string_view value, const Context& /*context*/, std::string& out) {
  for (std::string_view rest = value; !rest.empty();) {
    if (!is_one_of(take_word(rest), {"qos", "mandatory", "optional", "none", "failure", "unknown", "e2e", "local",
                                     "remote", "send", "recv", "sendrecv"}))
      return false;
  }
  return append_if(!value.empty(), value, out);
}

} // namespace sipveil::policy
