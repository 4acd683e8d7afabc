#pragma once

#include "bridge/config/config.h"
#include "bridge/hop/effects.h"
#include "bridge/hop/route_token.h"
#include "bridge/sip/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipveil::hop {

/// What the hop calls itself toward the tunnel, in Via and Record-Route: RFC 3323 section 4.1.1.3's name that says
/// nothing. Answers come back on the stream of their request, so nobody has to find it.
inline constexpr std::string_view outer_name = "anonymous.invalid";

/// The URI parameter that carries a route token.
inline constexpr std::string_view token_parameter = "sv";

/// A Via branch (RFC 3261 section 8.1.1.7): 128 random bits, so that two of one hop look unrelated. Loops are ended by
/// Max-Forwards alone: the Vias by which section 16.3 step 4 finds them do not cross.
[[nodiscard]] std::string new_branch();

/// A Record-Route value of ours.
[[nodiscard]] std::string own_route(std::string_view host, std::string_view token, bool tcp);

/// The Route entries of ours at the top of a request, taken off it (RFC 3261 section 16.4).
struct OwnRoute {
  std::optional<RouteToken> token;
  bool broken = false; ///< it names us, but its token is not ours: forged, another dialog's, or too old
};
[[nodiscard]] OwnRoute take_own_routes(sip::Message& request, const RouteTokens& tokens, Effects& effects,
                                       const Flow& from);

/// The URI names an inner listener of this hop.
[[nodiscard]] bool is_own_name(const sip::Uri& uri, const Config& config);

/// The inner listener from which a phone address is reached: the first of the same address family.
[[nodiscard]] std::uint8_t listener_for(const InnerAddress& address, const Config& config);

} // namespace sipveil::hop
