#include "transports/socks5_error.h"

#include "transports/socks5_spec.h"

#include <fmt/format.h>

namespace sipveil {
namespace {

using socks5_spec::Reply;

constexpr std::string_view ask_client_key =
    "Ask the peer for a client key and name its file in `client_key_file` of the [[peer]].";

bool is_extended(std::uint8_t code) {
  return code >= static_cast<std::uint8_t>(Reply::onion_descriptor_not_found) &&
         code <= static_cast<std::uint8_t>(Reply::onion_introduction_timed_out);
}

Error unassigned(std::uint8_t code) {
  return {Errc::malformed, Fault::local_service,
          fmt::format("the SOCKS proxy answered with the unassigned reply code 0x{:02x}", code),
          "Check that the configured address is a SOCKS5 proxy.", false};
}

} // namespace

Error socks5_error(std::uint8_t code, bool extended) {
  if (is_extended(code) && !extended) return unassigned(code);
  switch (static_cast<Reply>(code)) {
  case Reply::succeeded: break;
  case Reply::general_failure:
    return {Errc::offline, Fault::overlay, "the proxy could not open the connection and gave no reason",
            "`sipveil doctor` tells whether tor is bootstrapped; tor's own log tells more.", true};
  case Reply::not_allowed:
    return {Errc::refused, Fault::overlay, "the proxy's rules or every exit's policy forbid this connection",
            "Reach the peer as an onion service, or add its port to LongLivedPorts and the exit policy in use.", false};
  case Reply::network_unreachable:
    return {Errc::offline, Fault::overlay, "the peer's network cannot be reached through the proxy", "", true};
  case Reply::host_unreachable:
    return {Errc::offline, Fault::overlay, "the peer's host cannot be reached or its name does not exist", "", true};
  case Reply::connection_refused:
    return {Errc::refused, Fault::peer, "the peer's host refuses connections at this port",
            "Ask the peer whether its SIP service runs, and at which port.", true};
  case Reply::ttl_expired:
    return {Errc::timed_out, Fault::overlay, "the overlay gave up waiting for the connection", "", true};
  case Reply::command_not_supported:
    return {Errc::unsupported, Fault::local_service, "the SOCKS proxy does not support CONNECT",
            "Configure another SOCKS5 proxy, for example tor's SocksPort.", false};
  case Reply::address_type_not_supported:
    return {Errc::unsupported, Fault::local_service, "the SOCKS proxy does not support this type of address",
            "Configure a proxy that accepts host names, for example tor's SocksPort.", false};
  case Reply::onion_descriptor_not_found:
    return {Errc::unknown_peer, Fault::overlay, "no descriptor of this onion service was found",
            "Check the onion name; a service that was just started needs some seconds until it is published.", true};
  case Reply::onion_descriptor_invalid:
    return {Errc::unknown_peer, Fault::overlay, "the descriptor of this onion service is invalid",
            "Check the onion name, and the clock of this machine.", false};
  case Reply::onion_introduction_failed:
    return {Errc::offline, Fault::overlay, "the onion service is published but does not accept introductions",
            "The service has probably stopped; ask the peer.", true};
  case Reply::onion_rendezvous_failed:
    return {Errc::offline, Fault::overlay, "the onion service did not come to the rendezvous", "", true};
  case Reply::onion_missing_client_auth:
    return {Errc::forbidden, Fault::overlay, "the onion service wants a client authorization, and tor has none for it",
            std::string(ask_client_key), false};
  case Reply::onion_wrong_client_auth:
    return {Errc::forbidden, Fault::overlay, "the onion service does not accept our client authorization",
            std::string(ask_client_key), false};
  case Reply::onion_bad_address:
    return {Errc::unknown_peer, Fault::overlay, "tor says that the onion name is not valid", "Check the onion name.",
            false};
  case Reply::onion_introduction_timed_out:
    return {Errc::offline, Fault::overlay, "the onion service did not answer the introduction in time",
            "The service has probably stopped; ask the peer.", true};
  }
  return unassigned(code);
}

} // namespace sipveil
