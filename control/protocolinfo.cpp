#include "control/protocolinfo.h"

#include "control/grammar.h"

#include <fmt/format.h>

namespace sipveil::control {
namespace {

/// Reads "COOKIE,SAFECOOKIE"; methods that a later tor may add are passed over, as the specification asks.
std::set<AuthMethod> read_methods(std::string_view list) {
  std::set<AuthMethod> methods;
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto comma = std::min(list.find(',', begin), list.size());
    const auto word = list.substr(begin, comma - begin);
    for (const auto method :
         {AuthMethod::null, AuthMethod::cookie, AuthMethod::safecookie, AuthMethod::hashed_password}) {
      if (name(method) == word) methods.insert(method);
    }
    begin = comma + 1;
  }
  return methods;
}

} // namespace

std::string_view name(AuthMethod method) {
  switch (method) {
  case AuthMethod::null: return "NULL";
  case AuthMethod::cookie: return "COOKIE";
  case AuthMethod::safecookie: return "SAFECOOKIE";
  case AuthMethod::hashed_password: return "HASHEDPASSWORD";
  }
  return "?";
}

Result<ProtocolInfo> parse_protocolinfo(const Reply& reply) {
  if (!reply.ok()) return refusal("PROTOCOLINFO", reply);
  ProtocolInfo info;
  bool has_header = false;
  bool has_methods = false;
  for (const auto& line : reply.lines) {
    Words words(line.text);
    const auto kind = words.next();
    if (!kind) continue;
    if (*kind == "PROTOCOLINFO") {
      if (words.next() != "1")
        return Error{Errc::unsupported, Fault::local_service, "tor speaks a control protocol other than version 1", "",
                     false};
      has_header = true;
      continue;
    }
    if (*kind != "AUTH" && *kind != "VERSION") continue;
    const auto fields = read_fields(words);
    if (!fields) return unexpected_reply("PROTOCOLINFO");
    if (*kind == "VERSION") {
      info.version = find_field(*fields, "Tor");
      continue;
    }
    has_methods = true;
    info.methods = read_methods(find_field(*fields, "METHODS"));
    if (const auto file = find_field(*fields, "COOKIEFILE"); !file.empty()) info.cookie_file = file;
  }
  if (!has_header || !has_methods) return unexpected_reply("PROTOCOLINFO");
  return info;
}

} // namespace sipveil::control
