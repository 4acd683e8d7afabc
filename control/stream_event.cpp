#include "control/stream_event.h"

#include "control/grammar.h"

#include <algorithm>
#include <array>

namespace sipveil::control {
namespace {

StreamStatus read_status(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, StreamStatus>, 10> names{{
      {"NEW", StreamStatus::fresh},
      {"NEWRESOLVE", StreamStatus::fresh_resolve},
      {"REMAP", StreamStatus::remap},
      {"SENTCONNECT", StreamStatus::sent_connect},
      {"SENTRESOLVE", StreamStatus::sent_resolve},
      {"SUCCEEDED", StreamStatus::succeeded},
      {"FAILED", StreamStatus::failed},
      {"CLOSED", StreamStatus::closed},
      {"DETACHED", StreamStatus::detached},
      {"CONTROLLER_WAIT", StreamStatus::controller_wait},
  }};
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == word; });
  return found == names.end() ? StreamStatus::unknown : found->second;
}

} // namespace

Result<StreamEvent> parse_stream(std::string_view text) {
  Words words(text);
  const auto id = words.next();
  const auto status = words.next();
  const auto circuit = words.next();
  const auto target = words.next();
  if (!id || !status || !circuit || !target) return unexpected_reply("STREAM");
  const auto fields = read_fields(words);
  if (!fields) return unexpected_reply("STREAM");
  StreamEvent stream;
  stream.id = *id;
  stream.status = read_status(*status);
  stream.circuit = *circuit;
  stream.target = *target;
  stream.reason = find_field(*fields, "REASON");
  stream.remote_reason = find_field(*fields, "REMOTE_REASON");
  stream.source = find_field(*fields, "SOURCE_ADDR");
  stream.purpose = find_field(*fields, "PURPOSE");
  stream.socks_username = find_field(*fields, "SOCKS_USERNAME");
  stream.socks_password = find_field(*fields, "SOCKS_PASSWORD");
  return stream;
}

} // namespace sipveil::control
