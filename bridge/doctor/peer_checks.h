#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"
#include "bridge/doctor/tor_checks.h"
#include "bridge/doctor/way_to_peer.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

namespace sipveil::doctor {

/// Dials every peer in its configured way, several at a time, and pings it where it answers pings. Runs the context
/// until all have an outcome, then adds them in the order of the configuration. `running`: a sipveil of this
/// configuration runs, so tor has the client keys already.
void check_peers(boost::asio::io_context& context, const Config& config, const LocalNetworks& networks, bool running,
                 Report& report);

/// Whether our own onion service can be reached through the network. `status`: what the running sipveil reports, empty
/// if none runs.
boost::asio::awaitable<void> check_onion(const Config& config, TorChecks& tor, std::string status, Report& report);

} // namespace sipveil::doctor
