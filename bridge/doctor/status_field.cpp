#include "bridge/doctor/status_field.h"

namespace sipveil::doctor {

std::string status_field(std::string_view report, std::string_view name) {
  // A quotation mark inside a string is escaped, so this cannot stand in one.
  const std::string start = '"' + std::string(name) + "\":";
  const auto found = report.find(start);
  if (found == std::string_view::npos) return {};
  auto value = report.substr(found + start.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find_first_of(",}]")));
}

} // namespace sipveil::doctor
