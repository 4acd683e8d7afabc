#include "control/reply.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::control {
namespace {

// Tor's sentences are shorter; the bound keeps a log line a line.
constexpr std::size_t longest_quote = 160;

std::string own_words(std::string_view text) {
  text = text.substr(0, std::min(text.find('"'), longest_quote));
  while (text.ends_with(' '))
    text.remove_suffix(1);
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

} // namespace

Error refusal(std::string_view command, const Reply& reply) {
  Error error;
  error.where = Fault::local_service;
  const auto status = reply.status();
  if (status == 510 || status == 511) {
    error.code = Errc::unsupported;
    error.mend = "Use tor 0.4.6 or newer.";
  } else if (status == 514 || status == 515) {
    error.code = Errc::auth_failed;
  } else if (status == 550 || status == 551) {
    error.code = Errc::refused;
  } else {
    error.code = Errc::invalid;
  }
  const auto text = reply.lines.empty() ? std::string() : own_words(reply.lines.back().text);
  error.what = fmt::format("tor refused {}: {} {}", command, status, text);
  return error;
}

Error unexpected_reply(std::string_view command) {
  return {Errc::malformed, Fault::local_service,
          fmt::format("tor answered {} in a form that is not in the control protocol", command), "", false};
}

} // namespace sipveil::control
