#include "control/command_line.h"

#include <algorithm>

namespace sipveil::control {

SecretBytes join_secret(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const auto part : parts)
    size += part.size();
  SecretBytes joined(size);
  auto out = joined.writable().begin();
  for (const auto part : parts)
    out = std::copy(part.begin(), part.end(), out);
  return joined;
}

bool is_one_line(std::string_view text) {
  return !text.empty() && text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

} // namespace sipveil::control
