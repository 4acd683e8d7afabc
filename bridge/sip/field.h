#pragma once

#include <cstdint>
#include <string_view>

namespace sipveil::sip {

/// The header fields that this folder acts on; every other passes as text. Internal to bridge/sip.
enum class Name : std::uint8_t {
  other,
  via,
  from,
  to,
  call_id,
  cseq,
  max_forwards,
  route,
  record_route,
  contact,
  content_length,
  content_type,
  expires,
  proxy_require,
  timestamp,
};

/// By full or compact name (RFC 3261 section 7.3.3), any case.
[[nodiscard]] Name identify(std::string_view name);

/// The full name that a compact form stands for; any other name comes back as it is.
[[nodiscard]] std::string_view full_name(std::string_view name);

/// One header field as it stands in the message.
struct Field {
  std::string_view raw;   ///< the whole field: continuation lines and the last CRLF included
  std::string_view name;  ///< as written; empty if the line is no header field at all
  std::string_view value; ///< without the blanks around it, still folded if it came so
  Name id = Name::other;

  /// What stands before the value: name, colon and blanks.
  [[nodiscard]] std::string_view before_value() const {
    return raw.substr(0, static_cast<std::size_t>(value.data() - raw.data()));
  }
};

/// From one whole field, CRLF included. `name` stays empty if there is no token before a colon.
[[nodiscard]] Field make_field(std::string_view raw);

} // namespace sipveil::sip
