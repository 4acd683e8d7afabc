#pragma once

#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipveil::identity {

/// The credentials of an Authorization or Proxy-Authorization header (RFC 3261 section 22.4, RFC 2617 section 3.2.2,
/// RFC 8760). What is not changed is printed as it came.
class Credentials {
 public:
  /// nullopt for another scheme than Digest, for what is not well-formed, for a parameter that stands twice, and for
  /// more than 32 parameters. Those that verifying does not take are left out.
  [[nodiscard]] static std::optional<Credentials> parse(std::string_view value);

  /// Without quotes, escapes kept, as they enter the hash; empty if absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  void set_quoted(std::string_view name, std::string_view value); ///< only if it is there
  [[nodiscard]] std::string text() const;

  /// Signs for another `uri` what was signed for the one that is there: if `response` is right for the password, it is
  /// made anew; if it is wrong, it stays, so that it is as wrong for the one who asked. False, and nothing changed, if
  /// the algorithm is none of MD5, MD5-sess, SHA-256, SHA-256-sess or the qop is auth-int, whose hash covers the body.
  [[nodiscard]] bool sign_anew(std::string_view login, const SecretBytes& password, std::string_view method,
                               std::string_view uri);

 private:
  [[nodiscard]] SecretBytes response_for(std::string_view login, const SecretBytes& password, std::string_view method,
                                         std::string_view uri) const;
  std::vector<std::pair<std::string, std::string>> params_; ///< values as written, quotes kept
};

} // namespace sipveil::identity
