#include "privasip/binding.h"
#include "privasip/key_state.h"

#include <openssl/md5.h>

#include <algorithm>

namespace sipveil::privasip {
namespace {

constexpr std::size_t ha1_size = 32; // hexadecimal digits

} // namespace

PasswordKey::PasswordKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PasswordKey::PasswordKey(PasswordKey&&) noexcept = default;
PasswordKey& PasswordKey::operator=(PasswordKey&&) noexcept = default;
PasswordKey::~PasswordKey() = default;

Result<PasswordKey> PasswordKey::from_ha1(const SecretBytes& ha1) {
  const auto digits = ha1.reveal();
  if (digits.size() != ha1_size || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return Error{Errc::malformed, Fault::configuration, "HA1 is not 32 lower-case hexadecimal digits",
                 "It is the MD5 of user:realm:password.", false};
  const SecretHash root = hkdf_extract(as_bytes(purpose), {as_bytes("HA1"), ha1.bytes()});
  auto state = std::make_unique<State>();
  SecretHash lookup;
  hkdf_expand(root.bytes(), {as_bytes("lookup")}, lookup.writable());
  hkdf_expand(root.bytes(), {as_bytes("message")}, state->message.writable());
  hkdf_expand(root.bytes(), {as_bytes("fingerprint")}, state->fingerprint.writable());
  state->lookup.reset(EVP_CIPHER_CTX_new());
  require(state->lookup &&
          EVP_EncryptInit_ex2(state->lookup.get(), EVP_aes_256_ecb(), lookup.bytes().data(), nullptr, nullptr) == 1);
  return PasswordKey(std::move(state));
}

PasswordKey PasswordKey::from_password(std::string_view user, std::string_view realm, const SecretBytes& password) {
  std::array<unsigned char, MD5_DIGEST_LENGTH> digest{};
  const std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>> md5(EVP_MD_CTX_new());
  require(md5 && EVP_DigestInit_ex2(md5.get(), EVP_md5(), nullptr) == 1);
  for (const std::string_view part : {user, std::string_view(":"), realm, std::string_view(":"), password.reveal()})
    require(EVP_DigestUpdate(md5.get(), part.data(), part.size()) == 1);
  require(EVP_DigestFinal_ex(md5.get(), digest.data(), nullptr) == 1);
  SecretBytes ha1(ha1_size);
  for (std::size_t i = 0; i < ha1_size; ++i)
    ha1.writable()[i] =
        static_cast<unsigned char>("0123456789abcdef"[(i % 2 == 0 ? digest[i / 2] >> 4U : digest[i / 2] & 15U)]);
  OPENSSL_cleanse(digest.data(), digest.size());
  return *from_ha1(ha1);
}

std::uint64_t PasswordKey::State::handle(std::span<const unsigned char, salt_size> salt) const {
  std::array<unsigned char, salt_size> block{};
  int size = 0;
  require(EVP_EncryptUpdate(lookup.get(), block.data(), &size, salt.data(), static_cast<int>(salt_size)) == 1);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < handle_size; ++i)
    value = value << 8U | block[i];
  return value;
}

} // namespace sipveil::privasip
