#include "transports/http_connect_error.h"

#include <fmt/format.h>

namespace sipveil {
namespace {

constexpr std::string_view right_proxy =
    "Check that the configured address is tor's HTTPTunnelPort or i2pd's HTTP proxy.";
constexpr std::string_view ask_doctor = "`sipveil doctor` tells more; so does the proxy's own log.";

Error unsupported(unsigned status) {
  return {Errc::unsupported, Fault::local_service,
          fmt::format("the HTTP proxy does not take our CONNECT (status {})", status), std::string(right_proxy), false};
}

Error offline(std::string what) {
  return {Errc::offline, Fault::overlay, std::move(what), std::string(ask_doctor), true};
}

} // namespace

Error http_connect_error(unsigned status) {
  switch (status) {
  case 400:
  case 405:
  case 414:
  case 431:
  case 501:
  case 505: return unsupported(status);
  case 401:
  case 407:
    return {Errc::auth_failed, Fault::local_service,
            fmt::format("the HTTP proxy refused the credential (status {})", status),
            "sipveil makes credentials up for isolation; use a proxy that accepts any, such as tor's HTTPTunnelPort.",
            false};
  case 403: // tor: the exit's policy, or the peer refused or reset the connection
    return {Errc::refused, Fault::overlay, "the peer, or every exit's policy, refuses this connection (status 403)",
            "Ask the peer whether its SIP service runs, and at which port; an exit may forbid the port.", true};
  case 404: // tor before 0.4.9
    return offline("the overlay found no such peer, or no way to it (status 404)");
  case 500: // all that i2pd says of a peer that it cannot reach; tor: no reason given
    return offline("the proxy could not open the connection (status 500): the peer is probably offline");
  case 502: return offline("the overlay lost the connection while it was opened (status 502)");
  case 503: return offline("the overlay found no such peer, or no way to it (status 503)");
  case 504: return {Errc::timed_out, Fault::overlay, "the overlay gave up waiting for the connection", "", true};
  default: break;
  }
  if (status >= 500) return offline(fmt::format("the HTTP proxy could not open the connection (status {})", status));
  return {Errc::refused, Fault::local_service, fmt::format("the HTTP proxy refuses the connection (status {})", status),
          std::string(right_proxy), false};
}

} // namespace sipveil
