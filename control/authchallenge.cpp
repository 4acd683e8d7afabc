#include "control/authchallenge.h"

#include "base/encoding.h"
#include "control/grammar.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>

namespace sipveil::control {
namespace {

// Control-spec section 3.24: the constants that keep the two directions apart.
constexpr std::string_view server_key = "Tor safe cookie authentication server-to-controller hash";
constexpr std::string_view client_key = "Tor safe cookie authentication controller-to-server hash";

Hash32 hash(std::string_view key, const SecretBytes& cookie, std::span<const unsigned char> client_nonce,
            std::span<const unsigned char> server_nonce) {
  SecretBytes message(cookie.size() + client_nonce.size() + server_nonce.size());
  auto out = message.writable().begin();
  for (const auto part : {cookie.bytes(), client_nonce, server_nonce})
    out = std::copy(part.begin(), part.end(), out);
  Hash32 result{};
  unsigned size = 0;
  // Fails only when OpenSSL lacks SHA-256 or memory; nothing could be proved to tor then.
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.bytes().data(), message.size(),
           result.data(), &size) == nullptr)
    std::abort();
  return result;
}

bool read_hash(std::string_view text, Hash32& result) {
  const auto bytes = hex_decode(text);
  if (!bytes || bytes->size() != result.size()) return false;
  std::copy(bytes->begin(), bytes->end(), result.begin());
  return true;
}

} // namespace

Result<AuthChallenge> parse_authchallenge(const Reply& reply) {
  if (!reply.ok()) return refusal("AUTHCHALLENGE", reply);
  if (reply.lines.size() != 1) return unexpected_reply("AUTHCHALLENGE");
  Words words(reply.lines.front().text);
  if (words.next() != "AUTHCHALLENGE") return unexpected_reply("AUTHCHALLENGE");
  const auto fields = read_fields(words);
  AuthChallenge challenge;
  if (!fields || !read_hash(find_field(*fields, "SERVERHASH"), challenge.server_hash) ||
      !read_hash(find_field(*fields, "SERVERNONCE"), challenge.server_nonce))
    return unexpected_reply("AUTHCHALLENGE");
  return challenge;
}

Hash32 safecookie_server_hash(const SecretBytes& cookie, std::span<const unsigned char> client_nonce,
                              std::span<const unsigned char> server_nonce) {
  return hash(server_key, cookie, client_nonce, server_nonce);
}

Hash32 safecookie_client_hash(const SecretBytes& cookie, std::span<const unsigned char> client_nonce,
                              std::span<const unsigned char> server_nonce) {
  return hash(client_key, cookie, client_nonce, server_nonce);
}

} // namespace sipveil::control
