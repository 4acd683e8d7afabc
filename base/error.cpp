#include "base/error.h"

#include <stdexcept>

namespace sipveil {

std::string_view name(Fault where) {
  switch (where) {
  case Fault::configuration: return "our configuration";
  case Fault::system: return "this machine";
  case Fault::local_service: return "local service";
  case Fault::overlay: return "overlay network";
  case Fault::peer: return "peer";
  case Fault::phone: return "phone side";
  }
  return "?";
}

std::string_view name(Errc code) {
  switch (code) {
  case Errc::invalid: return "invalid";
  case Errc::malformed: return "malformed";
  case Errc::too_large: return "too large";
  case Errc::io: return "I/O error";
  case Errc::address_in_use: return "address in use";
  case Errc::unreachable: return "unreachable";
  case Errc::not_ready: return "not ready";
  case Errc::auth_failed: return "authentication failed";
  case Errc::unsupported: return "unsupported";
  case Errc::unknown_peer: return "unknown peer";
  case Errc::offline: return "offline";
  case Errc::forbidden: return "forbidden";
  case Errc::refused: return "refused";
  case Errc::untrusted: return "untrusted";
  case Errc::timed_out: return "timed out";
  case Errc::closed: return "closed";
  case Errc::cancelled: return "cancelled";
  case Errc::crypto: return "crypto";
  }
  return "?";
}

std::string Error::text() const {
  std::string line = what + " (" + std::string(name(where)) + ")";
  if (!mend.empty()) line += ". " + mend;
  return line;
}

void throw_exception_from_error(const Error& error, const boost::source_location& place) {
  throw std::logic_error(std::string(place.function_name()) + ": " + error.text());
}

} // namespace sipveil
