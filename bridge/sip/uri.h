#pragma once

#include "base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::sip {

/// A sip:, sips: or tel: URI taken apart (RFC 3261 section 19.1); exists only if valid. Own copies, no views
/// into a message.
struct Uri {
  std::string scheme;   ///< "sip", "sips", "tel", lower case
  std::string user;     ///< as written, escapes kept; empty if none
  std::string password; ///< rarely there, never to be logged
  std::string host;     ///< as written, brackets kept; lower case
  std::string port;     ///< empty if absent
  std::string params;   ///< "transport=tcp;lr", without the leading ';'
  std::string headers;  ///< what follows '?'

  /// A bare addr-spec. Errors: malformed, unsupported (another scheme).
  [[nodiscard]] static Result<Uri> parse(std::string_view text);
  /// From a name-addr ("Bob" <sip:...>;tag=1) or an addr-spec.
  [[nodiscard]] static Result<Uri> from_name_addr(std::string_view text);
  /// Value of a URI parameter, empty for one without value, nullopt if absent. Names are case-insensitive.
  [[nodiscard]] std::optional<std::string> param(std::string_view name) const;
  [[nodiscard]] std::string text() const;
};

/// The parts of a URI as views into its text, nothing changed. What Uri::parse copies.
struct UriParts {
  std::string_view scheme; ///< as written
  std::string_view user;
  std::string_view password;
  std::string_view host;
  std::string_view port;
  std::string_view params;
  std::string_view headers;
};
/// Errors as those of Uri::parse.
[[nodiscard]] Result<UriParts> split_uri(std::string_view text);

} // namespace sipveil::sip
