#include "control/credential_files.h"

#include "base/file.h"
#include "control/authchallenge.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <system_error>

namespace sipveil::control {

Result<SecretBytes> read_password(const std::filesystem::path& file) {
  auto content = read_secret_file(file);
  if (!content) {
    auto error = content.error();
    error.where = Fault::configuration;
    if (error.mend.empty()) error.mend = "Let [tor] password_file name a readable file of mode 0600.";
    return error;
  }
  const auto text = content->reveal();
  const auto line = text.substr(0, std::min(text.find_first_of("\r\n"), text.size()));
  if (line.empty())
    return Error{Errc::invalid, Fault::configuration, fmt::format("the password file {} is empty", file.string()),
                 "Write the control password into it.", false};
  return SecretBytes(line);
}

Result<SecretBytes> read_cookie(const std::filesystem::path& file) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  // A status that cannot be had is left to read_file, whose error says why.
  if (!failed && std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return Error{Errc::io, Fault::local_service, fmt::format("{} is not a regular file", file.string()), "", false};
  auto content = read_file(file, cookie_size);
  if (!content) return content.error();
  SecretBytes cookie{std::string_view(*content)};
  OPENSSL_cleanse(content->data(), content->size());
  return cookie;
}

} // namespace sipveil::control
