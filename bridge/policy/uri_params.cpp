#include "bridge/policy/uri_params.h"

#include "bridge/policy/words.h"
#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <cstdint>

namespace sipveil::policy {

namespace {

using sip::iequals;

bool keeps_uri_param(std::string_view name, std::string_view value) {
  if (iequals(name, "lr")) return value.empty() || iequals(value, "on") || iequals(value, "true");
  if (iequals(name, "user")) return iequals(value, "phone") || iequals(value, "ip");
  if (iequals(name, "method")) return is_method(value);
  if (!iequals(name, "transport")) return false;
  constexpr std::string_view transports[] = {"udp", "tcp", "tls", "sctp", "ws", "wss"};
  return std::any_of(std::begin(transports), std::end(transports),
                     [value](std::string_view one) { return iequals(one, value); });
}

bool keeps_contact_param(std::string_view name, std::string_view value) {
  if (iequals(name, "expires")) return sip::to_number<std::uint32_t>(value).has_value();
  constexpr std::size_t longest = 5; // qvalue: 0.xxx
  return iequals(name, "q") && value.size() <= longest && !value.empty() &&
         value.find_first_not_of("0123456789.") == std::string_view::npos;
}

void append(std::string& kept, std::string_view name, std::string_view value) {
  if (!kept.empty()) kept += ';';
  kept += name;
  if (value.empty()) return;
  kept += '=';
  kept += value;
}

/// Takes what stands before the next separator off `text`.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

} // namespace

std::string keep_uri_params(std::string_view params, Direction /*direction*/) {
  std::string kept;
  while (!params.empty()) {
    std::string_view value = take(params, ';');
    const std::string_view name = take(value, '=');
    if (keeps_uri_param(name, value)) append(kept, name, value);
  }
  return kept;
}

std::string keep_contact_params(std::string_view params) {
  const std::string text = ";" + std::string(params);
  sip::ParamScanner scanner(text); // unlike a URI's, these have quotes
  std::string kept;
  while (const auto param = scanner.next()) {
    if (keeps_contact_param(param->name, param->value)) append(kept, param->name, param->value);
  }
  return scanner.fault() ? std::string{} : kept;
}

} // namespace sipveil::policy
