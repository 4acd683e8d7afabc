#pragma once

#include "bridge/hop/keyed_hash.h"
#include "bridge/sip/message.h"

#include <string>
#include <string_view>

namespace sipveil::hop {

/// Via branches of this hop: "z9hG4bK" | 16 hex digits at random | 16 hex digits of a keyed hash over them and the
/// fields of RFC 3261 section 16.6 step 8. The hop knows its own branch again when a request comes back (loop
/// detection), and to everybody else two branches of one hop look unrelated.
class Branches {
 public:
  explicit Branches(const KeyedHash& hash) : hash_(hash) {}

  /// `inner`: the request came from the phone side. A request that leaves by the tunnel and comes back by it, because
  /// both ends of a call use this very bridge, goes another way the second time: a spiral, not a loop.
  [[nodiscard]] std::string make(const sip::Message& request, bool inner) const;
  /// One of the Vias is ours and the fields are the same as then: the request has looped, not spiralled.
  [[nodiscard]] bool looped(const sip::Message& request, bool inner) const;

 private:
  [[nodiscard]] std::string tag(std::string_view random, const sip::Message& request, bool inner) const;
  const KeyedHash& hash_;
};

} // namespace sipveil::hop
