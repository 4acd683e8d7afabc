#pragma once

#include "bridge/sip/message.h"
#include "privasip/identity.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::identity {

/// RFC 3323 section 4.1.1.3: the host that says nothing.
inline constexpr std::string_view anonymous_host = "anonymous.invalid";
inline constexpr std::string_view anonymous_uri = "sip:anonymous@anonymous.invalid";

/// URI parameters in which a token travels beside the name that it was opened to, on the phone side only: `sv` where
/// the wire has the same host, `svh` where it has anonymous.invalid.
inline constexpr std::string_view beside_parameter = "sv";
inline constexpr std::string_view beside_hidden_parameter = "svh";
/// URI parameter by which a call asks for its privacy class; never leaves.
inline constexpr std::string_view class_parameter = "caller_known_to";

/// A SIP URI as the identity step sees it. Own copies.
struct Party {
  bool sips = false;
  std::string user;   ///< as written; empty if there is none
  std::string host;   ///< lower case, brackets kept
  std::string port;   ///< empty if absent
  std::string beside; ///< token that travels beside the name; empty if none
  bool beside_hidden = false;
  std::string transport;   ///< ;transport=, one of udp, tcp, tls; empty if absent
  bool phone = false;      ///< ;user=phone
  std::string method;      ///< ;method= of a Refer-To; empty if absent
  std::string asked_class; ///< of `class_parameter`; empty if absent
  std::string headers;     ///< what follows '?'

  /// nullopt if it is not a sip: or sips: URI.
  [[nodiscard]] static std::optional<Party> parse(std::string_view uri);
  /// The URI with what may be seen of it: scheme, user, host, port, ;transport=, ;user=phone and ;method=.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool same_person(const Party& other) const { return user == other.user && host == other.host; }
};

/// The headers that name a person besides From and To, and may be left empty by the steps: those are taken away.
[[nodiscard]] bool names_person(std::string_view header);
void remove_emptied(sip::Message& message);

/// `<uri>` with the tag of `value`, a value of From or To; display name and every other parameter are gone.
[[nodiscard]] std::string with_uri(std::string_view value, std::string_view uri);

} // namespace sipveil::identity
