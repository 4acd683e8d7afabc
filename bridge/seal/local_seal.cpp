#include "bridge/seal/local_seal.h"

#include "base/encoding.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sipveil {
namespace {

constexpr std::size_t iv_size = 16;
constexpr std::size_t half_key = 32;
constexpr std::size_t purposes = 10;
constexpr std::size_t head_size = 3;
constexpr std::size_t block = 16;
enum Form : unsigned char { text_form = 0, base32_form = 1 };

using Iv = std::array<unsigned char, iv_size>;

struct Deleter {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

void require(bool worked) {
  if (!worked) std::abort(); // OpenSSL without memory or without its default provider: nothing here is safe then
}

/// Multiplication by x in GF(2^128), RFC 5297 section 2.3.
Iv dbl(const Iv& value) {
  Iv doubled;
  for (std::size_t i = 0; i < iv_size; ++i)
    doubled[i] = static_cast<unsigned char>(value[i] << 1U | (i + 1 < iv_size ? value[i + 1] >> 7U : 0));
  if ((value[0] & 0x80) != 0) doubled[iv_size - 1] ^= 0x87;
  return doubled;
}

Iv mix(Iv a, const Iv& b) {
  for (std::size_t i = 0; i < iv_size; ++i)
    a[i] ^= b[i];
  return a;
}

/// Lower-case base32 that decodes and encodes back to the same text; short texts are not worth it.
std::optional<Bytes> as_base32(std::string_view text) {
  if (text.size() < 2 * iv_size) return std::nullopt;
  auto bytes = base32_decode(text);
  if (!bytes || base32_encode(*bytes) != text) return std::nullopt;
  return bytes;
}

Bytes encode(std::string_view text) {
  const auto decoded = as_base32(text);
  const auto content = decoded ? std::span<const unsigned char>(*decoded) : as_bytes(text);
  Bytes plain((head_size + content.size() + block - 1) / block * block);
  plain[0] = decoded ? base32_form : text_form;
  plain[1] = static_cast<unsigned char>(content.size() >> 8U);
  plain[2] = static_cast<unsigned char>(content.size());
  std::copy(content.begin(), content.end(), plain.begin() + head_size);
  return plain;
}

std::optional<std::string> decode(std::span<const unsigned char> plain) {
  if (plain.size() < head_size || plain[0] > base32_form) return std::nullopt;
  const std::size_t size = static_cast<std::size_t>(plain[1]) << 8U | plain[2];
  if (size > plain.size() - head_size) return std::nullopt;
  const auto content = plain.subspan(head_size, size);
  return plain[0] == base32_form ? base32_encode(content) : std::string(as_text(content));
}

} // namespace

/// RFC 5297 put together from CMAC and CTR. OpenSSL's own SIV keys itself anew for every message, which costs five
/// times as much; the two are compared in the tests.
struct LocalSeal::State {
  std::unique_ptr<EVP_MAC_CTX, Deleter> cmac;
  std::unique_ptr<EVP_CIPHER_CTX, Deleter> ctr;
  std::array<Iv, purposes> associated{}; ///< of S2V: what a purpose leaves to be mixed into the text

  Iv mac(std::span<const unsigned char> bytes) const {
    Iv tag;
    std::size_t size = 0;
    require(EVP_MAC_init(cmac.get(), nullptr, 0, nullptr) == 1);
    require(EVP_MAC_update(cmac.get(), bytes.data(), bytes.size()) == 1);
    require(EVP_MAC_final(cmac.get(), tag.data(), &size, tag.size()) == 1 && size == tag.size());
    return tag;
  }

  /// Section 2.4 for a text of whole blocks; `more` is the second string of associated data.
  Iv synthetic_iv(Purpose purpose, Bytes text, const std::optional<std::string_view>& more = std::nullopt) const {
    Iv mask = associated[static_cast<std::size_t>(purpose) - 1];
    if (more) mask = mix(dbl(mask), mac(as_bytes(*more)));
    for (std::size_t i = 0; i < iv_size; ++i)
      text[text.size() - iv_size + i] ^= mask[i];
    return mac(text);
  }

