// Digest credentials as a phone or a peer sends them: what is read prints so that it is read again and prints the same,
// and signing anew changes nothing but response and uri.
#include "bridge/identity/digest.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using sipveil::SecretBytes;
using sipveil::identity::Credentials;

void require(bool condition) {
  if (!condition) std::abort();
}

Credentials again(const Credentials& credentials) {
  auto second = Credentials::parse(credentials.text());
  require(second && second->text() == credentials.text());
  for (const std::string_view name : {"username", "realm", "nonce", "uri", "response", "qop", "algorithm", "opaque"})
    require(second->get(name) == credentials.get(name));
  return *std::move(second);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto credentials = Credentials::parse({reinterpret_cast<const char*>(data), size});
  if (!credentials) return 0;
  Credentials changed = again(*credentials);
  const SecretBytes password(std::string_view("correct horse"));
  const bool is_signed = changed.sign_anew(credentials->get("username"), password, "INVITE", "sip:token@a.example");
  if (!is_signed) require(changed.text() == credentials->text());
  for (const std::string_view name : {"username", "realm", "nonce", "qop", "algorithm", "opaque", "cnonce", "nc"})
    require(changed.get(name) == credentials->get(name));
  changed.set_quoted("username", "token");
  again(changed);
  return 0;
}
