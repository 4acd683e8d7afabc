#include "transports/isolation.h"

#include "base/encoding.h"
#include "base/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

namespace sipveil {
namespace {

// Proposal 351: magic "<torS0X>", format type "0", nothing behind it.
constexpr std::string_view tor_isolation_user = "<torS0X>0";
// 128 bits: nobody guesses one, and no two of them meet by chance.
constexpr std::size_t token_bytes = 16;

} // namespace

Isolation fresh_isolation() {
  return {std::string(tor_isolation_user), random_hex(token_bytes)};
}

IsolationScopes::IsolationScopes() : key_(std::size_t{32}) {
  fill_random(key_.writable());
}

Isolation IsolationScopes::of(std::string_view scope) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto text = as_bytes(scope);
  // Only an OpenSSL without its default provider fails here; a token that is not unique would join circuits.
  if (HMAC(EVP_sha256(), key_.bytes().data(), static_cast<int>(key_.size()), text.data(), text.size(), digest.data(),
           &size) == nullptr)
    std::abort();
  return {std::string(tor_isolation_user), hex_encode(std::span(digest).first(token_bytes))};
}

} // namespace sipveil
