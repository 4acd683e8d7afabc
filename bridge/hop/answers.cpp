#include "bridge/hop/answers.h"

#include <fmt/format.h>

namespace sipveil::hop {
namespace {

/// Seconds after which a phone may try again when the fault is on this machine: tor needs about that long to restart.
constexpr int retry_after_seconds = 10;

/// A quoted-string must not be ended by what it quotes.
std::string quotable(std::string_view text) {
  std::string safe;
  for (char c : text.substr(0, 200))
    safe += (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) ? '\'' : c;
  return safe;
}

int status_for(const Error& error, sip::Method method) {
  switch (error.code) {
  case Errc::unknown_peer: return 404;
  case Errc::forbidden: return 403;
  case Errc::offline:
  case Errc::refused: return 480;
  case Errc::timed_out:
    if (error.where == Fault::local_service) return 503;
    // No connection within the time: as good as offline. Connected and then silent: that is a time-out of the request.
    if (error.where == Fault::overlay) return 480;
    return method == sip::Method::invite ? 408 : 504;
  case Errc::untrusted:
  case Errc::malformed:
  case Errc::unsupported: return 502;
  case Errc::too_large: return 513;
  case Errc::unreachable:
  case Errc::not_ready:
  case Errc::auth_failed:
  case Errc::closed:
  case Errc::cancelled:
  case Errc::io:
  case Errc::address_in_use: return 503;
  case Errc::invalid:
  case Errc::crypto: return 500;
  }
  return 500;
}

} // namespace

Answer answer_with(int status, std::string_view text) {
  Answer answer{status, std::string(sip::reason_of(status)), {}};
  answer.extra_headers = fmt::format("Reason: SIP;cause={};text=\"{}\"\r\n", status, quotable(text));
  if (status == 503) answer.extra_headers += fmt::format("Retry-After: {}\r\n", retry_after_seconds);
  return answer;
}

Answer answer_for(const Error& error, sip::Method method) {
  const int status = status_for(error, method);
  return answer_with(status, error.mend.empty() ? error.what : error.what + ". " + error.mend);
}

} // namespace sipveil::hop
