#include "privasip/opener.h"

#include <fmt/format.h>

#include <set>

namespace sipveil::privasip {
namespace {

/// As many as one sidecar can try for each token in 10 ms.
constexpr std::size_t max_subscribers = 100'000;
/// user, realm and HA1 with room for long realms.
constexpr std::size_t max_line = 512;

Error malformed(std::size_t line, std::string_view what) {
  return {Errc::malformed, Fault::configuration, fmt::format("subscriber file, line {}: {}", line, what),
          "A line is user:realm:HA1, and HA1 the MD5 of user:realm:password in lower-case hexadecimal.", false};
}

/// Up to the next line end, which is taken off as well.
std::string_view next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

} // namespace

Result<std::vector<Subscriber>> parse_subscribers(const SecretBytes& text) {
  std::vector<Subscriber> subscribers;
  std::set<std::string, std::less<>> seen;
  auto rest = text.reveal();
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto line = next_line(rest);
    if (line.empty() || line.front() == '#') continue;
    if (line.size() > max_line) return malformed(number, fmt::format("more than {} characters", max_line));
    // Neither a user nor HA1 has a colon (RFC 2617 section 3.2.2.2); a realm may.
    const auto first = line.find(':');
    const auto last = line.rfind(':');
    if (first == std::string_view::npos || first == last) return malformed(number, "there are not two colons");
    const auto user = line.substr(0, first);
    const auto realm = line.substr(first + 1, last - first - 1);
    if (user.empty() || user.size() > max_user || realm.empty())
      return malformed(number, "the user or the realm is empty or too long");
    auto key = PasswordKey::from_ha1(SecretBytes(line.substr(last + 1)));
    if (!key) return malformed(number, key.error().what);
    if (!seen.insert(std::string(line.substr(0, last))).second)
      return malformed(number, "user and realm stand in an earlier line as well");
    if (subscribers.size() == max_subscribers)
      return Error{Errc::too_large, Fault::configuration,
                   fmt::format("subscriber file: more than {} subscribers", max_subscribers), "", false};
    subscribers.push_back({std::string(user), std::string(realm), std::move(*key)});
  }
  return subscribers;
}

} // namespace sipveil::privasip
