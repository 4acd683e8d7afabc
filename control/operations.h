#pragma once

#include "base/clock.h"
#include "control/add_onion.h"
#include "control/bootstrap.h"
#include "control/circ_event.h"
#include "control/client.h"
#include "control/client_auth.h"
#include "transports/address.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

/// The commands that sipveil gives to tor, typed. Each runs on a connected client, which must live until it
/// returns, and has the errors of ControlClient::command, of `refusal` and of its own parser.
namespace sipveil::control {

/// "0.4.9.11"
asio::awaitable<Result<std::string>> version(ControlClient& client);

/// How far tor is now.
asio::awaitable<Result<BootstrapPhase>> bootstrap(ControlClient& client);

/// Waits until tor is at 100 %, showing every phase on the way, the present one first. `timeout` is for all
/// of it. Errors: not_ready with the last phase when the time is over; those of a lost connection.
asio::awaitable<Result<void>> wait_bootstrapped(ControlClient& client, Duration timeout,
                                                std::function<void(const BootstrapPhase&)> progress);

/// Where tor listens for SOCKS; empty while its network is disabled.
asio::awaitable<Result<std::vector<Endpoint>>> socks_listeners(ControlClient& client);

/// The circuits that exist now.
asio::awaitable<Result<std::vector<CircEvent>>> circuits(ControlClient& client);

/// Closes a circuit that carries no stream (control-spec section 3.11, with IfUnused); one that carries any stays. Not
/// an error if there is none of this number any more (552).
asio::awaitable<Result<void>> close_circuit(ControlClient& client, std::string id);

/// Fetches the descriptor of an onion service anew, though tor has one (control-spec section 3.26, HSFETCH): it may
/// name introduction points where the service is not any more. Returns when the fetch has begun.
asio::awaitable<Result<void>> fetch_descriptor(ControlClient& client, const OnionName& onion);

/// The value of an option that takes one, empty if it stands at its default (control-spec section 3.3).
/// Errors: unsupported for an option that this tor does not know.
asio::awaitable<Result<std::string>> option(ControlClient& client, std::string name);

/// From now on tor ends when this control connection ends (control-spec section 3.23).
asio::awaitable<Result<void>> take_ownership(ControlClient& client);

/// Adds the service to tor and returns its name. It is not published yet: see OnionService. Errors: also
/// address_in_use, when tor has a service of the same key already.
asio::awaitable<Result<OnionName>> add_onion(ControlClient& client, OnionRequest request);
/// Takes away a service of this control connection or a detached one, whoever added it. Not an error if there is none
/// (552).
asio::awaitable<Result<void>> del_onion(ControlClient& client, OnionName onion);
/// The services that were added with the flag Detach, by whatever program (control-spec section 3.9).
asio::awaitable<Result<std::vector<OnionName>>> detached_onions(ControlClient& client);

/// Lets streams through this tor reach a service that asks for client authorization (control-spec
/// section 3.30). A key that was there is replaced. Tor forgets it when it ends.
asio::awaitable<Result<void>> onion_client_auth_add(ControlClient& client, OnionName onion, ClientAuthKey key);
/// Not an error if there was none.
asio::awaitable<Result<void>> onion_client_auth_remove(ControlClient& client, OnionName onion);

} // namespace sipveil::control
