#include "bridge/config/password.h"

#include "base/file.h"

#include <fmt/format.h>

namespace sipveil {

Result<SecretBytes> read_password(const std::filesystem::path& file) {
  const auto content = read_secret_file(file);
  if (!content) return content.error();
  std::string_view line = content->reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  constexpr std::string_view foreign("\r\n\0", 3);
  if (line.empty() || line.find_first_of(foreign) != std::string_view::npos)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("{} {}", file.string(), line.empty() ? "holds no password" : "holds more than one line"),
                 "It must hold the password in one line, and nothing else.", false};
  return SecretBytes(line);
}

} // namespace sipveil
