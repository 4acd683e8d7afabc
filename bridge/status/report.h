#pragma once

#include "bridge/hop/hop.h"
#include "bridge/hop/standby_report.h"
#include "bridge/net/link_report.h"
#include "bridge/status/i2p_report.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::status {

/// What `sipveil status` tells. Times of calls are milliseconds since their INVITE was received.
struct Report {
  std::string version;
  std::string role;
  double uptime_s = 0;
  std::string onion; ///< host:port to give to others; empty if none
  bool published = false;
  std::string tor;               ///< one sentence: "ready", or what is missing
  std::optional<bool> tor_ready; ///< calls can be dialled through it; nullopt: it is not used
  bool has_onion = false;        ///< there is an onion service to publish
  std::optional<I2pReport> i2p;  ///< nullopt: it is not used
  hop::Counters counters;
  std::size_t exchanges = 0;
  std::size_t calls_open = 0;
  std::size_t registrations = 0; ///< phones that are reached by a link of theirs
  privasip::Sealer::Counters sealer;
  privasip::Opener::Counters opener;
  std::vector<hop::StandbyReport> standby; ///< one for each peer that has a pool
  std::vector<net::LinkReport> links;
  hop::CallCounts counts;                           ///< of all calls since the start
  const std::deque<hop::Timeline>* calls = nullptr; ///< borrowed from the hop
};

/// One JSON object, UTF-8, with a line break at the end. Fields are documented in docs/status.md.
[[nodiscard]] std::string to_json(const Report& report);

} // namespace sipveil::status
