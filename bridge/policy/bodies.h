#pragma once

#include "bridge/policy/rule.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sipveil::policy {

/// Where a type of body may stand.
enum class BodyPlace : std::uint8_t {
  anywhere,
  options_answer, ///< only in the answer to an OPTIONS request
};

/// One type of body that passes; every other does not.
struct BodyRow {
  std::string_view name; ///< type/subtype
  Rule rule;             ///< makes the body that passes
  BodyPlace place;
  bool charset; ///< the charset parameter passes
  int unfit;    ///< status that a request is refused with if the body is not fit
  std::string_view source;
  std::string_view note;
};
[[nodiscard]] std::span<const BodyRow> body_table();
[[nodiscard]] const BodyRow* find_body(std::string_view type);

/// For Accept: those of the listed types that pass.
bool accept(std::string_view value, const Context& context, std::string& out);

/// A body and its kind, as a message has them.
struct BodyInput {
  std::string_view content_type;     ///< unfolded; empty if absent
  std::string_view content_encoding; ///< empty if absent
  std::string_view body;             ///< not empty
  bool options_answer = false;
};
/// What passes of it.
struct BodyOutput {
  int status = 0;           ///< 0: it passes; else what a request is refused with
  std::string content_type; ///< of what passes
  std::string body;         ///< what passes; never empty
};
/// A multipart body passes as its one part of application/sdp, or else of text/plain.
[[nodiscard]] BodyOutput filter_body(const BodyInput& input, const Context& context);

} // namespace sipveil::policy
