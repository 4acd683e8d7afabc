#include "bridge/sip/name_addr.h"

#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

namespace sipveil::sip {

namespace {

constexpr auto npos = std::string_view::npos;

// absoluteURI as far as a proxy must know it for a header that it does not route by: a scheme and no
// delimiters.
bool looks_like_uri(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == npos || colon + 1 == uri.size() || !all(uri.substr(0, colon), token_char)) return false;
  return uri.find_first_of(" \t\r\n<>\"") == npos;
}

// *( token LWS ) or a quoted string.
bool is_display_name(std::string_view text) {
  if (!text.empty() && text[0] == '"') return skip_lws(text, skip_quoted(text, 0)) == text.size();
  return text.empty() || all(text, token_char | lws_char);
}

} // namespace

std::optional<NameAddr> parse_name_addr(std::string_view value) {
  value = trim(value);
  NameAddr parsed;
  std::size_t open = 0;
  if (!value.empty() && value[0] == '"') {
    open = skip_quoted(value, 0);
    if (open == npos) return std::nullopt;
  }
  open = value.find('<', open);
  std::size_t after = 0;
  if (open != npos) {
    const std::size_t close = value.find('>', open);
    if (close == npos || !is_display_name(value.substr(0, open))) return std::nullopt;
    parsed.display = trim(value.substr(0, open));
    parsed.uri = value.substr(open + 1, close - open - 1);
    parsed.bracketed = true;
    after = close + 1;
  } else {
    // Section 20: without brackets a semicolon starts the header's parameters, and comma and question mark
    // are not allowed.
    after = value.find_first_of("; \t\r\n");
    if (after == npos) after = value.size();
    parsed.uri = value.substr(0, after);
    if (parsed.uri.find_first_of(",?") != npos) return std::nullopt;
  }
  if (!looks_like_uri(parsed.uri)) return std::nullopt;
  bool tagged = false;
  parsed.params = trim(value.substr(after));
  ParamScanner params(value.substr(after));
  while (const auto param = params.next()) {
    if (!iequals(param->name, "tag")) continue;
    if (tagged || !all(param->value, token_char)) return std::nullopt;
    tagged = true;
    parsed.tag = param->value;
  }
  if (params.fault()) return std::nullopt;
  return parsed;
}

} // namespace sipveil::sip
