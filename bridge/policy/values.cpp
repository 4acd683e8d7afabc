#include "bridge/policy/values.h"

#include "bridge/policy/words.h"
#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

namespace sipveil::policy {

namespace {

constexpr auto npos = std::string_view::npos;

bool append_number(std::string_view digits, std::string& out) {
  const auto value = sip::to_number<std::uint32_t>(digits);
  if (value) out += std::to_string(*value);
  return value.has_value();
}

/// The word of the list that `text` is, in any case; empty if it is none.
std::string_view known(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto* const found =
      std::find_if(words.begin(), words.end(), [text](std::string_view word) { return sip::iequals(word, text); });
  return found == words.end() ? std::string_view{} : *found;
}

/// What stands before the first semicolon, and the parameters from it on.
struct Head {
  std::string_view text;
  std::string_view params;
};
Head split(std::string_view value) {
  const std::size_t end = std::min(value.find(';'), value.size());
  return {sip::trim(value.substr(0, end)), value.substr(end)};
}

/// A parameter that a rule reads.
struct Wanted {
  std::string_view name;
  std::string_view value = {};
  bool there = false;
};
/// False if the parameters are not well-formed or a wanted one stands twice, as two readers would differ. Others are
/// passed over.
bool read_params(std::string_view params, std::span<Wanted> wanted) {
  sip::ParamScanner scanner(params);
  while (const auto param = scanner.next()) {
    for (Wanted& one : wanted) {
      if (!sip::iequals(one.name, param->name)) continue;
      if (one.there) return false;
      one.value = param->value;
      one.there = true;
    }
  }
  return !scanner.fault();
}

void append_param(std::string_view name, std::string_view value, std::string& out) {
  out += ';';
  out += name;
  out += '=';
  out += value;
}

/// False if the other side has no name for it: nothing passes that cannot be mapped.
bool append_alias(std::string_view id, const Context& context, std::string& out) {
  const std::string alias = context.translate ? context.translate(id) : std::string{};
  out += alias;
  return !alias.empty();
}

} // namespace

bool number(std::string_view value, const Context& /*context*/, std::string& out) {
  return append_number(value, out);
}

bool leading_number(std::string_view value, const Context& /*context*/, std::string& out) {
  const std::size_t end = std::min(value.find_first_of(" \t;("), value.size());
  return append_number(value.substr(0, end), out);
}

bool rack(std::string_view value, const Context& /*context*/, std::string& out) {
  for (int i = 0; i < 2; ++i) {
    const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
    if (!append_number(value.substr(0, end), out)) return false;
    out += ' ';
    value = sip::trim(value.substr(end));
  }
  out += value;
  return is_method(value);
}

bool session_expires(std::string_view value, const Context& /*context*/, std::string& out) {
  const Head head = split(value);
  Wanted refresher[] = {{"refresher"}};
  if (!append_number(head.text, out) || !read_params(head.params, refresher)) return false;
  if (!refresher->there) return true;
  const std::string_view who = known(refresher->value, {"uac", "uas"});
  append_param("refresher", who, out);
  return !who.empty();
}

bool subscription_state(std::string_view value, const Context& /*context*/, std::string& out) {
  const Head head = split(value);
  out += known(head.text, {"active", "pending", "terminated"});
  Wanted wanted[] = {{"expires"}, {"retry-after"}, {"reason"}};
  if (out.empty() || !read_params(head.params, wanted)) return false;
  for (const Wanted& seconds : std::span(wanted).first(2)) {
    if (!seconds.there) continue;
    append_param(seconds.name, {}, out);
    if (!append_number(seconds.value, out)) return false;
  }
  // Section 4.1.3: an unknown reason counts as none.
  const std::string_view why =
      known(wanted[2].value, {"deactivated", "probation", "rejected", "timeout", "giveup", "noresource", "invariant"});
  if (!why.empty()) append_param("reason", why, out);
  return true;
}

bool reason(std::string_view value, const Context& /*context*/, std::string& out) {
  sip::MemberScanner members(value);
  while (const auto member = members.next()) {
    const Head head = split(*member);
    const std::string_view protocol = known(head.text, {"SIP", "Q.850"});
    Wanted cause[] = {{"cause"}};
    if (protocol.empty() || !read_params(head.params, cause)) continue;
    if (cause->value.size() > 3 || !sip::all(cause->value, sip::digit_char)) continue;
    if (!out.empty()) out += ", ";
    out += protocol;
    append_param("cause", cause->value, out);
  }
  return !members.fault() && !out.empty();
}

bool dialog_reference(std::string_view value, const Context& context, std::string& out) {
  const Head head = split(value);
  if (head.text.empty() || head.text.find_first_of(" \t,") != npos || !append_alias(head.text, context, out))
    return false;
  Wanted wanted[] = {{"to-tag"}, {"from-tag"}, {"local-tag"}, {"remote-tag"}, {"early-only"}};
  if (!read_params(head.params, wanted)) return false;
  for (const Wanted& tag : std::span(wanted).first(4)) {
    if (!tag.there) continue;
    append_param(tag.name, {}, out);
    if (!sip::all(tag.value, sip::token_char) || !append_alias(tag.value, context, out)) return false;
  }
  if (wanted[4].there) out += ";early-only";
  return true;
}

bool content_disposition(std::string_view value, const Context& /*context*/, std::string& out) {
  const Head head = split(value);
  out += known(head.text, {"session", "render", "early-session"});
  Wanted handling[] = {{"handling"}};
  if (out.empty() || !read_params(head.params, handling)) return false;
  const std::string_view how = known(handling->value, {"optional", "required"});
  if (!how.empty()) append_param("handling", how, out);
  return true;
}

} // namespace sipveil::policy
