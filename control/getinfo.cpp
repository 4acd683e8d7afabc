#include "control/getinfo.h"

#include "control/grammar.h"

#include <algorithm>

namespace sipveil::control {

Result<std::string> parse_getinfo(std::string_view key, const Reply& reply) {
  if (!reply.ok()) {
    auto error = refusal("GETINFO", reply);
    // 552 is the specification's "Unrecognized entity".
    if (reply.status() == 552) error.code = Errc::unsupported;
    return error;
  }
  for (const auto& line : reply.lines) {
    std::string_view text = line.text;
    if (!text.starts_with(key)) continue;
    text.remove_prefix(key.size());
    if (!text.starts_with('=')) continue;
    return line.data ? *line.data : std::string(text.substr(1));
  }
  return unexpected_reply("GETINFO");
}

Result<std::vector<Endpoint>> parse_listeners(std::string_view value) {
  std::vector<Endpoint> endpoints;
  Words words(value);
  while (const auto word = words.next()) {
    const auto text = unquote(*word);
    if (!text) return unexpected_reply("GETINFO");
    auto endpoint = Endpoint::parse(*text);
    if (!endpoint) return unexpected_reply("GETINFO");
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

Result<std::vector<OnionName>> parse_onions(std::string_view value) {
  std::vector<OnionName> names;
  while (!value.empty()) {
    const auto end = std::min(value.find('\n'), value.size());
    const auto line = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    if (line.empty()) continue;
    auto name = OnionName::parse(line);
    if (!name) return unexpected_reply("GETINFO");
    names.push_back(*name);
  }
  return names;
}

} // namespace sipveil::control
