#pragma once

#include "base/clock.h"
#include "bridge/hop/answers.h"
#include "bridge/hop/flow.h"
#include "bridge/hop/route_token.h"
#include "bridge/hop/router.h"
#include "bridge/identity/identities.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::hop {

/// Where a request goes next, found by the hop's routing step.
struct NextHop {
  std::optional<Flow> flow;      ///< a phone, or the link on which a dialog or a registration came in
  Way way;                       ///< else: peers to dial
  std::optional<Answer> refusal; ///< else: why it goes nowhere
  /// The dialog came in by a link, see Exchange::moved_key. Alone: that link is gone, its far end may come back.
  std::optional<Digest> moved_key;
  std::string registration; ///< with `flow`: the registration whose link it is, see Registrations::name_of

  [[nodiscard]] static NextHop to(const Flow& flow) { return {flow, {}, std::nullopt, std::nullopt, {}}; }
  [[nodiscard]] static NextHop by(Way way) { return {std::nullopt, std::move(way), std::nullopt, std::nullopt, {}}; }
  [[nodiscard]] static NextHop refused(Answer answer) {
    return {std::nullopt, {}, std::move(answer), std::nullopt, {}};
  }
  [[nodiscard]] bool waits_for_return() const { return !flow && way.peers.empty() && !refusal; }
};

/// One request on its way across the hop: what each step has found for those behind it.
struct Passage {
  Flow from;
  bool outward = true;             ///< from the phone side into the tunnel
  bool begins = true;              ///< outside of every dialog: no To tag
  std::optional<RouteToken> token; ///< of its dialog, taken off its Route
  NextHop next;
  std::string written_uri; ///< the Request-URI as it came
  identity::Caller caller; ///< outward: who sends it
  std::string identity;    ///< outward: his address of record in clear; never leaves
  InnerAddress phone;      ///< outward: where requests to the phone go
  Carrier phone_carrier = Carrier::udp;
  std::uint32_t issued = 0;             ///< Unix time in the dialog's identity tokens
  std::uint8_t sealed_parties = 0;      ///< inward: identity::sealed_parties of the request as it came
  identity::Originals originals;        ///< outward: what identity encryption replaced
  std::vector<std::string> registering; ///< inward REGISTER: the Contacts that it brings
  Duration identity_took{};             ///< by what sealed or opened its names

  /// The flow on the phone side.
  [[nodiscard]] Flow inner() const { return outward ? from : next.flow.value_or(Flow{}); }
};

} // namespace sipveil::hop
