#include "control/onion_key.h"

#include "base/file.h"
#include "base/random.h"
#include "control/base64.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <system_error>

namespace sipveil::control {
namespace {

constexpr std::string_view key_kind = "ED25519-V3:";
constexpr std::string_view file_header = "== ed25519v1-secret: type0 ==";
constexpr std::size_t file_header_size = 32;
constexpr std::size_t expanded_size = 64;
constexpr std::size_t seed_size = 32;

Error unusable_key() {
  return {Errc::invalid, Fault::configuration,
          "the onion service key is not of the form ED25519-V3:<base64 of 64 bytes>", "", false};
}

/// RFC 8032 section 5.1.5: SHA-512 of the seed, its first half clamped to a scalar.
SecretBytes expand(const SecretBytes& seed) {
  SecretBytes expanded(expanded_size);
  auto out = expanded.writable();
  SHA512(seed.bytes().data(), seed.size(), out.data());
  out[0] &= 0xf8U;
  out[31] &= 0x3fU;
  out[31] |= 0x40U;
  return expanded;
}

Error no_public_key() {
  return {Errc::crypto, Fault::system, "cannot compute the public key of the onion service", "", false};
}

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using PublicKey = std::array<unsigned char, 32>;

/// The y coordinate on edwards25519 of the point whose u coordinate on curve25519 is given: y = (u - 1) / (u + 1)
/// modulo 2^255 - 19 (RFC 7748 section 4.1). Both are public, little endian.
std::optional<PublicKey> edwards_y(const PublicKey& u_bytes) {
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
  const auto number = [] { return Number(BN_new(), &BN_free); };
  const Number u(BN_lebin2bn(u_bytes.data(), static_cast<int>(u_bytes.size()), nullptr), &BN_free);
  const Number p = number();
  const Number above = number();
  const Number below = number();
  const Number y = number();
  PublicKey result{};
  const bool done = context && u && p && above && below && y && BN_set_bit(p.get(), 255) == 1 &&
                    BN_sub_word(p.get(), 19) == 1 &&
                    BN_mod_sub(above.get(), u.get(), BN_value_one(), p.get(), context.get()) == 1 &&
                    BN_mod_add(below.get(), u.get(), BN_value_one(), p.get(), context.get()) == 1 &&
                    BN_mod_inverse(below.get(), below.get(), p.get(), context.get()) != nullptr &&
                    BN_mod_mul(y.get(), above.get(), below.get(), p.get(), context.get()) == 1 &&
                    BN_bn2lebinpad(y.get(), result.data(), static_cast<int>(result.size())) >= 0;
  return done ? std::optional(result) : std::nullopt;
}

Error with_file(Error error, const std::filesystem::path& file) {
  error.where = Fault::configuration;
  if (error.what.find(file.string()) == std::string::npos) error.what += fmt::format(", in {}", file.string());
  if (error.mend.empty())
    error.mend = fmt::format("Restore {} from a backup, or move it away to get a new onion address.", file.string());
  return error;
}

} // namespace

Result<OnionKey::Generated> OnionKey::generate() {
  SecretBytes seed(seed_size);
  fill_random(seed.writable());
  const KeyHandle pair(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.bytes().data(), seed.size()),
                       &EVP_PKEY_free);
  PublicKey public_key{};
  std::size_t size = public_key.size();
  if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), public_key.data(), &size) != 1)
    return Error{Errc::crypto, Fault::system, "cannot make a key for the onion service", "", false};
  return Generated{OnionKey(expand(seed)), OnionName::from_public_key(public_key)};
}

Result<OnionKey> OnionKey::parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  if (!text.starts_with(key_kind)) return unusable_key();
  auto expanded = base64_decode(text.substr(key_kind.size()));
  if (!expanded || expanded->size() != expanded_size) return unusable_key();
  return OnionKey(std::move(*expanded));
}

SecretBytes OnionKey::text() const {
  const auto encoded = base64_encode(expanded_.bytes());
  SecretBytes result(key_kind.size() + encoded.size());
  auto out = std::copy(key_kind.begin(), key_kind.end(), result.writable().begin());
  std::copy(encoded.bytes().begin(), encoded.bytes().end(), out);
  return result;
}

SecretBytes OnionKey::tor_file() const {
  SecretBytes file(file_header_size + expanded_.size());
  auto out = file.writable();
  std::copy(file_header.begin(), file_header.end(), out.begin());
  std::copy(expanded_.bytes().begin(), expanded_.bytes().end(), out.begin() + file_header_size);
  return file;
}

Result<std::array<OnionName, 2>> OnionKey::possible_names() const {
  // X25519 multiplies by the same clamped scalar, on the curve's other form.
  const KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, expanded_.bytes().data(), 32),
                      &EVP_PKEY_free);
  PublicKey u{};
  std::size_t size = u.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), u.data(), &size) != 1) return no_public_key();
  auto y = edwards_y(u);
  if (!y) return no_public_key();
  const auto plus = OnionName::from_public_key(*y);
  (*y)[31] |= 0x80U;
  return std::array{plus, OnionName::from_public_key(*y)};
}

std::filesystem::path onion_key_file(const std::filesystem::path& state_directory) {
  return state_directory / "onion_v3_key";
}

Result<OnionKey> load_or_create_onion_key(const std::filesystem::path& state_directory) {
  const auto file = onion_key_file(state_directory);
  std::error_code failed;
  const auto status = std::filesystem::symlink_status(file, failed);
  // Only "not found" is reason to make a key; a directory that cannot be searched may well hold one.
  if (status.type() != std::filesystem::file_type::not_found) {
    auto text = read_secret_file(file);
    if (!text) return with_file(text.error(), file);
    auto key = OnionKey::parse(text->reveal());
    if (!key) return with_file(key.error(), file);
    return key;
  }
  if (auto made = make_private_directory(state_directory); !made) return with_file(made.error(), file);
  auto generated = OnionKey::generate();
  if (!generated) return generated.error();
  if (auto written = write_secret_file(file, generated->key.text()); !written) {
    auto error = written.error();
    if (error.mend.empty()) error.mend = "Make state_dir writable for this user.";
    return with_file(std::move(error), file);
  }
  return std::move(generated->key);
}

} // namespace sipveil::control
