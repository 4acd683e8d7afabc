#include "bridge/sip/uri.h"

#include "bridge/sip/list.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"

#include <algorithm>

namespace sipveil::sip {

namespace {

constexpr auto npos = std::string_view::npos;

Error malformed(const char* what) {
  return {.code = Errc::malformed, .where = Fault::phone, .what = what, .mend = {}, .retry = false};
}

// unreserved / escaped / one of `more`, as the sets of section 25.1 are built.
bool all_of_set(std::string_view text, std::string_view more) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size() || !is(text[at + 1], hex_char) || !is(text[at + 2], hex_char)) return false;
      at += 2;
    } else if (!is(c, unreserved_char) && more.find(c) == npos) {
      return false;
    }
  }
  return true;
}

bool params_ok(std::string_view params) {
  while (true) {
    const std::size_t end = std::min(params.find(';'), params.size());
    const std::string_view param = params.substr(0, end);
    const std::size_t equal = std::min(param.find('='), param.size());
    if (equal == 0 || !all_of_set(param.substr(0, equal), "[]/:&+$") ||
        !all_of_set(param.substr(std::min(equal + 1, param.size())), "[]/:&+$="))
      return false;
    if (end == params.size()) return true;
    params.remove_prefix(end + 1);
  }
}

Result<UriParts> split_tel(UriParts parts, std::string_view rest) {
  const std::size_t semicolon = rest.find(';');
  parts.user = rest.substr(0, semicolon);
  // RFC 3966 section 3: global numbers start with a plus; local ones may hold hex digits, "*" and "#".
  const std::string_view number = parts.user.substr(parts.user.starts_with('+') ? 1 : 0);
  if (number.empty() || number.find_first_not_of("0123456789abcdefABCDEF*#-.()") != npos)
    return malformed("A tel URI has no telephone number");
  if (semicolon != npos) {
    parts.params = rest.substr(semicolon + 1);
    if (!params_ok(parts.params)) return malformed("The parameters of a URI are not well-formed");
  }
  return parts;
}

Result<UriParts> split_sip(UriParts parts, std::string_view rest) {
  // "@" is escaped everywhere but behind the userinfo, so there is at most one.
  if (const std::size_t at = rest.find('@'); at != npos) {
    const std::string_view userinfo = rest.substr(0, at);
    const std::size_t colon = userinfo.find(':');
    parts.user = userinfo.substr(0, colon);
    if (colon != npos) parts.password = userinfo.substr(colon + 1);
    if (parts.user.empty() || !all_of_set(parts.user, "&=+$,;?/") || !all_of_set(parts.password, "&=+$,"))
      return malformed("The user part of a URI is not well-formed");
    rest.remove_prefix(at + 1);
  }
  const bool ipv6 = rest.starts_with('[');
  const std::size_t host_end = ipv6 ? rest.find(']') + 1 : std::min(rest.find_first_of(":;?"), rest.size());
  parts.host = rest.substr(0, host_end);
  const bool host_ok = ipv6 ? parts.host.size() > 3 &&
                                  parts.host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == parts.host.size() - 1
                            : all(parts.host, host_char);
  if (!host_ok) return malformed("The host of a URI is not well-formed");
  rest.remove_prefix(host_end);
  if (rest.starts_with(':')) {
    const std::size_t end = std::min(rest.find_first_of(";?"), rest.size());
    parts.port = rest.substr(1, end - 1);
    if (!to_number<std::uint16_t>(parts.port)) return malformed("The port of a URI is not a number from 0 to 65535");
    rest.remove_prefix(end);
  }
  const std::size_t question = rest.find('?');
  if (question != npos) {
    parts.headers = rest.substr(question + 1);
    if (parts.headers.empty() || !all_of_set(parts.headers, "[]/?:+$&="))
      return malformed("The headers of a URI are not well-formed");
  }
  rest = rest.substr(0, question);
  if (rest.starts_with(';')) {
    parts.params = rest.substr(1);
    if (!params_ok(parts.params)) return malformed("The parameters of a URI are not well-formed");
  } else if (!rest.empty()) {
    return malformed("Something follows the host of a URI");
  }
  return parts;
}

} // namespace

Result<UriParts> split_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  UriParts parts;
  parts.scheme = text.substr(0, colon);
  const auto in_scheme = [](char c) { return is(c, unreserved_char | token_char) && c != '%'; };
  if (colon == npos || parts.scheme.empty() || !std::all_of(parts.scheme.begin(), parts.scheme.end(), in_scheme))
    return malformed("A URI has no scheme");
  const std::string_view rest = text.substr(colon + 1);
  if (iequals(parts.scheme, "sip") || iequals(parts.scheme, "sips")) return split_sip(parts, rest);
  if (iequals(parts.scheme, "tel")) return split_tel(parts, rest);
  return Error{.code = Errc::unsupported,
               .where = Fault::phone,
               .what = "The scheme of a URI is not sip, sips or tel",
               .mend = {},
               .retry = false};
}

Result<Uri> Uri::parse(std::string_view text) {
  const auto parts = split_uri(text);
  if (!parts) return parts.error();
  Uri uri{.scheme = std::string(parts->scheme),
          .user = std::string(parts->user),
          .password = std::string(parts->password),
          .host = std::string(parts->host),
          .port = std::string(parts->port),
          .params = std::string(parts->params),
          .headers = std::string(parts->headers)};
  std::transform(uri.scheme.begin(), uri.scheme.end(), uri.scheme.begin(), lower);
  std::transform(uri.host.begin(), uri.host.end(), uri.host.begin(), lower);
  return uri;
}

Result<Uri> Uri::from_name_addr(std::string_view text) {
  const auto parsed = parse_name_addr(text);
  if (!parsed) return malformed("An address is not well-formed");
  return parse(parsed->uri);
}

std::optional<std::string> Uri::param(std::string_view name) const {
  std::string_view rest = params;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const std::size_t equal = std::min(one.find('='), one.size());
    if (iequals(one.substr(0, equal), name)) return std::string(one.substr(std::min(equal + 1, one.size())));
  }
  return std::nullopt;
}

std::string Uri::text() const {
  std::string text = scheme + ":" + user;
  if (!password.empty()) text += ":" + password;
  if (!host.empty()) text += (user.empty() ? "" : "@") + host;
  if (!port.empty()) text += ":" + port;
  if (!params.empty()) text += ";" + params;
  if (!headers.empty()) text += "?" + headers;
  return text;
}

} // namespace sipveil::sip
