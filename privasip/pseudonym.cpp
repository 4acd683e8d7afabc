#include "privasip/pseudonym.h"

#include "privasip/primitives.h"

namespace sipveil::privasip {

std::string pseudonym(const SecretBytes& key, const Identity& identity) {
  const SecretHash mac = hmac_sha256(key.bytes(), {as_bytes(identity.user), as_bytes("@"), as_bytes(identity.host)});
  return base32_encode(mac.bytes().first<16>());
}

} // namespace sipveil::privasip