  void crypt(Iv iv, std::span<const unsigned char> input, unsigned char* output) const {
    iv[8] &= 0x7f; // section 2.5
    iv[12] &= 0x7f;
    int written = 0;
    require(EVP_EncryptInit_ex(ctr.get(), nullptr, nullptr, nullptr, iv.data()) == 1);
    require(EVP_EncryptUpdate(ctr.get(), output, &written, input.data(), static_cast<int>(input.size())) == 1);
  }
};

LocalSeal::LocalSeal(const SecretBytes& master) : state_(std::make_unique<State>()) {
  require(master.size() == half_key);
  SecretBytes keys[2] = {SecretBytes(half_key), SecretBytes(half_key)};
  const std::string_view labels[2] = {"sipveil local seal 1 mac", "sipveil local seal 1 ctr"};
  for (int i = 0; i < 2; ++i)
    require(HMAC(EVP_sha256(), master.bytes().data(), static_cast<int>(master.size()), as_bytes(labels[i]).data(),
                 labels[i].size(), keys[i].writable().data(), nullptr) != nullptr);

  const std::unique_ptr<EVP_MAC, Deleter> cmac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  state_->cmac.reset(EVP_MAC_CTX_new(cmac.get()));
  char cipher[] = "AES-256-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                   OSSL_PARAM_construct_end()};
  require(EVP_MAC_init(state_->cmac.get(), keys[0].bytes().data(), half_key, parameters) == 1);
  state_->ctr.reset(EVP_CIPHER_CTX_new());
  require(EVP_EncryptInit_ex(state_->ctr.get(), EVP_aes_256_ctr(), nullptr, keys[1].bytes().data(), nullptr) == 1);

  const Iv zero{};
  const Iv doubled = dbl(state_->mac(zero));
  for (std::size_t i = 0; i < purposes; ++i) {
    const auto purpose = static_cast<unsigned char>(i + 1);
    state_->associated[i] = mix(doubled, state_->mac(std::span(&purpose, 1)));
  }
}

LocalSeal::~LocalSeal() = default;

std::optional<std::string> LocalSeal::seal(Purpose purpose, std::string_view text,
                                           std::optional<std::string_view> bound_to) const {
  if (text.size() > max_text * 4) return std::nullopt;
  const Bytes plain = encode(text);
  if (plain.size() > max_text + block) return std::nullopt;
  const Iv iv = state_->synthetic_iv(purpose, plain, bound_to);
  Bytes sealed(iv_size + plain.size());
  std::copy(iv.begin(), iv.end(), sealed.begin());
  state_->crypt(iv, plain, sealed.data() + iv_size);
  return base32_encode(sealed);
}

Bytes LocalSeal::seal_bytes(Purpose purpose, std::span<const unsigned char> plain, std::string_view associated) const {
  const Iv iv = state_->synthetic_iv(purpose, Bytes(plain.begin(), plain.end()), associated);
  Bytes sealed(iv_size + plain.size());
  std::copy(iv.begin(), iv.end(), sealed.begin());
  state_->crypt(iv, plain, sealed.data() + iv_size);
  return sealed;
}

std::optional<Bytes> LocalSeal::open_bytes(Purpose purpose, std::span<const unsigned char> sealed,
                                           std::string_view associated) const {
  if (sealed.size() < iv_size + block || sealed.size() % block != 0) return std::nullopt;
  Iv iv;
  std::copy_n(sealed.begin(), iv_size, iv.begin());
  Bytes plain(sealed.size() - iv_size);
  state_->crypt(iv, sealed.subspan(iv_size), plain.data());
  if (!equal_in_constant_time(state_->synthetic_iv(purpose, plain, associated), iv)) return std::nullopt;
  return plain;
}

std::uint64_t LocalSeal::number(std::string_view text) const {
  const Iv iv = state_->synthetic_iv(Purpose::session, encode(text));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8U | iv[i];
  return number;
}

std::optional<std::string> LocalSeal::open(Purpose purpose, std::string_view sealed,
                                           std::optional<std::string_view> bound_to) const {
  if (sealed.size() < 2 * iv_size || sealed.size() > max_text * 4) return std::nullopt;
  const auto bytes = base32_decode(sealed);
  if (!bytes || bytes->size() < iv_size + block || bytes->size() % block != 0) return std::nullopt;
  Iv iv;
  std::copy_n(bytes->begin(), iv_size, iv.begin());
  Bytes plain(bytes->size() - iv_size);
  state_->crypt(iv, std::span(*bytes).subspan(iv_size), plain.data());
  if (!equal_in_constant_time(state_->synthetic_iv(purpose, plain, bound_to), iv)) return std::nullopt;
  return decode(plain);
}

} // namespace sipveil
