#include "bridge/config/mistake.h"

namespace sipveil {

std::string Mistake::line_of(std::string_view file) const {
  std::string result(file);
  if (line != 0) result += ":" + std::to_string(line);
  if (!key.empty()) result += ": " + key;
  result += ": " + text;
  if (!mend.empty()) result += ". " + mend;
  return result;
}

} // namespace sipveil
