#include "bridge/config/client_key.h"

#include "base/file.h"

#include <fmt/format.h>

namespace sipveil {

Result<control::ClientAuthKey> read_client_key(const std::filesystem::path& file) {
  const auto content = read_secret_file(file);
  if (!content) return content.error();
  auto key = control::ClientAuthKey::parse(content->reveal());
  if (key) return key;
  auto error = key.error();
  error.what = fmt::format("{}: {}", file.string(), error.what);
  error.mend = "It must hold the key that fits one of the service's onion.clients, and nothing else.";
  return error;
}

} // namespace sipveil
