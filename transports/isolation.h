#pragma once

#include "base/secret.h"

#include <string>
#include <string_view>

namespace sipveil {

/// SOCKS5 user name and password (RFC 1929) that tor takes as an isolation key: two streams with different
/// ones never share a circuit. Made by `fresh_isolation`; never used for two calls.
struct Isolation {
  std::string user;
  std::string password;
};

/// A credential that no stream has used before: the user name `<torS0X>0`, which tor 0.4.9 and later read as
/// "the password is an isolation token" (proposal 351), older tors and other proxies as any user; the
/// password is 128 random bits in hex.
[[nodiscard]] Isolation fresh_isolation();

/// Credentials that are the same for the same scope, for circuits shared per identity or per peer. The token
/// is a keyed digest of the scope under a key of this object, so that tor learns no identity from it and two
/// runs are unrelated.
class IsolationScopes {
 public:
  IsolationScopes();
  [[nodiscard]] Isolation of(std::string_view scope) const;

 private:
  SecretBytes key_;
};

} // namespace sipveil
