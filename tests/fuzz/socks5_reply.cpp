// A SOCKS5 proxy that sends anything, in pieces of any size. Byte 0 chooses the client's options and the size
// of the pieces; the rest is what the proxy sends. However it is cut, the outcome must be the same, early
// data must not leave before the proxy has spoken, and nothing may be kept beyond what a reply can hold.
#include "transports/socks5.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using sipveil::Socks5Client;

constexpr std::string_view early = "\xfe"
                                   "early data"
                                   "\xfe";

struct Outcome {
  std::string sent;
  std::optional<std::string> rest;
  std::optional<sipveil::Errc> error;
  bool operator==(const Outcome&) const = default;
};

Outcome talk(unsigned options, std::string_view input, std::size_t piece) {
  static const auto target = sipveil::HostPort::parse("sip.example.org:5060").value();
  std::optional<sipveil::Isolation> isolation;
  if ((options & 1U) != 0) isolation = sipveil::Isolation{"user", "password"};
  auto client =
      Socks5Client::create(sipveil::SocksTarget(target), isolation, std::string(early), (options & 2U) != 0).value();
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
    if (auto* send = std::get_if<Socks5Client::Send>(&*step)) {
      if (send->bytes.empty()) std::abort();
      if (!client.requested() && send->bytes.find(early) != std::string::npos) std::abort();
      outcome.sent += send->bytes;
    }
    if (auto* connected = std::get_if<Socks5Client::Connected>(&*step)) {
      outcome.rest = connected->rest + std::string(input);
      return outcome;
    }
  }
  return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned options = data[0];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome bytewise = talk(options, input, 1);
  const Outcome pieces = talk(options, input, 1 + (options >> 2U));
  // A proxy that speaks out of turn is found out only in larger pieces; everything else must not depend on
  // the cut.
  if (bytewise != pieces && pieces.error != sipveil::Errc::malformed) std::abort();
  return 0;
}
