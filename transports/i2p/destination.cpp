#include "transports/i2p/destination.h"

#include "transports/i2p/base64.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

namespace sipveil::i2p {
namespace {

constexpr std::size_t keys_bytes = 256 + 128;
constexpr std::size_t certificate_header = 3;
// A certificate's length field allows 65535; that of the longest signing key there is (ML-DSA-87, 2592 bytes, of which
// 128 stand before the certificate) has 2468, and a line of SAM holds no more than about 6000 bytes.
constexpr std::size_t longest_payload = 4096;

// Key certificate: type 5, payload: signing key type (2) | encryption key type (2) | excess key bytes.
constexpr unsigned char key_certificate = 5;
constexpr std::size_t key_types_bytes = 4;
constexpr unsigned type_ed25519 = 7;

Error malformed(std::string what) {
  return {Errc::malformed, Fault::local_service, std::move(what), "Check that the configured SAM is an I2P router's.",
          false};
}

unsigned two_bytes(std::span<const unsigned char> bytes, std::size_t at) {
  return static_cast<unsigned>(bytes[at]) << 8U | bytes[at + 1];
}

} // namespace

Result<Destination> Destination::take(std::span<const unsigned char> bytes, bool more_may_follow) {
  if (bytes.size() < keys_bytes + certificate_header) return malformed("an I2P destination is too short");
  const std::size_t payload = two_bytes(bytes, keys_bytes + 1);
  if (payload > longest_payload) return malformed("the certificate of an I2P destination is too long");
  if (bytes[keys_bytes] == key_certificate && payload < key_types_bytes)
    return malformed("the certificate of an I2P destination names no key types");
  const std::size_t size = keys_bytes + certificate_header + payload;
  if (bytes.size() < size) return malformed("an I2P destination is shorter than its certificate says");
  if (bytes.size() > size && !more_may_follow)
    return malformed("an I2P destination is longer than its certificate says");
  return Destination(bytes.first(size));
}

Result<Destination> Destination::parse(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes) return malformed("an I2P destination is not base64 in I2P's alphabet");
  return take(bytes->bytes(), false);
}

Result<Destination> Destination::of_private_key(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes) return malformed("an I2P destination key is not base64 in I2P's alphabet");
  auto destination = take(bytes->bytes(), true);
  if (destination && destination->bytes_.size() == bytes->size())
    return malformed("an I2P destination key holds no private part");
  return destination;
}

std::string Destination::base64() const {
  return base64_encode(as_bytes(bytes_));
}

B32Name Destination::name() const {
  std::array<unsigned char, 32> hash{};
  unsigned size = 0;
  // Only an OpenSSL without its default provider fails here; no name could be trusted then.
  if (EVP_Digest(bytes_.data(), bytes_.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) std::abort();
  return B32Name::from_hash(hash);
}

bool Destination::ed25519() const {
  const auto bytes = as_bytes(bytes_);
  return bytes[keys_bytes] == key_certificate && two_bytes(bytes, keys_bytes + certificate_header) == type_ed25519;
}

} // namespace sipveil::i2p
