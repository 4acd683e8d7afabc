#pragma once

#include "bridge/seal/local_seal.h"
#include "bridge/sip/message.h"

#include <string>
#include <string_view>

namespace sipveil::hop {

/// Call-IDs and tags as the two sides of the hop see them: a bijection that remembers nothing. Toward the wire a
/// phone's identifier is sealed, for it often holds the phone's host (RFC 3261 section 8.1.1.4) or is drawn so that a
/// device can be told by it. Toward the phone side a foreign identifier is sealed too: two proxies with such bridges
/// beside them then hold no identifier in common for one call, so that their logs laid side by side do not tell who
/// called whom.
class Aliases {
 public:
  explicit Aliases(const LocalSeal& seal) : seal_(seal) {}

  /// Of an identifier on the phone side, its name on the wire; and back. Empty if it is too long (LocalSeal::max_text).
  [[nodiscard]] std::string to_wire(std::string_view inner) const;
  [[nodiscard]] std::string to_inner(std::string_view wire) const;

  /// Call-ID, From tag and To tag of a whole message. False if one is too long.
  [[nodiscard]] bool to_wire(sip::Message& message) const;
  [[nodiscard]] bool to_inner(sip::Message& message) const;

 private:
  template <class Translate>
  static bool translate(sip::Message& message, const Translate& one);
  const LocalSeal& seal_;
};

/// `value` of From or To with another tag.
[[nodiscard]] std::string with_tag(std::string_view value, std::string_view old_tag, std::string_view tag);

} // namespace sipveil::hop
