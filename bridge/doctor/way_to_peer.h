#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/i2p_checks.h"
#include "bridge/doctor/tor_checks.h"
#include "transports/dial.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>

namespace sipveil::doctor {

/// What is done with an open stream. It is closed afterwards.
using PeerTalk = std::function<boost::asio::awaitable<Result<std::string>>(Stream&)>;

/// What has been found of the networks that peers are dialled through.
struct LocalNetworks {
  TorChecks& tor;
  I2pChecks& i2p;
};

/// How a peer is dialled in its configured way, on a circuit or session of its own; nullopt if it goes through a tor or
/// an I2P router that cannot be used. A peer that is shown our own destination is dialled from a transient one: that
/// of the running sipveil is not lent.
[[nodiscard]] std::optional<DialOptions> options_for(const PeerConfig& peer, const Config& config,
                                                     const LocalNetworks& networks);

/// Dials and talks. Errors: those of `dial` and of `talk`, which must outlive the coroutine.
boost::asio::awaitable<Result<std::string>> talk_at(PeerAddress address, DialOptions options, const PeerTalk& talk);

/// The same with a peer; tor is lent its client key for that time if nobody else has given it, that is unless a sipveil
/// of this configuration is `running`.
boost::asio::awaitable<Result<std::string>> talk_to(const PeerConfig& peer, DialOptions options, TorChecks& tor,
                                                    bool running, const PeerTalk& talk);

} // namespace sipveil::doctor
