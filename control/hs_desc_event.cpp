#include "control/hs_desc_event.h"

#include "control/grammar.h"

#include <algorithm>
#include <array>

namespace sipveil::control {
namespace {

HsDescAction read_action(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, HsDescAction>, 7> names{{
      {"REQUESTED", HsDescAction::requested},
      {"UPLOAD", HsDescAction::upload},
      {"RECEIVED", HsDescAction::received},
      {"UPLOADED", HsDescAction::uploaded},
      {"IGNORE", HsDescAction::ignore},
      {"FAILED", HsDescAction::failed},
      {"CREATED", HsDescAction::created},
  }};
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == word; });
  return found == names.end() ? HsDescAction::unknown : found->second;
}

} // namespace

Result<HsDescEvent> parse_hs_desc(std::string_view text) {
  Words words(text);
  const auto action = words.next();
  const auto address = words.next();
  const auto auth_type = words.next();
  const auto directory = words.next();
  if (!action || !address || !auth_type || !directory) return unexpected_reply("HS_DESC");
  HsDescEvent event;
  event.action = read_action(*action);
  event.address = *address;
  event.directory = *directory;
  auto rest = words;
  if (const auto id = words.next();
      id && !id->starts_with("REASON=") && !id->starts_with("REPLICA=") && !id->starts_with("HSDIR_INDEX=")) {
    event.descriptor_id = *id;
    rest = words;
  }
  const auto fields = read_fields(rest);
  if (!fields) return unexpected_reply("HS_DESC");
  event.reason = find_field(*fields, "REASON");
  return event;
}

} // namespace sipveil::control
