#include "control/circ_event.h"

#include "control/grammar.h"

#include <algorithm>
#include <array>

namespace sipveil::control {
namespace {

CircuitStatus read_status(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, CircuitStatus>, 6> names{{
      {"LAUNCHED", CircuitStatus::launched},
      {"BUILT", CircuitStatus::built},
      {"GUARD_WAIT", CircuitStatus::guard_wait},
      {"EXTENDED", CircuitStatus::extended},
      {"FAILED", CircuitStatus::failed},
      {"CLOSED", CircuitStatus::closed},
  }};
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == word; });
  return found == names.end() ? CircuitStatus::unknown : found->second;
}

std::vector<std::string> read_path(std::string_view text) {
  std::vector<std::string> path;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    path.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return path;
}

} // namespace

Result<CircEvent> parse_circuit(std::string_view text) {
  Words words(text);
  const auto id = words.next();
  const auto status = words.next();
  if (!id || !status) return unexpected_reply("CIRC");
  CircEvent circuit;
  circuit.id = *id;
  circuit.status = read_status(*status);
  // The path is left out while it is empty; relays are written with a dollar sign, keywords never are.
  auto rest = words;
  if (const auto path = words.next(); path && path->starts_with('$')) {
    circuit.path = read_path(*path);
    rest = words;
  }
  const auto fields = read_fields(rest);
  if (!fields) return unexpected_reply("CIRC");
  circuit.purpose = find_field(*fields, "PURPOSE");
  circuit.hs_state = find_field(*fields, "HS_STATE");
  circuit.reason = find_field(*fields, "REASON");
  circuit.remote_reason = find_field(*fields, "REMOTE_REASON");
  circuit.socks_username = find_field(*fields, "SOCKS_USERNAME");
  circuit.socks_password = find_field(*fields, "SOCKS_PASSWORD");
  return circuit;
}

} // namespace sipveil::control
