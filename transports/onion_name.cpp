#include "base/encoding.h"
#include "transports/address.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace sipveil {
namespace {

// rend-spec-v3 section 6: base32(PUBKEY | CHECKSUM | VERSION)
constexpr std::string_view onion_ending = ".onion";
constexpr std::size_t onion_characters = 56;
constexpr std::size_t key_bytes = 32;
constexpr unsigned char onion_version = 3;

// I2P naming, "Base 32 names": base32(SHA-256 of the destination)
constexpr std::string_view b32_ending = ".b32.i2p";
constexpr std::size_t b32_characters = 52;

constexpr std::string_view onion_example =
    "Copy the whole name from the peer again; it has the form <56 characters>.onion.";
constexpr std::string_view b32_example = "An I2P destination has the form <52 characters>.b32.i2p.";

Error invalid(std::string what, std::string_view mend) {
  return {Errc::invalid, Fault::configuration, std::move(what), std::string(mend), false};
}

/// Takes `ending` off, in any case of letters.
std::string_view without_ending(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return text;
  const auto tail = text.substr(text.size() - ending.size());
  const bool same = std::equal(tail.begin(), tail.end(), ending.begin(),
                               [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  return same ? text.substr(0, text.size() - ending.size()) : text;
}

/// The first two bytes of SHA3-256(".onion checksum" | PUBKEY | VERSION).
std::array<unsigned char, 2> onion_checksum(const std::array<unsigned char, key_bytes>& key) {
  constexpr std::string_view label = ".onion checksum";
  Bytes input(label.begin(), label.end());
  input.insert(input.end(), key.begin(), key.end());
  input.push_back(onion_version);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Only an OpenSSL without its default provider fails here; no address could be trusted then.
  if (EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha3_256(), nullptr) != 1) std::abort();
  return {digest[0], digest[1]};
}

} // namespace

Result<OnionName> OnionName::parse(std::string_view text) {
  const auto name = without_ending(text, onion_ending);
  if (name.size() != onion_characters)
    return invalid(
        fmt::format("an onion name has {} characters before .onion, this one has {}", onion_characters, name.size()),
        onion_example);
  const auto bytes = base32_decode(name);
  if (!bytes) return invalid("the onion name holds a character other than a-z and 2-7", onion_example);
  if (bytes->back() != onion_version)
    return invalid(fmt::format("the onion name is of version {}, only version {} exists", bytes->back(), onion_version),
                   onion_example);
  OnionName onion;
  std::copy_n(bytes->begin(), key_bytes, onion.key_.begin());
  const auto checksum = onion_checksum(onion.key_);
  if (!std::equal(checksum.begin(), checksum.end(), bytes->begin() + key_bytes))
    return invalid("the checksum of the onion name is wrong: a character was mistyped or is missing", onion_example);
  return onion;
}

OnionName OnionName::from_public_key(const std::array<unsigned char, 32>& key) {
  OnionName onion;
  onion.key_ = key;
  return onion;
}

std::string OnionName::service_id() const {
  Bytes bytes(key_.begin(), key_.end());
  const auto checksum = onion_checksum(key_);
  bytes.insert(bytes.end(), checksum.begin(), checksum.end());
  bytes.push_back(onion_version);
  return base32_encode(bytes);
}

std::string OnionName::host() const {
  return service_id() + std::string(onion_ending);
}

Result<B32Name> B32Name::parse(std::string_view text) {
  const auto name = without_ending(text, b32_ending);
  if (name.size() == text.size()) return invalid("the I2P destination does not end in .b32.i2p", b32_example);
  if (name.size() != b32_characters)
    return invalid(fmt::format("an I2P destination has {} characters before .b32.i2p, this one has {}", b32_characters,
                               name.size()),
                   b32_example);
  const auto bytes = base32_decode(name);
  if (!bytes) return invalid("the I2P destination holds characters that no base32 hash of 32 bytes has", b32_example);
  B32Name destination;
  std::copy(bytes->begin(), bytes->end(), destination.hash_.begin());
  return destination;
}

B32Name B32Name::from_hash(const std::array<unsigned char, 32>& hash) {
  B32Name destination;
  destination.hash_ = hash;
  return destination;
}

std::string B32Name::host() const {
  return base32_encode(hash_) + std::string(b32_ending);
}

} // namespace sipveil
