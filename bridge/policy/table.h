#pragma once

#include "bridge/policy/rule.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sipveil::policy {

enum class Action : std::uint8_t {
  keep,    ///< passes if it fits its grammar
  rewrite, ///< a part of it passes: what the row's rule makes of it
  ours,    ///< another step has made it fit to pass: the hop, or bridge/identity
  body,    ///< decided together with the body
  drop,    ///< does not pass; here so that reviewers see the decision. What has no row does not pass either
  refuse,  ///< a request that has it is refused, a response loses it
};
[[nodiscard]] std::string_view name(Action action);

/// One row of the allow table. The same holds outward and inward. Outward, a header that is not needed is one more
/// thing that tells who speaks, from where, with which device. Inward, it is one more way for a stranger to make a
/// phone do something outside the tunnel: fetch a ring tone, a picture or a certificate, answer by itself, show a false
/// name.
struct HeaderRow {
  std::string_view name; ///< full name
  Action action;
  Rule rule;               ///< for keep and rewrite
  int unfit;               ///< status that a request is refused with if the value is not fit; 0: the header is dropped
  std::string_view source; ///< the RFC and section that define it
  std::string_view note;   ///< what of it passes, or why nothing does
};

/// All rows by name, as bridge/policy/table.cpp and docs/header-policy.md show them.
[[nodiscard]] std::span<const HeaderRow> header_table();
/// By full name in any case; null if there is no row.
[[nodiscard]] const HeaderRow* find_header(std::string_view name);

} // namespace sipveil::policy
