// Whatever the configuration holds: what is accepted as an address must be written and read back as the same
// address, and no name of an overlay network may become a HostPort.
#include "transports/address.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

template <class Address>
void round_trip(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) {
    if (address.error().what.empty() || address.error().mend.empty()) std::abort();
    return;
  }
  const auto again = Address::parse(address->text());
  if (!again || *again != *address || again->text() != address->text()) std::abort();
}

void no_overlay_name(std::string_view text) {
  const auto target = sipveil::HostPort::parse(text);
  if (target && (target->host().ends_with(".onion") || target->host().ends_with(".i2p"))) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip<sipveil::PeerAddress>(text);
  round_trip<sipveil::HostPort>(text);
  round_trip<sipveil::Endpoint>(text);
  no_overlay_name(text);
  return 0;
}
