#pragma once

#include "bridge/config/config.h"
#include "bridge/hop/ways.h"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// Where a request to a domain may go: the peers in the order in which they are to be tried.
struct Way {
  Peers peers;
  CircuitPolicy circuit = CircuitPolicy::per_call;
  std::size_t racing = 0; ///< so many of the first: whichever has a link first, see RouteConfig::race
};

/// Domain to peers. Lists nothing that the configuration does not list: an unknown domain has no way (fail closed).
/// Borrows the configuration, which must outlive it.
class Router {
 public:
  /// `random` draws among equal priorities by weight (RFC 2782).
  Router(const Config& config, std::function<std::uint64_t()> random);

  /// `domain` as in a URI, any case. Empty `peers` if there is no route, not even "*".
  [[nodiscard]] Way find(std::string_view domain) const;
  /// The way of a dialog that was opened to this peer: that one, then the others that are the same sipveil, as far as
  /// every route that names it names them too (nothing goes by a way that its route does not have). Under the policy
  /// of the first such route.
  [[nodiscard]] Way to_peer(std::string_view name) const;

 private:
  const Config& config_;
  std::function<std::uint64_t()> random_;
};

} // namespace sipveil::hop
