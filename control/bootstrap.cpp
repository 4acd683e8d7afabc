#include "control/bootstrap.h"

#include "control/grammar.h"

#include <fmt/format.h>

namespace sipveil::control {

std::string BootstrapPhase::text() const {
  auto line = fmt::format("Bootstrapped {}% ({}): {}", percent, tag, summary);
  if (!warning.empty()) line += fmt::format(". Hindered: {}", warning);
  return line;
}

Result<BootstrapPhase> parse_bootstrap(std::string_view text) {
  Words words(text);
  const auto severity = words.next();
  if (!severity || words.next() != "BOOTSTRAP") return unexpected_reply("GETINFO status/bootstrap-phase");
  const auto fields = read_fields(words);
  if (!fields) return unexpected_reply("GETINFO status/bootstrap-phase");
  const auto percent = read_number(find_field(*fields, "PROGRESS"), 100);
  if (!percent) return unexpected_reply("GETINFO status/bootstrap-phase");
  return BootstrapPhase{*percent, std::string(find_field(*fields, "TAG")), std::string(find_field(*fields, "SUMMARY")),
                        std::string(find_field(*fields, "WARNING"))};
}

} // namespace sipveil::control
