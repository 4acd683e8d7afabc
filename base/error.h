#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace sipveil {

/// Where a fault lies, so that the reader of an error knows whose turn it is.
enum class Fault {
  configuration, ///< our own config file, command line or key files
  system,        ///< this machine: sockets, files, memory
  local_service, ///< the tor, i2pd or SOCKS proxy that we talk to on this machine
  overlay,       ///< the Tor or I2P network between us and the peer
  peer,          ///< the remote sipveil or SIP server
  phone,         ///< the phone or proxy on the inner side
};

/// What kind of failure it is. Callers decide by this value; the text is for people.
enum class Errc {
  invalid,        ///< a value that was given is not of the required form
  malformed,      ///< received bytes break their protocol; reading on is pointless
  too_large,      ///< received or given bytes exceed a bound of ours
  io,             ///< the operating system refused a read, write, open or bind
  address_in_use, ///< a port or socket that we want to listen on is taken
  unreachable,    ///< the local service cannot be reached at its address
  not_ready,      ///< the local service runs but cannot serve yet (tor not bootstrapped)
  auth_failed,    ///< our credentials for the local service were refused
  unsupported,    ///< the other end does not know a method or version that we need
  unknown_peer,   ///< the overlay has no such address (onion descriptor not found, invalid address)
  offline,        ///< the address exists, but nobody answers there now
  forbidden,      ///< the service wants a client authorization that we lack or that is wrong
  refused,        ///< the peer or the overlay actively refused the connection
  untrusted,      ///< a TLS certificate, name or key did not verify
  timed_out,      ///< our own deadline passed
  closed,         ///< the stream ended before the operation was complete
  cancelled,      ///< our own program asked to stop
  crypto,         ///< a cryptographic operation failed; never says which part
};

/// A failure as a person needs it: what, where, whether to try again, and what mends it.
/// Holds no secret, no identity and no peer address unless the caller put it into `what` on purpose.
struct Error {
  Errc code = Errc::invalid;
  Fault where = Fault::system;
  std::string what;   ///< one sentence without a final full stop
  std::string mend;   ///< the command or setting that mends it; empty if there is none
  bool retry = false; ///< the same call may succeed later without any change

  /// "what (where). mend"
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] std::string_view name(Fault where);
[[nodiscard]] std::string_view name(Errc code);

/// Thrown only by Result::value() on an error, that is by a programming mistake.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& place);

template <class T>
using Result = boost::system::result<T, Error>;

} // namespace sipveil
