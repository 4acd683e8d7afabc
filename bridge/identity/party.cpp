#include "bridge/identity/party.h"

#include "bridge/sip/list.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"
#include "bridge/sip/uri.h"

#include <algorithm>

namespace sipveil::identity {

std::optional<Party> Party::parse(std::string_view uri) {
  const auto parts = sip::split_uri(uri);
  if (!parts) return std::nullopt;
  const bool sips = sip::iequals(parts->scheme, "sips");
  if (!sips && !sip::iequals(parts->scheme, "sip")) return std::nullopt;
  Party party;
  party.sips = sips;
  party.user = parts->user;
  party.port = parts->port;
  party.headers = parts->headers;
  party.host.reserve(parts->host.size());
  for (const char c : parts->host)
    party.host += sip::lower(c);
  std::string_view rest = parts->params;
  while (!rest.empty()) {
    const std::string_view param = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(param.size() + 1, rest.size()));
    const auto equals = std::min(param.find('='), param.size());
    const std::string_view name = param.substr(0, equals);
    const std::string_view value = param.substr(std::min(equals + 1, param.size()));
    if (sip::iequals(name, beside_parameter) || sip::iequals(name, beside_hidden_parameter)) {
      party.beside = value;
      party.beside_hidden = name.size() == beside_hidden_parameter.size();
    } else if (sip::iequals(name, "transport")) {
      for (const std::string_view known : {"udp", "tcp", "tls"})
        if (sip::iequals(value, known)) party.transport = known;
    } else if (sip::iequals(name, "user")) {
      party.phone = sip::iequals(value, "phone");
    } else if (sip::iequals(name, "method") && sip::all(value, sip::token_char)) {
      party.method = value;
    } else if (sip::iequals(name, class_parameter)) {
      party.asked_class = value;
    }
  }
  return party;
}

std::string Party::text() const {
  std::string text = sips ? "sips:" : "sip:";
  if (!user.empty()) text += user + "@";
  text += host;
  if (!port.empty()) text += ":" + port;
  if (!transport.empty()) text += ";transport=" + transport;
  if (phone) text += ";user=phone";
  if (!method.empty()) text += ";method=" + method;
  return text;
}

bool names_person(std::string_view header) {
  constexpr std::string_view names[] = {"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID",
                                        "Referred-By"};
  return std::any_of(std::begin(names), std::end(names),
                     [header](std::string_view name) { return sip::iequals(header, name); });
}

void remove_emptied(sip::Message& message) {
  message.keep_headers([](const sip::HeaderView& header) {
    if (!header.value.empty()) return true;
    return !names_person(header.name) && !sip::iequals(header.name, "Refer-To") &&
           !sip::iequals(header.name, "Authorization") && !sip::iequals(header.name, "Proxy-Authorization");
  });
}

std::string with_uri(std::string_view value, std::string_view uri) {
  std::string text = "<" + std::string(uri) + ">";
  const auto parsed = sip::parse_name_addr(value);
  if (parsed && !parsed->tag.empty()) text += ";tag=" + std::string(parsed->tag);
  return text;
}

} // namespace sipveil::identity
