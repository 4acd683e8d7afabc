#include "bridge/hop/branches.h"

#include "base/random.h"

#include <fmt/format.h>

namespace sipveil::hop {
namespace {

constexpr std::string_view cookie = "z9hG4bK";
constexpr std::size_t random_digits = 16;
constexpr std::size_t tag_digits = 16;

/// The branch parameter of a Via value, without parsing the rest: only our own form is looked for.
std::string_view own_form_branch(std::string_view via) {
  const auto at = via.find(cookie);
  if (at == std::string_view::npos) return {};
  const std::string_view branch = via.substr(at, cookie.size() + random_digits + tag_digits);
  return branch.size() == cookie.size() + random_digits + tag_digits ? branch.substr(cookie.size())
                                                                     : std::string_view();
}

} // namespace

std::string Branches::tag(std::string_view random, const sip::Message& request, bool inner) const {
  const auto routes = request.routes();
  const auto cseq = std::to_string(request.cseq());
  const Digest digest =
      hash_({"branch", inner ? "inner" : "tunnel", random, request.request_uri(), request.to_tag(), request.from_tag(),
             request.call_id(), cseq, routes.empty() ? std::string_view() : routes.front()});
  return fmt::format("{:016x}", digest.low);
}

std::string Branches::make(const sip::Message& request, bool inner) const {
  const std::string random = fmt::format("{:016x}", random_u64());
  return std::string(cookie) + random + tag(random, request, inner);
}

bool Branches::looped(const sip::Message& request, bool inner) const {
  if (request.via_count() < 2) return false; // its sender's only: it has not been here
  for (const std::string& via : request.vias()) {
    const std::string_view own = own_form_branch(via);
    if (!own.empty() && tag(own.substr(0, random_digits), request, inner) == own.substr(random_digits)) return true;
  }
  return false;
}

} // namespace sipveil::hop
