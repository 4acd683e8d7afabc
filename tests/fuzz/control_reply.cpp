// Control replies: the parser must cut the same replies out of the same bytes whatever the pieces, and no
// typed reader may fail otherwise than by an error.
#include "control/add_onion.h"
#include "control/authchallenge.h"
#include "control/authenticator.h"
#include "control/event.h"
#include "control/getinfo.h"
#include "control/protocolinfo.h"
#include "control/reply_parser.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace sipveil;
using namespace sipveil::control;

/// A text that is the same for the same outcome.
std::string outcome(std::string_view bytes, std::size_t step, std::vector<Reply>& replies) {
  ReplyParser parser;
  std::string text;
  while (!bytes.empty()) {
    parser.push(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto reply = parser.next();
      if (!reply) return text + "!" + std::string(name(reply.error().code));
      if (!*reply) break;
      for (const auto& line : (*reply)->lines)
        text += std::to_string(line.status) + line.text + (line.data ? "+" + *line.data : "") + "\n";
      replies.push_back(std::move(**reply));
    }
  }
  return text + (parser.mid_reply() ? "?" : ".");
}

void read(const Reply& reply) {
  (void)parse_protocolinfo(reply).has_value();
  (void)parse_authchallenge(reply).has_value();
  (void)parse_add_onion(reply).has_value();
  (void)parse_event(reply).has_value();
  (void)refusal("X", reply).text();
  for (const auto* key : {"version", "net/listeners/socks", "status/bootstrap-phase", "circuit-status"}) {
    const auto value = parse_getinfo(key, reply);
    if (!value) continue;
    (void)parse_listeners(*value).has_value();
    (void)parse_bootstrap(*value).has_value();
    (void)parse_circuit(*value).has_value();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<Reply> replies;
  const auto whole = outcome(bytes, size + 1, replies);
  std::vector<Reply> again;
  if (outcome(bytes, 1, again) != whole) std::abort();
  Authenticator machine("unix:/x", Credentials{.password = SecretBytes(std::string_view("p")), .cookie_file = {}});
  auto step = machine.start();
  for (const auto& reply : replies) {
    read(reply);
    step = machine.on_reply(reply);
    if (std::holds_alternative<Authenticator::ReadCookie>(step))
      step = machine.on_cookie(SecretBytes(control::cookie_size));
  }
  return 0;
}
