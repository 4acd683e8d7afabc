#include "bridge/cli/keys_output.h"

#include "base/encoding.h"
#include "bridge/cli/command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace sipveil::cli {

std::string key_columns(const privasip::PublicKey& key) {
  return fmt::format("{:<14}{}", privasip::name(key.kind()), hex_encode(key.id()));
}

std::string json_members(const privasip::PublicKey& key) {
  return fmt::format(R"("algorithm":"{}","id":"{}","fingerprint":"{}")", privasip::name(key.kind()),
                     hex_encode(key.id()), key.fingerprint());
}

std::string json_array(const std::vector<privasip::PublicKey>& keys) {
  std::string array;
  for (const auto& key : keys)
    array += (array.empty() ? "{" : ",{") + json_members(key) + "}";
  return "[" + array + "]";
}

std::string utc(privasip::UnixSeconds time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(time)));
}

privasip::UnixSeconds now() {
  return std::time(nullptr);
}

int fail(const Error& error) {
  fmt::print(stderr, "sipveil: {}\n", error.text());
  return exit_failed;
}

} // namespace sipveil::cli
