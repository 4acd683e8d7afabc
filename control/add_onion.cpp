#include "control/add_onion.h"

#include "base/encoding.h"
#include "control/command_line.h"
#include "control/grammar.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace sipveil::control {

Result<SecretBytes> add_onion_command(const OnionRequest& request) {
  const auto target = request.target.text();
  // Tor splits the command at spaces and knows no quoting here.
  if (target.find_first_of(" \t\r\n\"\\,") != std::string::npos)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("tor cannot deliver to {}: the path holds white space, a quote or a comma", target),
                 "Choose another path for [onion] listen.", false};
  std::string rest = request.clients.empty() ? " Flags=Detach" : " Flags=Detach,V3Auth";
  rest += fmt::format(" Port={},{}", request.virtual_port, target);
  for (const auto& client : request.clients)
    rest += " ClientAuthV3=" + client.text();
  const auto key = request.key.text();
  return join_secret({"ADD_ONION ", key.reveal(), rest});
}

Result<std::string> onion_digest(const OnionRequest& request) {
  auto command = add_onion_command(request);
  if (!command) return command.error();
  std::array<unsigned char, 32> digest{};
  if (EVP_Digest(command->bytes().data(), command->size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    return Error{Errc::crypto, Fault::system, "cannot compute a digest of the onion service", "", false};
  return hex_encode(digest);
}

Result<OnionName> parse_add_onion(const Reply& reply) {
  if (!reply.ok()) {
    auto error = refusal("ADD_ONION", reply);
    // "Onion address collision", the one reason for a 550 here.
    if (reply.status() == 550) error.code = Errc::address_in_use;
    return error;
  }
  for (const auto& line : reply.lines) {
    const auto fields = read_fields(Words(line.text));
    const auto id = fields ? find_field(*fields, "ServiceID") : std::string_view();
    if (id.empty()) continue;
    auto name = OnionName::parse(id);
    if (!name) return unexpected_reply("ADD_ONION");
    return name;
  }
  return unexpected_reply("ADD_ONION");
}

} // namespace sipveil::control
