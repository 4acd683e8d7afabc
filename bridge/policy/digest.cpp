// Digest parameters that pass. Values are copied byte for byte: the answer's hash covers them.
#include "bridge/policy/values.h"
#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <array>
#include <span>

namespace sipveil::policy {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view challenge_names[] = {"realm", "nonce", "opaque",  "algorithm",
                                                "qop",   "stale", "charset", "userhash"};
constexpr std::string_view info_names[] = {"nextnonce", "qop", "rspauth", "cnonce", "nc"};

bool is_value(std::string_view text) {
  if (!text.starts_with('"')) return sip::all(text, sip::token_char);
  return sip::skip_quoted(text, 0) == text.size();
}

/// Appends those of a comma list of name=value that are in `names`; false if one cannot be read or stands twice.
/// `seen[i]` tells whether names[i] was there.
bool keep_params(std::string_view list, Names names, std::array<bool, std::size(challenge_names)>& seen,
                 std::string& out) {
  sip::MemberScanner members(list);
  std::string_view separator;
  while (const auto member = members.next()) {
    const std::size_t equal = std::min(member->find('='), member->size());
    const std::string_view name = sip::trim(member->substr(0, equal));
    const std::string_view value = sip::trim(member->substr(std::min(equal + 1, member->size())));
    if (!sip::all(name, sip::token_char) || !is_value(value)) return false;
    const auto place = static_cast<std::size_t>(
        std::find_if(names.begin(), names.end(), [name](std::string_view one) { return sip::iequals(one, name); }) -
        names.begin());
    if (place == names.size()) continue;
    if (seen[place]) return false;
    seen[place] = true;
    out += separator;
    out += names[place];
    out += '=';
    out += value;
    separator = ", ";
  }
  return !members.fault();
}

} // namespace

bool digest_challenge(std::string_view value, const Context& /*context*/, std::string& out) {
  const std::size_t blank = std::min(value.find_first_of(" \t"), value.size());
  if (!sip::iequals(value.substr(0, blank), "Digest")) return false;
  std::array<bool, std::size(challenge_names)> seen{};
  out += "Digest ";
  // Without realm and nonce no answer can be computed.
  return keep_params(value.substr(blank), challenge_names, seen, out) && seen[0] && seen[1];
}

bool authentication_info(std::string_view value, const Context& /*context*/, std::string& out) {
  std::array<bool, std::size(challenge_names)> seen{};
  return keep_params(value, info_names, seen, out) && !out.empty();
}

} // namespace sipveil::policy
