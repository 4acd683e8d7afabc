#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>

namespace sipveil {
namespace {

/// 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or ::1 (RFC 4291 section 2.5.3). Nothing else: an IPv4 address in IPv6 form
/// is written as what it is.
bool is_loopback(const HostPort& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.host().c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  return address.host() == "::1";
}

std::optional<unsigned> read_count(Reader& reader, std::string_view key, std::int64_t low, std::int64_t high) {
  const auto given = reader.integer(key, low, high);
  return given ? std::optional(static_cast<unsigned>(*given)) : std::nullopt;
}

} // namespace

StandbyConfig read_standby(Reader& reader) {
  StandbyConfig standby;
  constexpr std::int64_t most = 64; // links of one peer: more than 64 calls within one build time wait or dial anyway
  const auto min = read_count(reader, "min", 0, most);
  const auto max = read_count(reader, "max", 0, most);
  if (min && max && *max < *min)
    reader.reading().mistake(reader.place("max"), fmt::format("{} is below min, {}", *max, *min),
                             "Write a larger max or a smaller min.");
  // One bound alone moves the other's default along: max = 0 is enough to have none.
  standby.min = min.value_or(std::min(standby.min, max.value_or(standby.max)));
  standby.max = max.value_or(std::max(standby.max, standby.min));
  standby.parallel = read_count(reader, "parallel", 1, 32).value_or(standby.parallel);
  standby.candidates = read_count(reader, "candidates", 1, 8).value_or(standby.candidates);
  standby.phones = read_count(reader, "phones", 0, 256).value_or(standby.phones);
  // A service closes its rendezvous circuits about ten minutes after they were made.
  if (const auto seconds = reader.integer("max_age", 30, 540)) standby.max_age = std::chrono::seconds(*seconds);
  return standby;
}

MetricsConfig read_metrics(Reader& reader) {
  MetricsConfig metrics;
  const auto text = reader.text("listen");
  const auto address = text ? numeric_host_port(*text, reader.reading()) : std::nullopt;
  if (!address) return metrics;
  if (is_loopback(*address)) {
    metrics.listen = *address;
  } else {
    reader.reading().mistake(
        text->place,
        fmt::format("{} is no address of loopback, and the figures tell whoever asks when calls are made and to which "
                    "peer",
                    in_quotes(address->text())),
        "Write one of 127.0.0.0/8 or [::1]; a Prometheus on another machine comes through a tunnel of its own.");
  }
  return metrics;
}

} // namespace sipveil
