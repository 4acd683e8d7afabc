// An HTTP proxy that sends anything, in pieces of any size. Byte 0 is the size of the pieces; the rest is what the
// proxy sends. However it is cut, the outcome must be the same.
#include "transports/http_connect.h"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using sipveil::HttpConnectClient;

struct Outcome {
  std::optional<std::string> rest;
  std::optional<sipveil::Errc> error;
  bool operator==(const Outcome&) const = default;
};

Outcome talk(std::string_view input, std::size_t piece) {
  auto client = HttpConnectClient::create("sip.example.org:5060", std::nullopt).value();
  Outcome outcome;
  while (!input.empty()) {
    const auto part = input.substr(0, piece);
    input.remove_prefix(part.size());
    auto step = client.feed(part);
    if (!step) {
      if (step.error().what.empty()) std::abort();
      outcome.error = step.error().code;
      return outcome;
    }
    if (auto* connected = std::get_if<HttpConnectClient::Connected>(&*step)) {
      outcome.rest = connected->rest + std::string(input);
      return outcome;
    }
  }
  return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (talk(input, 1) != talk(input, std::size_t{1} + data[0])) std::abort();
  return 0;
}
