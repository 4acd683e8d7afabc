#include "bridge/policy/contact_params.h"

#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <cstdint>

namespace sipveil::policy {

namespace {

using sip::iequals;

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

} // namespace

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
