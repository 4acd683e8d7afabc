#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace sipveil::doctor {

/// With [onion] single_hop alone, else no check is noted: that the service's circuits have one hop, asked from its tor
/// if a sipveil of this configuration is `running`, and what that gives up.
boost::asio::awaitable<void> check_single_hop(boost::asio::any_io_executor executor, const Config& config, bool running,
                                              Report& report);

} // namespace sipveil::doctor
