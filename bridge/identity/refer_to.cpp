#include "bridge/identity/refer_to.h"

#include "bridge/sip/text.h"

#include <fmt/format.h>

namespace sipveil::identity {
namespace {

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !sip::is(text[i + 1], sip::hex_char) || !sip::is(text[i + 2], sip::hex_char))
      return std::nullopt;
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    plain += static_cast<char>(value);
    i += 2;
  }
  return plain;
}

/// hvalue of RFC 3261 section 25.1: everything but unreserved characters is escaped.
std::string escape(std::string_view plain) {
  std::string text;
  for (const char c : plain) {
    if (sip::is(c, sip::unreserved_char)) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::optional<std::string> translate_replaces(std::string_view value,
                                              const std::function<std::string(std::string_view)>& translate) {
  const auto plain = unescape(value);
  if (!plain || !translate) return std::nullopt;
  std::string_view rest = *plain;
  std::string translated = translate(rest.substr(0, rest.find(';')));
  if (translated.empty()) return std::nullopt;
  while (rest.find(';') != std::string_view::npos) {
    rest.remove_prefix(rest.find(';') + 1);
    const std::string_view param = rest.substr(0, rest.find(';'));
    const auto equals = std::min(param.find('='), param.size());
    const std::string_view name = sip::trim(param.substr(0, equals));
    if (sip::iequals(name, "early-only")) {
      translated += ";early-only";
    } else if (sip::iequals(name, "to-tag") || sip::iequals(name, "from-tag")) {
      const std::string tag = translate(sip::trim(param.substr(std::min(equals + 1, param.size()))));
      if (tag.empty()) return std::nullopt;
      translated += fmt::format(";{}={}", name, tag);
    }
  }
  return translated;
}

} // namespace

std::optional<std::string> translate_refer_headers(std::string_view headers,
                                                   const std::function<std::string(std::string_view)>& translate) {
  while (!headers.empty()) {
    const std::string_view one = headers.substr(0, headers.find('&'));
    headers.remove_prefix(std::min(one.size() + 1, headers.size()));
    const auto equals = std::min(one.find('='), one.size());
    if (!sip::iequals(one.substr(0, equals), "Replaces")) continue;
    const auto translated = translate_replaces(one.substr(std::min(equals + 1, one.size())), translate);
    if (!translated) return std::nullopt;
    return "?Replaces=" + escape(*translated);
  }
  return std::string();
}

} // namespace sipveil::identity
